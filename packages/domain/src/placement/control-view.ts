/**
 * What `control` says, as every process reads it. In: claims and maps of coordinators in the order of the log. Out: the
 * highest token and the map in force. A record below a token read before is void (C1, C3), so log order alone decides between two
 * coordinators; a repeat changes nothing. A pure reducer: the same records give the same view.
 */
import { type BrokenInvariant, brokenInvariant, brokenSuccession } from './placement-invariants.ts';
import { Placement, type PlacementParts } from './placement.ts';

/** What a coordinator writes to `control`: that it is one, or a whole map. */
export type ControlRecord =
  | { readonly kind: 'claim'; readonly token: number }
  | { readonly kind: 'map'; readonly token: number; readonly map: PlacementParts };

/** What follows from the records so far. */
export type ControlView = {
  /** The highest token read; 0 before any. */
  readonly token: number;
  /** The token under which the map in force was written; 0 = there is none, and everything is where it was first. */
  readonly mapToken: number;
  readonly placement: Placement;
};

/** What became of a record. */
export type ControlOutcome =
  | { readonly kind: 'claimed' }
  /** The map is in force. `broken`: it does not follow from the one before, which no coordinator writes. */
  | { readonly kind: 'adopted'; readonly broken: BrokenInvariant | undefined }
  /** The record is of a coordinator that another one, of token `above`, had deposed before. */
  | { readonly kind: 'void'; readonly above: number }
  /** The same or an earlier record of the same token once more. */
  | { readonly kind: 'repeat' }
  /** No map at all, or one of another stream: it is not put in force, and a person has to look. */
  | { readonly kind: 'unusable'; readonly broken: BrokenInvariant };

/** The view before the first record. Throws `RangeError` as `homePartition` does, at the first look-up. */
export function emptyControlView(basePartitions: number): ControlView {
  return { token: 0, mapToken: 0, placement: Placement.atHome(basePartitions) };
}

/**
 * The view after one more record. A map that is sound in itself is put in force even where it does not follow from the one
 * before: a reader that comes after compaction cannot see that, and both have to end with the same map.
 */
export function followControl(
  view: ControlView,
  record: ControlRecord,
): { readonly view: ControlView; readonly outcome: ControlOutcome } {
  const { token } = record;
  if (token < view.token) return { view, outcome: { kind: 'void', above: view.token } };
  if (record.kind === 'claim') {
    if (token === view.token) return { view, outcome: { kind: 'repeat' } };
    return { view: { ...view, token }, outcome: { kind: 'claimed' } };
  }
  if (token === view.mapToken && record.map.epoch <= view.placement.epoch) return { view, outcome: { kind: 'repeat' } };
  const unusable = brokenInvariant(record.map) ?? ofAnotherStream(view, record.map);
  // Its token counts all the same: whoever wrote it was the coordinator by then.
  if (unusable !== undefined) return { view: { ...view, token }, outcome: { kind: 'unusable', broken: unusable } };
  const placement = Placement.of(record.map);
  const broken = brokenSuccession(placement, view.placement);
  return { view: { token, mapToken: token, placement }, outcome: { kind: 'adopted', broken } };
}

function ofAnotherStream({ placement }: ControlView, map: PlacementParts): BrokenInvariant | undefined {
  return map.basePartitions === placement.basePartitions ? undefined : { invariant: 'BASE_PARTITIONS_STAY' };
}
