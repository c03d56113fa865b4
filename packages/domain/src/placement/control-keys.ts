/**
 * Keys of records in `control`, which keeps the last record of each key. In: records as they were read, and the view of them.
 * Out: the key of a record as text and back, and the keys that a coordinator may take out. Law: who reads what compaction left ends with the
 * same view as who read all. A map has a key of its own, (token, epoch): under the token alone a deposed coordinator's void
 * record would delete the map in force, which it wrote before. A map above `mapBytesMax` has one for each of its parts.
 */
import type { ControlRecord, ControlView } from './control-view.ts';
import { epochMax, partitionsMax } from './override.ts';

/** What tells records apart: the token, of a map its epoch as well, and of a part of a map its number, from 0. */
export type ControlKey = {
  readonly kind: ControlRecord['kind'];
  readonly token: number;
  readonly epoch?: number;
  readonly part?: number;
};

/** What tells reports apart. */
export type ReportKey =
  | { readonly kind: 'partition'; readonly partition: number }
  | { readonly kind: 'rates'; readonly partition: number }
  | { readonly kind: 'writer'; readonly writer: string };

/** Bytes of a map from which on it goes in parts, each of so many bytes at most. */
export const mapBytesMax = 524_288;
/** Most parts of a map: 128 MiB, some ten million overrides. */
export const mapPartsMax = 256;
/** Longest name of a writer, characters. */
export const writerNameMax = 64;

/** The key of a record that is whole. */
export function controlKeyOf(record: ControlRecord): ControlKey {
  const { kind, token } = record;
  return record.kind === 'map' ? { kind, token, epoch: record.map.epoch } : { kind, token };
}

/** The key as text: `claim/7`, `map/7/12`, `map/7/12/0`, `partition/3`, `rates/3`, `writer/host-1/5f`. */
export function controlKeyText(key: ControlKey | ReportKey): string {
  if (key.kind === 'partition' || key.kind === 'rates') return `${key.kind}/${key.partition}`;
  if (key.kind === 'writer') return `writer/${key.writer}`;
  const { kind, token, epoch, part } = key;
  if (epoch === undefined) return `${kind}/${token}`;
  return part === undefined ? `${kind}/${token}/${epoch}` : `${kind}/${token}/${epoch}/${part}`;
}

/** The key of a text that `controlKeyText` gives; `undefined` of any other text, also one with other digits for the same number. */
export function parseControlKey(text: string): ControlKey | ReportKey | undefined {
  const slash = text.indexOf('/');
  const [kind, rest] = [text.slice(0, Math.max(0, slash)), text.slice(slash + 1)];
  if (kind === 'writer') {
    const characters = [...rest].length;
    return characters >= 1 && characters <= writerNameMax ? { kind, writer: rest } : undefined;
  }
  const numbers = rest.split('/').map(wholeNumber);
  const [first = NaN, epoch = NaN, part = NaN] = numbers;
  if (kind === 'partition' || kind === 'rates') {
    return numbers.length === 1 && first < partitionsMax ? { kind, partition: first } : undefined;
  }
  // A comparison with NaN is false: what is no number is no key.
  if (!(first >= 1)) return undefined;
  if (kind === 'claim') return numbers.length === 1 ? { kind, token: first } : undefined;
  if (kind !== 'map' || !(epoch <= epochMax)) return undefined;
  if (numbers.length === 2) return { kind, token: first, epoch };
  return numbers.length === 3 && part < mapPartsMax ? { kind, token: first, epoch, part } : undefined;
}

/** NaN for a text that is no whole number, or not as it is printed. */
function wholeNumber(text: string): number {
  return /^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER ? Number(text) : NaN;
}

/**
 * Of the keys in the log those that the coordinator of `token` may take out (append without a value), in the order in which
 * it has to do it; none unless the map in force is its own and was read back. Maps come before claims: a void map must never
 * outlive the claim that makes it void.
 */
export function staleControlKeys(inLog: readonly ControlKey[], view: ControlView, token: number): ControlKey[] {
  if (view.token !== token || view.mapToken !== token) return [];
  const isStale = (key: ControlKey): boolean =>
    key.token < token || (key.token === token && key.kind === 'map' && (key.epoch ?? 0) < view.placement.epoch);
  const rank = (key: ControlKey): number => (key.kind === 'map' ? 0 : 1);
  const order = (one: ControlKey, other: ControlKey): number =>
    rank(one) - rank(other) ||
    one.token - other.token ||
    (one.epoch ?? 0) - (other.epoch ?? 0) ||
    (one.part ?? -1) - (other.part ?? -1);
  return inLog.filter(isStale).toSorted(order);
}
