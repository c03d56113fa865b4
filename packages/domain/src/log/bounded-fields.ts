/**
 * Reads fields of entries within their bounds. In: a cursor behind a field's tag, or a value that may have been absent. Out: the
 * value, or a `MalformedError` that names the field, the value and the limits. Entries are few beside ticks, so every value
 * is read exactly, and a wrong one is told as it is.
 */
import { partitionsMax } from '../placement/override.ts';
import { nameCharactersMax } from './log-dictionary.ts';
import { MalformedError, type ProtoReader } from './proto-reader.ts';
import { charactersIn } from './text.ts';

/** The highest number of a partition. */
export const partitionMax: number = partitionsMax - 1;
/** The highest value of a `uint32`. */
export const uint32Max = 4_294_967_295;

const safeMax = Number.MAX_SAFE_INTEGER;

/** An unsigned varint, 0 to `max`. */
export function uintAt(reader: ProtoReader, field: string, max: number = safeMax): number {
  return within(field, reader.uint64(), 0, max);
}

/** An `int64` that may not be negative, 0 to 2^53 - 1. */
export function intAt(reader: ProtoReader, field: string): number {
  return within(field, BigInt.asIntN(64, reader.uint64()), 0, safeMax);
}

/** A zigzag varint that may not be negative, 0 to `max`. */
export function sintAt(reader: ProtoReader, field: string, max: number): number {
  return within(field, reader.sint64(), 0, max);
}

/** Checks a value that is 0 where its field is absent; below `min`, or above `max`, it is refused. */
export function checkWithin(field: string, value: number, min: number, max: number): void {
  if (value < min || value > max) throw outside(field, value, min, max);
}

/** Checks the names of an instrument. */
export function checkInstrument(dataset: string, symbol: string): void {
  checkName('dataset', dataset);
  checkName('symbol', symbol);
}

function checkName(field: string, name: string): void {
  checkWithin(`${field}'s length in characters`, charactersIn(name), 1, nameCharactersMax);
  // Two names that differ in bad bytes alone would become one.
  if (name.includes('\ufffd')) throw new MalformedError(`${field} is no valid UTF-8`);
}

function within(field: string, value: bigint, min: number, max: number): number {
  if (value < min || value > max) throw outside(field, value, min, max);
  return Number(value);
}

function outside(field: string, value: number | bigint, min: number, max: number): MalformedError {
  return new MalformedError(`${field} ${value} is not between ${min} and ${max}`);
}
