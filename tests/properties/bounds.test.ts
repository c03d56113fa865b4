/** Law 7: what the fold keeps has bounds, and what happens at each is what ADR 5 says. */
import {
  encodeLogRecord,
  type FoldConfig,
  foldConfigDefaults,
  type LogEntryToWrite,
  type Notice,
  TickKind,
  TimeDomain,
} from '@tapeline/domain';
import {
  foldSteps,
  type FoldTrace,
  type MarketTick,
  MemoryLog,
  type PublishedTick,
  SimulatedPublisher,
  VirtualClock,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';

const startSec = 1_709_908_200;
const issueDay = Math.floor(startSec / 86_400);
const config: FoldConfig = { ...foldConfigDefaults, partition: 0, intervals: ['1s'], profiles: ['all'] };
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };

test('131,072 ticks are held; the next one declares the gap, and all are counted in order', () => {
  const publisher = livePublisher(131_074);
  const [first, ...rest] = publisher.published as [PublishedTick, ...PublishedTick[]];
  const held = foldEntries([publisher.blockEntry(rest.slice(0, 131_072))]);
  expect(held.counters).toMatchObject({ applied: 0, gapsDeclared: 0 });
  const full = foldEntries([publisher.blockEntry(rest)]);
  expect(full.counters).toMatchObject({ applied: 131_073, gapsDeclared: 1 });
  expect(full.notices).toMatchObject([{ code: 'GAP_DECLARED', sequence: 1, sequenceLast: 1 }]);
  const late = foldEntries([publisher.blockEntry(rest), publisher.blockEntry([first, ...rest])]);
  expect(late.counters).toMatchObject({ applied: 131_074, gapsDeclared: 1, repeats: 131_073 });
});

test('64 holes stay open; a tick of an older one goes to quarantine, one of the others counts', () => {
  const publisher = livePublisher(140);
  const isOdd = ({ row }: PublishedTick): boolean => row.sequence % 2 === 1;
  const [odd, even] = [publisher.published.filter(isOdd), publisher.published.filter((tick) => !isOdd(tick))];
  // 70 gaps of one tick each: the oldest 6 holes are forgotten.
  const trace = foldEntries([publisher.blockEntry(even), ...waiting(), publisher.blockEntry(odd)]);
  expect(trace.counters).toMatchObject({ gapsDeclared: 70, applied: 70 + 64, quarantined: 6 });
  expect(codesOf(trace.notices, 'HOLE_FORGOTTEN').map(({ sequence }) => sequence)).toEqual([1, 3, 5, 7, 9, 11]);
});

test('forgotten holes are bounded too: beyond 64 neighbours merge, and still nothing counts twice', () => {
  const publisher = livePublisher(400);
  const even = publisher.published.filter(({ row }) => row.sequence % 2 === 0);
  const trace = foldEntries([publisher.blockEntry(even), ...waiting(), publisher.blockEntry(publisher.published)]);
  const { applied, quarantined, repeats, gapsDeclared } = trace.counters;
  expect({ applied, gapsDeclared }).toEqual({ applied: 200 + 64, gapsDeclared: 200 });
  // 136 odd ticks are beyond the holes; even ones inside merged ranges cannot be told from them any more.
  expect(quarantined).toBeGreaterThanOrEqual(136);
  expect(quarantined + repeats + applied).toBe(600);
  expect(trace.snapshot.length).toBeLessThan(20_000);
});

test('4,096 amendments wait for their trade; beyond, the oldest is told as unknown', () => {
  const publisher = new SimulatedPublisher({ dataset: 'bounds', domain: TimeDomain.live, issueDay, draw: 1n });
  publisher.publish(Array.from({ length: 4_098 }, (_, index) => cancelOf(`T${index}`)));
  const trace = foldEntries([publisher.blockEntry(publisher.published)]);
  const unknown = codesOf(trace.notices, 'ORIGINAL_UNKNOWN');
  expect(unknown.map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect(trace.counters.amendmentsUnmatched).toBe(2);
});

test('a bar whose first block is not kept any more is final for amendments, and still counts trades', () => {
  const publisher = livePublisher(60, [cancelOf('T1')]);
  const { published } = publisher;
  const small = { ...config, retainedBytesMax: 300, latenessLiveMs: 600_000 };
  const entries = published.map((tick) => publisher.blockEntry([tick]));
  const trace = foldEntries([...entries, { kind: 'time' }], small, 1_000_000);
  expect(codesOf(trace.notices, 'ORIGINAL_UNKNOWN').length + codesOf(trace.notices, 'ORIGINAL_FINAL').length).toBe(1);
  expect(trace.bars.reduce((sum, { trades }) => sum + trades, 0)).toBe(60);
});

function livePublisher(trades: number, more: readonly MarketTick[] = []): SimulatedPublisher {
  const publisher = new SimulatedPublisher({ dataset: 'bounds', domain: TimeDomain.live, issueDay, draw: 1n });
  publisher.publish([...Array.from({ length: trades }, (_, index) => tradeAt(index)), ...more]);
  return publisher;
}

const attributes = { kind: TickKind.trade, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;

function tradeAt(index: number): MarketTick {
  const eventSec = startSec + Math.floor(index / 1_000);
  const eventNano = (index % 1_000) * 1_000_000;
  return {
    source: 0,
    symbol: 'AAA',
    terms,
    eventSec,
    eventNano,
    attributes,
    price: 10_000,
    size: 1,
    tradeId: `T${index}`,
  };
}

function cancelOf(tradeId: string): MarketTick {
  return {
    ...tradeAt(0),
    price: 0,
    size: 0,
    tradeId: '',
    attributes: { ...attributes, kind: TickKind.cancel },
    amends: { tradeId },
  };
}

/** Time records over which more than 60 s of the waiting clock go by. */
function waiting(): LogEntryToWrite[] {
  return Array.from({ length: 32 }, () => ({ kind: 'time' }));
}

/** One record an entry, 2 s apart where it is a Time; the last may come later. */
function foldEntries(
  entries: readonly LogEntryToWrite[],
  foldConfig: FoldConfig = config,
  lastAfterMs: number = 0,
): FoldTrace {
  const clock = new VirtualClock(startSec * 1000);
  const log = new MemoryLog({ clock, partitions: 1 });
  for (const [place, entry] of entries.entries()) {
    if (entry.kind === 'time') clock.advanceBy(2_000);
    if (place === entries.length - 1) clock.advanceBy(lastAfterMs);
    log.append(0, encodeLogRecord([entry]));
  }
  const records = log.read(0, 0);
  if ('code' in records) throw new RangeError(records.message);
  return foldSteps(foldConfig, [records]);
}

function codesOf(notices: readonly Notice[], code: Notice['code']): Notice[] {
  return notices.filter((notice) => notice.code === code);
}
