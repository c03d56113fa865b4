/** What the simulated exchange puts on its tape. */
import { TickKind } from '@tapeline/domain';
import { expect, test } from 'vitest';
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';
import { listingSymbols } from './listings.ts';
import { type SimulatedMarket, SimulatedExchange, SimulatedState } from './simulated-exchange.ts';

const usPerSec = 1_000_000;
/** Ten minutes before a session ends. */
const startUs = Date.UTC(2026, 0, 5, 11, 50) * 1_000;

function ticksOf(market: Partial<SimulatedMarket>, seconds: number, turnSec: number = seconds): UnnumberedRow[] {
  const exchange = new SimulatedExchange({ seed: 1, startUs, rate: 200, sizeFactor: 1, ...market });
  const rows: UnnumberedRow[] = [];
  for (let turn = 1; turn * turnSec <= seconds; turn += 1) {
    exchange.advance((market.startUs ?? startUs) + turn * turnSec * usPerSec, (row) => rows.push(row));
  }
  return rows;
}

function eventUsOf({ eventSec, eventNano }: UnnumberedRow): number {
  return eventSec * usPerSec + Math.floor(eventNano / 1_000);
}

function isTrade({ attributes }: UnnumberedRow): boolean {
  return attributes.kind === TickKind.trade;
}

test('the same seed and start give the same tape, however the time is cut; another seed another', () => {
  const whole = ticksOf({ rate: 20 }, 900);
  expect(ticksOf({ rate: 20 }, 900, 0.125)).toEqual(whole);
  expect(ticksOf({ seed: 2 }, 60)).not.toEqual(ticksOf({}, 60));
  expect(whole.length).toBeGreaterThan(5_000);
});

test('ticks come at their time, but for those that are late on purpose', () => {
  let nowUs = startUs;
  let [late, wrong] = [0, 0];
  const exchange = new SimulatedExchange({ seed: 3, startUs, rate: 200, sizeFactor: 1 });
  for (let sec = 1; sec <= 600; sec += 1) {
    const untilUs = startUs + sec * usPerSec;
    exchange.advance(untilUs, (row) => {
      const eventUs = eventUsOf(row);
      if (eventUs > untilUs + 2) wrong += 1;
      if (row.attributes.conditions.includes('Z')) late += 1;
      else if (eventUs < nowUs - 2) wrong += 1;
    });
    nowUs = untilUs;
  }
  expect(wrong).toBe(0);
  expect(late).toBeGreaterThan(20);
});

test('the rate is what was asked for on average, and a session is busier at its ends than in its middle', () => {
  const count = (hour: number): number => {
    const at = Date.UTC(2026, 0, 5, hour) * 1_000;
    let ticks = 0;
    new SimulatedExchange({ seed: 1, startUs: at, rate: 10, sizeFactor: 1 }).advance(
      at + 3_600 * usPerSec,
      () => (ticks += 1),
    );
    return ticks / 3_600;
  };
  const hours = Array.from({ length: 24 }, (_, hour) => count(hour));
  const mean = hours.reduce((sum, each) => sum + each, 0) / 24;
  expect(mean).toBeGreaterThan(8.5);
  expect(mean).toBeLessThan(11.5);
  const ends = hours.filter((_, hour) => hour % 6 === 0 || hour % 6 === 5);
  const middles = hours.filter((_, hour) => hour % 6 === 2 || hour % 6 === 3);
  expect(Math.min(...ends)).toBeGreaterThan(1.3 * Math.max(...middles));
});

test('both ends of a session have an auction with the prints that tapes give them', () => {
  const rows = ticksOf({}, 900);
  const codesOf = (symbol: string): string[] =>
    rows
      .filter((row) => row.symbol === symbol && row.attributes.kind === TickKind.trade)
      .map((row) => row.attributes.conditions.join(''));
  for (const [symbol, expected] of [
    ['ORBIT', ['@6X', '@M', '@OX', '@Q']],
    ['ACORN', ['@6', '@M', '@O', '@Q']],
  ] as const) {
    expect(codesOf(symbol).filter((code) => /[6MOQ]/.test(code))).toEqual(expected);
  }
});

test('a halt is told, nothing trades in it, and an auction ends it', () => {
  const rows = ticksOf({ rate: 20 }, 7_200);
  let halts = 0;
  for (const symbol of listingSymbols) {
    const own = rows.filter((row) => row.symbol === symbol);
    for (const [index, row] of own.entries()) {
      if (row.tradingState !== SimulatedState.paused) continue;
      halts += 1;
      const end = own.findIndex((other, at) => at > index && other.tradingState === SimulatedState.trading);
      if (end < 0) continue;
      const inside = own.slice(index + 1, end);
      const fromUs = eventUsOf(row);
      const traded = inside.filter(
        ({ attributes, ...tick }) => attributes.kind === TickKind.trade && eventUsOf({ attributes, ...tick }) > fromUs,
      );
      expect(traded.map(({ attributes }) => attributes.conditions[1])).toEqual(['5']);
      expect(inside.filter(({ attributes }) => attributes.kind === TickKind.quote)).toEqual([]);
      const states = inside.map(({ tradingState }) => tradingState).filter((state) => state !== undefined);
      expect(states).toEqual([SimulatedState.quoting, SimulatedState.auction]);
    }
  }
  expect(halts).toBeGreaterThan(3);
});

test('corrections and cancels name a trade that was there, of their venue', () => {
  const rows = ticksOf({ rate: 20 }, 3_600);
  const trades = new Map(
    rows.filter(({ attributes }) => attributes.kind === TickKind.trade).map((row) => [row.tradeId, row]),
  );
  const amendments = rows.filter(({ original }) => original !== undefined);
  const kinds = amendments.map(({ attributes }) => attributes.kind);
  expect(kinds.filter((kind) => kind === TickKind.correction).length).toBeGreaterThan(30);
  expect(kinds.filter((kind) => kind === TickKind.cancel).length).toBeGreaterThan(20);
  for (const { symbol, original, attributes } of amendments) {
    const trade = trades.get(original?.tradeId);
    expect([trade?.symbol, trade?.attributes.venue]).toEqual([symbol, attributes.venue]);
  }
});

test('prices are whole units above 0, those of quotes and auctions whole cents; odd lots say so', () => {
  const rows = ticksOf({ rate: 50 }, 900);
  const quotes = rows.flatMap(({ quote }) => (quote === undefined ? [] : [quote]));
  expect(
    quotes.every(({ bidPrice = 0, askPrice = 0 }) => bidPrice > 0 && bidPrice % 100 === 0 && askPrice > bidPrice),
  ).toBe(true);
  const trades = rows.filter(isTrade);
  expect(
    trades.every(
      ({ price, size }) => Number.isSafeInteger(price) && price > 0 && Number.isSafeInteger(size) && size > 0,
    ),
  ).toBe(true);
  const oddLots = trades.filter(({ attributes }) => attributes.conditions.includes('I'));
  expect(oddLots.length / trades.length).toBeGreaterThan(0.3);
  expect(oddLots.every(({ size }) => size < 100)).toBe(true);
  const auctions = trades.filter(({ attributes }) => /[6MOQ5]/.test(attributes.conditions[1] ?? ''));
  expect(auctions.length).toBeGreaterThanOrEqual(64);
  expect(auctions.every(({ price }) => price % 100 === 0)).toBe(true);
});

test('a market that starts again goes on at the prices of the clock, with ids that were not there before', () => {
  const first = ticksOf({}, 600).filter(isTrade);
  const again = ticksOf({ startUs: startUs + 600 * usPerSec }, 2).filter(isTrade);
  const lastId = first.reduce((most, { tradeId }) => Math.max(most, Number(tradeId)), 0);
  expect(again.length).toBeGreaterThan(50);
  expect(again.every(({ tradeId }) => Number(tradeId) > lastId)).toBe(true);
  const jumps = again.map(
    ({ symbol, price }) => price / (first.findLast((row) => row.symbol === symbol)?.price ?? price) - 1,
  );
  expect(Math.max(...jumps.map(Math.abs))).toBeLessThan(0.08);
});

test('only the symbols that were asked for are there, and their pace stays', () => {
  const rows = ticksOf({ symbols: ['ORBIT', 'IGLOO'] }, 120);
  expect(new Set(rows.map(({ symbol }) => symbol))).toEqual(new Set(['ORBIT', 'IGLOO']));
});

test('it makes 100,000 ticks for a second of the market in less than a second of the processor', () => {
  const cpuBefore = process.cpuUsage();
  let ticks = 0;
  const exchange = new SimulatedExchange({ seed: 1, startUs, rate: 100_000, sizeFactor: 1 });
  exchange.advance(startUs + 5 * usPerSec, () => (ticks += 1));
  const cpu = process.cpuUsage(cpuBefore);
  expect(ticks).toBeGreaterThan(400_000);
  expect(ticks / ((cpu.user + cpu.system) / 1_000_000)).toBeGreaterThan(200_000);
});

test('an earlier moment than the one that was reached gives nothing', () => {
  const exchange = new SimulatedExchange({ seed: 1, startUs, rate: 200, sizeFactor: 1 });
  exchange.advance(startUs + usPerSec, () => undefined);
  exchange.advance(startUs, () => expect.unreachable());
  expect(exchange.nowUs).toBe(startUs + usPerSec);
});
