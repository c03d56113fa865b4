/** Where chunks of the tape begin and end: by the log alone, bounded, and the same after a restart. */
import { decodeTapeRecord, encodeTapeRecord, type TapeSegmentOut } from '@tapeline/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkBytesMax, chunkEntriesMax, chunkMsMax, openBytesMax, TapeChunks } from './tape-chunks.ts';

/** A segment whose bytes are not looked into. */
function segment(symbol: string, firstNumber: number, count: number, byteCount = 10): TapeSegmentOut {
  const firstEventNs = BigInt(firstNumber);
  const bytes = new Uint8Array(byteCount).fill(firstNumber % 251);
  const times = { firstEventNs, lastEventNs: firstEventNs };
  return { dataset: 'd', symbol, offset: 0, firstNumber, count, ...times, amends: false, bytes };
}

function rangesOf(chunks: TapeChunks): string[] {
  return chunks.takeChanged().map(({ symbol, firstNumber, lastNumber }) => `${symbol} ${firstNumber}-${lastNumber}`);
}

test('a chunk grows under one key until it has its entries', () => {
  const chunks = new TapeChunks();
  chunks.add(segment('S', 1, 100), 1_000);
  expect(rangesOf(chunks)).toEqual(['S 1-100']);
  chunks.add(segment('S', 101, chunkEntriesMax - 101), 1_000);
  expect(rangesOf(chunks)).toEqual([`S 1-${chunkEntriesMax - 1}`]);
  chunks.add(segment('S', chunkEntriesMax, 5), 1_000);
  chunks.add(segment('S', chunkEntriesMax + 5, 1), 1_000);
  expect(rangesOf(chunks)).toEqual([`S 1-${chunkEntriesMax + 4}`, `S ${chunkEntriesMax + 5}-${chunkEntriesMax + 5}`]);
});

test('a chunk ends by the clock of its first entry, to the ms', () => {
  const chunks = new TapeChunks();
  chunks.add(segment('S', 1, 1), 1_000);
  chunks.advance(1_000 + chunkMsMax - 1);
  chunks.add(segment('S', 2, 1), 1_000 + chunkMsMax - 1);
  chunks.advance(1_000 + chunkMsMax);
  chunks.add(segment('S', 3, 1), 1_000 + chunkMsMax);
  expect(rangesOf(chunks)).toEqual(['S 1-2', 'S 3-3']);
});

test('a chunk ends at its bytes', () => {
  const chunks = new TapeChunks();
  chunks.add(segment('S', 1, 1, chunkBytesMax - 1), 0);
  chunks.add(segment('S', 2, 1, 1), 0);
  chunks.add(segment('S', 3, 1, 1), 0);
  expect(rangesOf(chunks)).toEqual(['S 1-2', 'S 3-3']);
});

test('open chunks have a bound together, at which the oldest is closed', () => {
  const chunks = new TapeChunks();
  const bytes = chunkBytesMax - 1;
  const fits = Math.floor(openBytesMax / bytes);
  for (let index = 0; index < fits; index += 1) chunks.add(segment(`S${index}`, 1, 1, bytes), 0);
  expect(chunks.openCount).toBe(fits);
  chunks.add(segment('last', 1, 1, bytes), 0);
  expect(chunks.openCount).toBe(fits);
  chunks.takeChanged();
  chunks.add(segment('S0', 2, 1), 0);
  expect(rangesOf(chunks)).toEqual(['S0 2-2']);
});

test('nothing is taken twice, and what grew is taken whole', () => {
  const chunks = new TapeChunks();
  chunks.add(segment('S', 1, 1), 0);
  expect(chunks.takeChanged()).toHaveLength(1);
  expect(chunks.takeChanged()).toEqual([]);
  const second = segment('S', 2, 1);
  chunks.add(second, 0);
  const [chunk] = chunks.takeChanged();
  expect(chunk).toMatchObject({ firstNumber: 1, lastNumber: 2, firstEventNs: 1n, lastEventNs: 2n });
  expect(chunk?.bytes).toEqual(encodeTapeRecord([segment('S', 1, 1), second]));
});

test('a chunk says whether it holds a cancel or a correction, wherever it stands', () => {
  const chunks = new TapeChunks();
  chunks.add({ ...segment('S', 1, 1), amends: true }, 0);
  chunks.add(segment('S', 2, 1), 0);
  expect(chunks.takeChanged()[0]?.amends).toBe(true);
});

test('symbols whose names run together with the dataset are two', () => {
  const chunks = new TapeChunks();
  chunks.add({ ...segment('bc', 1, 1), dataset: 'a' }, 0);
  chunks.add({ ...segment('c', 1, 1), dataset: 'ab' }, 0);
  expect(chunks.openCount).toBe(2);
});

test('taken and restarted anywhere, the chunks are those of a run that was neither', () => {
  const step = fc.record({
    symbol: fc.constantFrom('A', 'B', 'C'),
    count: fc.integer({ min: 1, max: 700 }),
    byteCount: fc.integer({ min: 1, max: 30_000 }),
    waitMs: fc.integer({ min: 0, max: 3_000 }),
    next: fc.constantFrom('go on', 'take', 'restart'),
  });
  const same = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const calm = new TapeChunks();
    let disturbed = new TapeChunks();
    const last = new Map<string, number>();
    let clockMs = 0;
    const written = new Map<string, Uint8Array>();
    const write = (): void => {
      for (const { symbol, firstNumber, bytes } of disturbed.takeChanged())
        written.set(`${symbol} ${firstNumber}`, bytes);
    };
    for (const { symbol, count, byteCount, waitMs, next } of steps) {
      clockMs += waitMs;
      const firstNumber = (last.get(symbol) ?? 0) + 1;
      last.set(symbol, firstNumber + count - 1);
      for (const chunks of [calm, disturbed]) {
        chunks.advance(clockMs);
        chunks.add(segment(symbol, firstNumber, count, byteCount), clockMs);
      }
      if (next !== 'go on') write();
      if (next === 'restart') disturbed = TapeChunks.resume(disturbed.open());
    }
    write();
    const expected = new Map(
      calm.takeChanged().map(({ symbol, firstNumber, bytes }) => [`${symbol} ${firstNumber}`, bytes] as const),
    );
    expect(written).toEqual(expected);
    expect(disturbed.open()).toEqual(calm.open());
  });
  fc.assert(same, { numRuns: 100 });
});

test('chunks of a snapshot are gone on with in memory of their own, so that the snapshot can be let go of', () => {
  const chunks = new TapeChunks();
  chunks.add(segment('S', 1, 1), 0);
  const snapshot = chunks.open();
  const resumed = TapeChunks.resume(snapshot).open();
  expect(resumed).toEqual(snapshot);
  expect(resumed[0]?.bytes.buffer).not.toBe(snapshot[0]?.bytes.buffer);
});

test('the bytes of a chunk are a record of the tape', () => {
  const chunks = new TapeChunks();
  expect(decodeTapeRecord(encodeTapeRecord([])).segments).toEqual([]);
  chunks.add(segment('S', 1, 1, 0), 0);
  expect(() => decodeTapeRecord(chunks.takeChanged()[0]?.bytes ?? new Uint8Array(0))).toThrow(/first number/);
});
