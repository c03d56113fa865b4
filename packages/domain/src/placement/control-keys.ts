/**
 * Keys of records in `control`, which keeps the last record of each key. In: records as they were read, and the view of them.
 * Out: the key of a record, and the keys that a coordinator may take out. Law: who reads what compaction left ends with the
 * same view as who read all. A map has a key of its own, (token, epoch): under the token alone a deposed coordinator's void
 * record would delete the map in force, which it wrote before.
 */
import type { ControlRecord, ControlView } from './control-view.ts';

/** What tells records apart: the token, and of a map its epoch as well. */
export type ControlKey = { readonly kind: ControlRecord['kind']; readonly token: number; readonly epoch?: number };

/** The key of a record. */
export function controlKeyOf(record: ControlRecord): ControlKey {
  const { kind, token } = record;
  return record.kind === 'map' ? { kind, token, epoch: record.map.epoch } : { kind, token };
}

/** The key as text: `claim/7`, `map/7/12`. */
export function controlKeyText({ kind, token, epoch }: ControlKey): string {
  return epoch === undefined ? `${kind}/${token}` : `${kind}/${token}/${epoch}`;
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
  return inLog
    .filter(isStale)
    .toSorted(
      (one, other) => rank(one) - rank(other) || one.token - other.token || (one.epoch ?? 0) - (other.epoch ?? 0),
    );
}
