/**
 * Where an instrument lives. In: dataset, symbol, its pin if it has one, and the stream's base partitions, a number that
 * never changes. Out: a partition. The rule of home is frozen: records that are in the log were placed by it, so golden
 * vectors hold it fast, and another rule would be another function.
 *
 * The rule: FNV-1a (32 bits; Fowler, Noll, Vo; draft-eastlake-fnv) over the UTF-8 bytes of the dataset, one byte 0 and
 * the UTF-8 bytes of the symbol; then the finalizer of MurmurHash3 (fmix32, Appleby), because FNV's high bits mix badly
 * for short names; then partition = floor(hash * partitions / 2^32).
 */
import { encodeText } from '../log/text.ts';
import type { StoredInstrument } from '../seams/store.ts';

/** Most base partitions of a stream: far above any log, and low enough that the product below is exact. */
export const basePartitionsMax = 1_048_576;

/** The partition that the instrument lives in: the one that it is pinned to, else its home. Throws as `homePartition` does. */
export function livesIn({ dataset, symbol, pin }: StoredInstrument, partitions: number): number {
  return pin ?? homePartition(dataset, symbol, partitions);
}

/** The home of an instrument, 0 to `partitions` - 1. Throws `RangeError` unless `partitions` is a whole number, 1 to 2^20. */
export function homePartition(dataset: string, symbol: string, partitions: number): number {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > basePartitionsMax) {
    throw new RangeError(`${partitions} is no number of partitions from 1 to ${basePartitionsMax}`);
  }
  if (partitions === 1) return 0;
  let hash = hashBytes(0x811c9dc5, encodeText(dataset));
  // A byte 0 changes nothing by itself but the product: FNV's exclusive or with 0.
  hash = Math.imul(hash, 0x01000193);
  hash = hashBytes(hash, encodeText(symbol));
  return Math.floor((mix(hash) * partitions) / 4_294_967_296);
}

function hashBytes(seed: number, bytes: Uint8Array): number {
  let hash = seed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function mix(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
