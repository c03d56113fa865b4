/** The log in memory: total order, append times of the clock, never a silent reset. */
import { expect, test } from 'vitest';
import { MemoryLog } from './memory-log.ts';
import { VirtualClock } from './virtual-clock.ts';

function logOf(retentionMs?: number): { clock: VirtualClock; log: MemoryLog } {
  const clock = new VirtualClock(5_000);
  return { clock, log: new MemoryLog({ clock, partitions: 2, ...(retentionMs === undefined ? {} : { retentionMs }) }) };
}

test('offsets count from 0 in each partition, and the append time is the clock', () => {
  const { clock, log } = logOf();
  expect(log.append(0, Uint8Array.of(1))).toEqual({ offset: 0, appendTimeMs: 5_000 });
  clock.advanceBy(7);
  expect(log.append(1, Uint8Array.of(2))).toEqual({ offset: 0, appendTimeMs: 5_007 });
  expect(log.append(0, Uint8Array.of(3))).toEqual({ offset: 1, appendTimeMs: 5_007 });
  expect(log.read(0, 0)).toEqual([
    { offset: 0, appendTimeMs: 5_000, bytes: Uint8Array.of(1) },
    { offset: 1, appendTimeMs: 5_007, bytes: Uint8Array.of(3) },
  ]);
});

test('what was appended does not change with the bytes that it was made of', () => {
  const { log } = logOf();
  const bytes = Uint8Array.of(1, 2);
  log.append(0, bytes);
  bytes[0] = 9;
  expect(log.read(0, 0)).toMatchObject([{ bytes: Uint8Array.of(1, 2) }]);
});

test('a read begins at its offset, takes as many as were asked for, and finds nothing at the end', () => {
  const { log } = logOf();
  for (const byte of [1, 2, 3, 4]) log.append(0, Uint8Array.of(byte));
  expect(log.read(0, 1, 2)).toMatchObject([{ offset: 1 }, { offset: 2 }]);
  expect(log.read(0, 4)).toEqual([]);
});

test('an offset that is gone is a problem with its bounds, not a fresh start', () => {
  const { clock, log } = logOf(1_000);
  for (let record = 0; record < 4; record += 1) {
    log.append(0, Uint8Array.of(record));
    clock.advanceBy(600);
  }
  expect(log.read(0, 0)).toMatchObject({ code: 'OFFSET_BELOW_RETENTION', offset: 0, firstOffset: 2, endOffset: 4 });
  expect(log.read(0, 2)).toMatchObject([{ offset: 2 }, { offset: 3 }]);
});

test('an offset beyond the end, and a partition that does not exist, are problems too', () => {
  const { log } = logOf();
  log.append(0, Uint8Array.of(1));
  expect(log.read(0, 2)).toMatchObject({ code: 'OFFSET_BEYOND_END', endOffset: 1 });
  expect(log.read(2, 0)).toMatchObject({ code: 'PARTITION_UNKNOWN', message: 'there is no partition 2' });
  expect(() => log.append(2, Uint8Array.of(1))).toThrow('there is no partition 2 of 2');
  expect(() => new MemoryLog({ clock: new VirtualClock(0), partitions: 0 })).toThrow(RangeError);
});

test('what is pinned stays whatever its age, and leaves when it is let go', () => {
  const { clock, log } = logOf(1_000);
  for (const byte of [1, 2, 3]) log.append(0, Uint8Array.of(byte));
  log.pin(0, 1);
  clock.advanceBy(5_000);
  log.retain();
  expect(log.range(0)).toEqual({ firstOffset: 1, endOffset: 3 });
  log.pin(0, Infinity);
  log.retain();
  expect(log.range(0)).toEqual({ firstOffset: 3, endOffset: 3 });
  expect(() => log.pin(2, 0)).toThrow('there is no partition 2 of 2');
});
