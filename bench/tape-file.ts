/**
 * Keeps a tape's records in a file, so that every measured process reads the same bytes and generates nothing. In:
 * records, or a path. Out: the other. Layout: for each record append time (float64), ticks (uint32), length (uint32),
 * all little-endian, then the record.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { LogRecordInput } from '@tapeline/domain';
import type { BenchRecord } from './record-cutter.ts';

/** A tape in memory, ready for a fold. */
export type LoadedTape = {
  readonly records: readonly LogRecordInput[];
  /** Ticks that are new in their record. */
  readonly ticks: number;
  /** Bytes of all records. */
  readonly bytes: number;
};

const headBytes = 16;

/** Writes the records. */
export function writeTape(path: string, records: Iterable<BenchRecord>): void {
  const file = openSync(path, 'w');
  try {
    const head = Buffer.alloc(headBytes);
    for (const { appendTimeMs, ticks, bytes } of records) {
      head.writeDoubleLE(appendTimeMs, 0);
      head.writeUInt32LE(ticks, 8);
      head.writeUInt32LE(bytes.length, 12);
      writeSync(file, head);
      writeSync(file, bytes);
    }
  } finally {
    closeSync(file);
  }
}

/** Reads the records up to `ticksMax` ticks, all of them into one piece of memory; offsets count from 0. */
export function readTape(path: string, ticksMax: number = Infinity): LoadedTape {
  const file = readFileSync(path);
  const records: LogRecordInput[] = [];
  let [ticks, bytes] = [0, 0];
  for (let at = 0; at < file.length && ticks < ticksMax;) {
    const length = file.readUInt32LE(at + 12);
    const from = at + headBytes;
    const record = new Uint8Array(file.buffer, file.byteOffset + from, length);
    records.push({ offset: records.length, appendTimeMs: file.readDoubleLE(at), bytes: record });
    ticks += file.readUInt32LE(at + 8);
    bytes += length;
    at = from + length;
  }
  return { records, ticks, bytes };
}
