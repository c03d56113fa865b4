/**
 * Fields of requests, checked. In: values as they came by gRPC or HTTP. Out: values that the rest can rely on; the first
 * that is not possible is refused with its name, what came, and what is possible.
 */
import type { wireMarket } from '@tapeline/wire';
import { fieldInvalid, refusal } from '../refusal.ts';

/** An instrument by name. */
export type InstrumentName = { readonly dataset: string; readonly symbol: string };

const nameCharactersMax = 64;
const nsPerSec = 1_000_000_000n;

/** A name of 1 to 64 characters. */
export function nameField(field: string, value: string): string {
  if (value === '') throw fieldInvalid(field, value, 'it is required');
  const characters = [...value].length;
  if (characters <= nameCharactersMax) return value;
  throw fieldInvalid(field, value, `it has ${characters} characters, at most ${nameCharactersMax} are possible`);
}

/** A name of at most 64 characters, or none. */
export function optionalNameField(field: string, value: string): string {
  return value === '' ? value : nameField(field, value);
}

/** An instrument that has to be named. */
export function instrumentField(field: string, value: wireMarket.InstrumentRef | undefined): InstrumentName {
  if (value === undefined) throw fieldInvalid(field, '', 'it is required: give dataset and symbol');
  return {
    dataset: nameField(`${field}.dataset`, value.dataset),
    symbol: nameField(`${field}.symbol`, value.symbol),
  };
}

/** Entries on a page: 0 takes the default, what is above the maximum takes the maximum. */
export function pageSizeField(value: number, standard: number, max: number): number {
  return value === 0 ? standard : Math.min(value, max);
}

/** A list of `min` to `max` entries, each once by `key`. */
export function listField<Value>(
  field: string,
  values: readonly Value[],
  { min, max, key }: { min: number; max: number; key: (value: Value) => string },
): readonly Value[] {
  if (values.length < min || values.length > max) {
    const facts = { field, value: `${values.length}`, min: `${min}`, max: `${max}` };
    throw refusal('FIELD_INVALID', `${field} has ${values.length} entries; give ${min} to ${max}`, facts);
  }
  const seen = new Set<string>();
  for (const value of values) {
    const name = key(value);
    if (seen.has(name)) throw fieldInvalid(field, name, 'it is there twice; give it once');
    seen.add(name);
  }
  return values;
}

/** A name out of those that the service makes. */
export function knownName(
  reason: 'INTERVAL_UNKNOWN' | 'PROFILE_UNKNOWN',
  value: string,
  known: readonly string[],
): string {
  if (known.includes(value)) return value;
  const field = reason === 'INTERVAL_UNKNOWN' ? 'interval' : 'profile';
  if (value === '') throw fieldInvalid(field, value, `it is required: one of ${known.join(', ')}`);
  const shown = value.slice(0, 80);
  throw refusal(reason, `there are no bars of ${field} ${JSON.stringify(shown)}; there are ${known.join(', ')}`, {
    field,
    value: shown,
    known: known.join(','),
  });
}

/** Refuses a range without a moment in it; RANGE_EMPTY. Times in ns. */
export function checkRange(startNs: bigint | undefined, endNs: bigint | undefined): void {
  if (startNs === undefined || endNs === undefined || startNs < endNs) return;
  throw refusal(
    'RANGE_EMPTY',
    `start_time_ns ${startNs} is not before end_time_ns ${endNs}; give an earlier start or a later end`,
    {
      start_time_ns: `${startNs}`,
      end_time_ns: `${endNs}`,
    },
  );
}

/** The first whole second that is not before `ns`: what starts at `ns` or later starts at that second or later. */
export function secondAtOrAfter(ns: bigint): number {
  const floor = ns / nsPerSec - (ns % nsPerSec < 0n ? 1n : 0n);
  return Number(floor * nsPerSec === ns ? floor : floor + 1n);
}
