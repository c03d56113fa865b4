/** Bars on their way to readers: what is read at a glance is what the whole bar says. */
import { barToWire, wireMarket, wireOutput } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { exampleBar } from '../../test-kit/example-bar.ts';
import { factsIn, isAbove, LiveBar, liveBar } from './live-bar.ts';
import { readBarRecord } from './read-bar-record.ts';

const bar = exampleBar({ symbol: 'ÄPFEL', revision: 300, foldVersion: 7, startSec: -60, session: 'pre' });

test('the bytes of a record give the same names and rank as the bar, and the whole bar when it is asked for', () => {
  const bytes = wireMarket.Bar.encode(barToWire(bar)).finish();
  const fromBytes = new LiveBar(factsIn(bytes), bytes, undefined);
  const fromBar = liveBar(bar);
  const facts = ({ key, series, instrument, rank, forming, startSec }: typeof fromBar): unknown[] => [
    key,
    series,
    instrument,
    rank,
    forming,
    startSec,
  ];
  expect(facts(fromBytes)).toEqual(facts(fromBar));
  expect(fromBytes.bar).toEqual(bar);
  expect(Buffer.from(fromBar.bytes).equals(Buffer.from(fromBytes.bytes))).toBe(true);
  expect(fromBytes.json(2)).toBe(fromBar.json(2));
  expect(JSON.parse(fromBytes.json(2))).toMatchObject({ symbol: 'ÄPFEL', open: '184.10', state: 'closed' });
});

test('a forming bar is known as one', () => {
  const forming = exampleBar({ state: 'forming' });
  expect(factsIn(wireMarket.Bar.encode(barToWire(forming)).finish()).forming).toBe(true);
});

test('bytes without an instrument are refused', () => {
  expect(() => factsIn(Uint8Array.of(18, 2, 49, 109))).toThrow('names no instrument');
  expect(() => factsIn(Uint8Array.of(18, 200))).toThrow('ends beyond');
});

test('a higher fold version is above any revision', () => {
  expect(isAbove({ foldVersion: 2, revision: 1 }, { foldVersion: 1, revision: 9 })).toBe(true);
  expect(isAbove({ foldVersion: 1, revision: 9 }, { foldVersion: 1, revision: 9 })).toBe(false);
});

test('a record gives its clock and the wanted bars', () => {
  const bars = [exampleBar(), exampleBar({ symbol: 'QQQ' })];
  const bytes = wireOutput.BarRecord.encode({
    bars: bars.map(barToWire),
    clockTimeNs: 1_700_000_000_000_000_000n,
    nextOffset: 9n,
    latenessMs: 2_000n,
    departures: [{ instrument: { dataset: 'd', symbol: 'SPY' }, epoch: 4, toPartition: 2, clockTimeNs: 5n }],
    arrivals: [{ instrument: { dataset: 'd', symbol: 'QQQ' }, epoch: 3 }],
  }).finish();
  const marks = {
    departures: [{ dataset: 'd', instrument: '1 dSPY', epoch: 4, to: 2, clockNs: 5n }],
    arrivals: [expect.objectContaining({ dataset: 'd', instrument: '1 dQQQ', epoch: 3 })],
  };
  const clock = { clockNs: 1_700_000_000_000_000_000n, latenessMs: 2_000, marks };
  expect(readBarRecord(bytes, undefined)).toEqual({ items: [], ...clock });
  const { items: wanted, ...rest } = readBarRecord(bytes, (instrument) => instrument === '1 dQQQ');
  const items = [...wanted];
  expect([items.map(({ symbol }) => symbol), rest]).toEqual([['QQQ'], clock]);
  // The record itself is not kept by a bar that waits.
  expect(items[0]?.bytes.buffer.byteLength).toBe(items[0]?.bytes.length);
});
