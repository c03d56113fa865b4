/**
 * What is different between two maps. In: an earlier and a later placement of one stream. Out: who moved, which moves
 * were listed and marked done, how many partitions came; in the order of names, so that the same two give the same bytes.
 */
import { compareNames, type InstrumentName } from './instrument-map.ts';
import type { Override } from './override.ts';
import type { ListedMove, Placement } from './placement.ts';

/** An instrument with another place. */
export type MovedInstrument = InstrumentName & {
  /** `undefined`: where it was first, at epoch 0. */
  readonly from: Override | undefined;
  readonly to: Override;
};

/** The difference; all lists in the order of names. */
export type PlacementDiff = {
  readonly epochs: number;
  readonly partitionsAdded: number;
  /** Overrides that are new or differ in partition, epoch or standing. */
  readonly moved: readonly MovedInstrument[];
  /** Moves that are listed in the later one alone. */
  readonly listed: readonly ListedMove[];
  /** Moves that are listed in the earlier one alone. */
  readonly appended: readonly ListedMove[];
  /** Overrides of the earlier one that the later one does not have; never any, by C0. */
  readonly dropped: readonly InstrumentName[];
};

/** What is different in `after`. */
export function diffPlacements(before: Placement, after: Placement): PlacementDiff {
  const moved: MovedInstrument[] = [];
  after.forEachOverride((to, dataset, symbol) => {
    const from = before.overrideOf(dataset, symbol);
    if (from === undefined || !isSameOverride(from, to)) moved.push({ dataset, symbol, from, to });
  });
  const dropped: InstrumentName[] = [];
  before.forEachOverride((_, dataset, symbol) => {
    if (after.overrideOf(dataset, symbol) === undefined) dropped.push({ dataset, symbol });
  });
  return {
    epochs: after.epoch - before.epoch,
    partitionsAdded: after.partitions - before.partitions,
    moved: moved.sort(compareNames),
    listed: after.moves.filter((move) => !isListed(before, move)),
    appended: before.moves.filter((move) => !isListed(after, move)),
    dropped: dropped.sort(compareNames),
  };
}

function isSameOverride(one: Override, other: Override): boolean {
  return one.partition === other.partition && one.epoch === other.epoch && one.standing === other.standing;
}

/** Whether the placement lists this very move: of an instrument there is one for an epoch. */
function isListed(placement: Placement, { dataset, symbol, epoch, fromEpoch, from, to }: ListedMove): boolean {
  const listed = placement.moveOf(dataset, symbol);
  return listed?.epoch === epoch && listed.fromEpoch === fromEpoch && listed.from === from && listed.to === to;
}
