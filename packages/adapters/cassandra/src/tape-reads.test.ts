/** Reads of the tape while chunks grow from one month into another: each chunk is handed out once, in the order asked for. */
import type { TapeChunk, TapeQuery } from '@tapeline/domain';
import { createMetrics, systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { HandTape } from '../test-kit/hand-tape.ts';
import { PatientReads } from './patient-reads.ts';
import { storeMetrics } from './store-metrics.ts';
import { monthOf, monthsOf } from './tape-layout.ts';
import { readTape } from './tape-reads.ts';

const query: TapeQuery = { dataset: 'd', symbol: 'S', order: 'number', limit: 10 };

/** Noon of a day of 2025, as 9.20 for the 20th of September, ns since the Unix epoch. */
function at(month: number, day: number): bigint {
  return BigInt(Date.UTC(2025, month - 1, day, 12)) * 1_000_000n;
}

function chunk(firstNumber: number, firstEventNs: bigint, lastEventNs: bigint, lastNumber = firstNumber): TapeChunk {
  const bytes = Uint8Array.of(firstNumber);
  return { dataset: 'd', symbol: 'S', firstNumber, lastNumber, firstEventNs, lastEventNs, amends: false, bytes };
}

async function numbers(tape: HandTape, how: Partial<TapeQuery>): Promise<readonly number[]> {
  const metrics = storeMetrics(createMetrics({ ofProcess: false }));
  const random = { next: () => 0.5, bits: () => 0n };
  const reads = new PatientReads({
    session: tape,
    clock: systemClock,
    random,
    metrics,
    diagnose: async () => undefined,
  });
  return (await readTape(reads, { ...query, ...how })).map(({ firstNumber }) => firstNumber);
}

function tapeOf(...chunks: readonly TapeChunk[]): HandTape {
  const tape = new HandTape();
  for (const each of chunks) tape.put(each);
  return tape;
}

test('latest first, a chunk that grows into a month that was read already is not missed, and stands in its place', async () => {
  const tape = tapeOf(
    chunk(1, at(8, 1), at(8, 2)),
    chunk(2, at(8, 3), at(8, 30)),
    chunk(3, at(8, 4), at(8, 31)),
    chunk(4, at(9, 1), at(9, 5)),
  );
  tape.beforeMonth = (month) => {
    if (month === monthOf(at(8, 1))) tape.put(chunk(2, at(8, 3), at(9, 6), 9));
  };
  expect(await numbers(tape, { order: 'last-event' })).toEqual([2, 4, 3, 1]);
});

test('earliest first, a chunk to which an earlier tick is added is not missed, also where its month had none before', async () => {
  const tape = tapeOf(chunk(1, at(7, 1), at(7, 2)), chunk(2, at(9, 2), at(9, 3)), chunk(3, at(9, 1), at(9, 3)));
  tape.beforeMonth = (month) => {
    if (month === monthOf(at(9, 1))) tape.put(chunk(2, at(8, 31), at(9, 4), 9));
  };
  expect(await numbers(tape, { order: 'first-event' })).toEqual([1, 2, 3]);
});

test('a chunk of whose months one alone is up to date is handed out once', async () => {
  const [small, grown] = [chunk(2, at(8, 3), at(8, 30)), chunk(2, at(8, 3), at(9, 6), 9)];
  for (const month of monthsOf(grown)) {
    const tape = tapeOf(chunk(1, at(8, 1), at(8, 2)), small, chunk(4, at(9, 1), at(9, 5)));
    tape.put(grown, [month]);
    expect(await numbers(tape, { order: 'last-event' })).toEqual([2, 4, 1]);
    expect(await numbers(tape, { order: 'first-event' })).toEqual([1, 2, 4]);
    expect(await numbers(tape, {})).toEqual([1, 2, 4]);
  }
});

test('a page is read of as few months as fill it', async () => {
  const tape = tapeOf(...[1, 2, 3, 4].map((month) => chunk(month, at(month, 1), at(month, 2))));
  const read: number[] = [];
  tape.beforeMonth = (month) => read.push(month);
  expect(await numbers(tape, { order: 'last-event', skip: 1, limit: 1 })).toEqual([3]);
  expect(read).toEqual([202504, 202503]);
});
