/**
 * The next map. In: a placement and what a coordinator wants to publish: moves, moves whose `Move` is appended, partitions
 * that were added. Out: the placement one epoch later, or a refusal. It keeps C0, C4 and C5: overrides are never taken out,
 * and the next move of an instrument is published only after a map without its last one.
 */
import { compareNames, InstrumentMap, type InstrumentName } from './instrument-map.ts';
import { epochMax, type Override, partitionsMax, type Standing } from './override.ts';
import { type EpochTime, epochTimesMax, type ListedMove, type PlacedInstrument, type Placement } from './placement.ts';

/** An instrument that is to move. */
export type WantedMove = PlacedInstrument & { readonly to: number; readonly standing: Standing };

/** What one map record changes. */
export type PlacementChange = {
  /** Log time of the decision, ms since the Unix epoch: cooldowns count from it. */
  readonly logTimeMs: number;
  /** Partitions that there are now; absent = as many as before. */
  readonly partitions?: number;
  readonly moves: readonly WantedMove[];
  /** Listed moves whose `Move` is durable in the old partition. */
  readonly appended: readonly (InstrumentName & { readonly epoch: number })[];
};

/** Why a change cannot be published. */
export type ChangeRefusal = {
  readonly kind: 'refused';
  readonly code:
    /** No epoch is left. */
    | 'EPOCH_EXHAUSTED'
    /** Fewer partitions than before, or more than a stream may have. */
    | 'PARTITIONS_OUT_OF_RANGE'
    /** The move goes to a partition that is not there. */
    | 'PARTITION_UNKNOWN'
    /** The instrument lives there. */
    | 'ALREADY_THERE'
    /** The last move of the instrument is still listed (C5). */
    | 'MOVE_PENDING'
    /** The change names the instrument twice. */
    | 'MOVED_TWICE'
    /** There is no such move that could be marked done. */
    | 'MOVE_NOT_LISTED';
  /** The instrument, if it is about one. */
  readonly instrument?: InstrumentName;
};

/** What came of a change. */
export type AppliedChange = { readonly kind: 'applied'; readonly placement: Placement } | ChangeRefusal;

/**
 * The placement after the change, at the next epoch, which all its moves get. A change without any content gives the same
 * map under the next epoch, as a coordinator publishes it when it takes over.
 */
export function applyChange(before: Placement, change: PlacementChange): AppliedChange {
  const partitions = change.partitions ?? before.partitions;
  if (before.epoch >= epochMax) return { kind: 'refused', code: 'EPOCH_EXHAUSTED' };
  if (!Number.isInteger(partitions) || partitions < before.partitions || partitions > partitionsMax) {
    return { kind: 'refused', code: 'PARTITIONS_OUT_OF_RANGE' };
  }
  const epoch = before.epoch + 1;
  const published = new InstrumentMap<ListedMove>();
  const overrides: (InstrumentName & Override)[] = [];
  for (const wanted of change.moves) {
    const { dataset, symbol, to, standing } = wanted;
    const refused = (code: ChangeRefusal['code']): ChangeRefusal => ({
      kind: 'refused',
      code,
      instrument: { dataset, symbol },
    });
    const at = before.lookUp(wanted);
    if (!Number.isInteger(to) || to < 0 || to >= partitions) return refused('PARTITION_UNKNOWN');
    if (published.get(dataset, symbol) !== undefined) return refused('MOVED_TWICE');
    if (before.moveOf(dataset, symbol) !== undefined) return refused('MOVE_PENDING');
    if (at.partition === to) return refused('ALREADY_THERE');
    published.set(dataset, symbol, { dataset, symbol, epoch, fromEpoch: at.epoch, from: at.partition, to });
    overrides.push({ dataset, symbol, partition: to, epoch, standing });
  }
  const left = movesLeft(before, change);
  if (!Array.isArray(left)) return left;
  const moves = [...left, ...published.sorted().map(({ value }) => value)].toSorted(compareNames);
  const epochTimes = published.size === 0 ? before.epochTimes : timesWith(before.epochTimes, epoch, change.logTimeMs);
  const { basePartitions } = before;
  const placement = before.with({ basePartitions, partitions, epoch, moves, epochTimes }, overrides);
  return { kind: 'applied', placement };
}

/** The listed moves without those that are marked done. */
function movesLeft(before: Placement, { appended }: PlacementChange): ListedMove[] | ChangeRefusal {
  const done = new InstrumentMap<number>();
  for (const { dataset, symbol, epoch } of appended) {
    const listed = before.moveOf(dataset, symbol);
    if (listed?.epoch !== epoch || done.get(dataset, symbol) !== undefined) {
      return { kind: 'refused', code: 'MOVE_NOT_LISTED', instrument: { dataset, symbol } };
    }
    done.set(dataset, symbol, epoch);
  }
  return before.moves.filter(({ dataset, symbol }) => done.get(dataset, symbol) === undefined);
}

/** Log times of several partitions may step back from one plan to the next; the kept ones never do. */
function timesWith(times: readonly EpochTime[], epoch: number, logTimeMs: number): EpochTime[] {
  const last = times.at(-1)?.logTimeMs ?? -Infinity;
  return [...times.slice(-(epochTimesMax - 1)), { epoch, logTimeMs: Math.max(last, logTimeMs) }];
}
