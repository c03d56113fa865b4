/** An hour of the simulated market, folded as live ticks: its bars look like a market's. */
import {
  type Bar,
  encodeLogRecord,
  encodeTickBlock,
  foldConfigDefaults,
  type Notice,
  PartitionFold,
  publisherId,
  type TickRow,
  TickKind,
  TimeDomain,
} from '@tapeline/domain';
import { beforeAll, describe, expect, test } from 'vitest';
import { SimulatedExchange, SimulatedState } from '../../services/feed/src/simulator/simulated-exchange.ts';

const startMs = Date.UTC(2026, 0, 5, 11, 30);
const seconds = 3_600;
const turnMs = 250;
const id = publisherId(Math.floor(startMs / 86_400_000), TimeDomain.live, 7n);

/** Everything that came to the tape, and the last revision of every bar. */
type Hour = {
  readonly rows: TickRow[];
  readonly bars: Map<string, Bar>;
  readonly notices: Notice[];
  readonly seen: Set<string>;
};

function foldHour(): Hour {
  const exchange = new SimulatedExchange({ seed: 1, startUs: startMs * 1_000, rate: 100, sizeFactor: 1 });
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 0 });
  const hour: Hour = { rows: [], bars: new Map(), notices: [], seen: new Set() };
  const links = new Map<string, number>();
  const header = { publisherId: id, timeDomain: TimeDomain.live, mapEpoch: 0, dataset: 'sim', receiveTimeNs: 0n };
  let offset = 0;
  for (let ms = turnMs; ms <= seconds * 1_000; ms += turnMs) {
    const turn: TickRow[] = [];
    exchange.advance((startMs + ms) * 1_000, (row) => {
      const sequence = hour.rows.length + turn.length + 1;
      turn.push({ ...row, sequence, link: links.get(row.symbol) ?? 0 });
      links.set(row.symbol, sequence);
    });
    if (turn.length === 0) continue;
    const bytes = encodeLogRecord([{ kind: 'tickBlock', bytes: encodeTickBlock(header, turn) }]);
    const output = fold.step([{ offset, appendTimeMs: startMs + ms, bytes }]);
    offset += 1;
    hour.rows.push(...turn);
    hour.notices.push(...output.notices);
    for (const bar of output.bars) {
      hour.bars.set(`${bar.interval} ${bar.profile} ${bar.symbol} ${bar.startSec}`, bar);
      hour.seen.add(bar.state);
    }
  }
  return hour;
}

let hour: Hour;

function barsOf(interval: string, profile: string): Bar[] {
  return [...hour.bars.values()].filter((bar) => bar.interval === interval && bar.profile === profile);
}

beforeAll(() => {
  hour = foldHour();
});

describe('bars of an hour', () => {
  test('nothing is refused or late, and every symbol has a bar in nearly every minute', () => {
    expect(hour.notices).toEqual([]);
    expect(barsOf('1m', 'all').length).toBeGreaterThan(16 * 57);
  });

  test('prices are above 0 and in order, and volume is there', () => {
    const odd = barsOf('1m', 'all').filter(({ open, high, low, close, volume, trades }) => {
      if (open === null || high === null || low === null || close === null) return true;
      return !(low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && volume > 0n && trades > 0);
    });
    expect(odd).toEqual([]);
  });

  test('a minute moves by tenths of a percent and not by percents, and the hour does not stand still', () => {
    const moves = barsOf('1m', 'sip').flatMap(({ open, close }) =>
      open === null || close === null ? [] : [Math.abs(close / open - 1)],
    );
    const sorted = moves.toSorted((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeGreaterThan(0.0001);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(0.004);
    expect(sorted.at(-1)).toBeLessThan(0.04);
  });

  test('sip differs from all: odd lots and prints off the market set no price there', () => {
    const sip = new Map(barsOf('1m', 'sip').map((bar) => [`${bar.symbol} ${bar.startSec}`, bar]));
    const differing = barsOf('1m', 'all').filter((bar) => {
      const other = sip.get(`${bar.symbol} ${bar.startSec}`);
      return (
        other !== undefined &&
        (other.open !== bar.open || other.high !== bar.high || other.low !== bar.low || other.close !== bar.close)
      );
    });
    expect(differing.length / sip.size).toBeGreaterThan(0.3);
    expect(differing.length).toBeLessThan(sip.size);
  });

  test('official prices of the auctions count no volume in sip, so it has less than all', () => {
    const volumeOf = (profile: string): bigint => barsOf('1m', profile).reduce((sum, bar) => sum + bar.volume, 0n);
    const official = hour.rows
      .filter(({ attributes }) => attributes.conditions.some((code) => code === 'M' || code === 'Q'))
      .reduce((sum, { size }) => sum + BigInt(size), 0n);
    expect(official).toBeGreaterThan(0n);
    expect(volumeOf('all') - volumeOf('sip')).toBe(official);
  });

  test('late prints, corrections and cancels revise bars that had closed, and all found their trade', () => {
    expect(hour.seen).toContain('revised');
    const amendments = hour.rows.filter(({ original }) => original !== undefined).length;
    expect(amendments).toBeGreaterThan(60);
    const revised = barsOf('1m', 'all').filter(({ state }) => state === 'revised');
    expect(revised.length).toBeGreaterThan(50);
    expect(revised.length).toBeLessThan(barsOf('1m', 'all').length);
  });
});

describe('what happens in an hour', () => {
  test('seconds inside a halt have no bar', () => {
    const halts = hour.rows.filter(({ tradingState }) => tradingState === SimulatedState.paused);
    expect(halts.length).toBeGreaterThan(0);
    for (const { symbol, eventSec } of halts) {
      const end = hour.rows.find(
        (row) => row.symbol === symbol && row.tradingState === SimulatedState.auction && row.eventSec > eventSec,
      );
      const inside = barsOf('1s', 'all').filter(
        (bar) => bar.symbol === symbol && bar.startSec > eventSec && bar.startSec < (end?.eventSec ?? 0),
      );
      expect(inside).toEqual([]);
    }
  });

  test('the auctions of the session are the largest trades of their minute', () => {
    const closing = hour.rows.filter(({ attributes }) => attributes.conditions.includes('6'));
    expect(closing.length).toBeGreaterThan(12);
    for (const { symbol, eventSec, size } of closing) {
      const minute = hour.rows.filter(
        (row) =>
          row.symbol === symbol && row.attributes.kind === TickKind.trade && Math.abs(row.eventSec - eventSec) < 60,
      );
      const largestOther = Math.max(
        ...minute.filter((row) => !/[6MOQ]/.test(row.attributes.conditions.join(''))).map((row) => row.size),
      );
      expect(size).toBeGreaterThan(largestOther);
    }
  });
});
