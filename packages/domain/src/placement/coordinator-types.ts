/**
 * What a coordinator of moves hears, does and says. In: nothing. Out: the types, and the closed lists of its states and of what can
 * happen to it, all of which the simulation has to meet. Rule names are those of research/handover.md and ADR 21.
 */
import type { EntryOfMovesToWrite } from '../log/move-entries.ts';
import type { InstrumentPin } from '../seams/store.ts';
import type { ControlKey } from './control-keys.ts';
import type { PartitionReport, WriterReport } from './control-reports.ts';
import type { ControlOutcome, ControlRecord, ControlView } from './control-view.ts';
import type { InstrumentName } from './instrument-map.ts';
import type { ChangeRefusal } from './placement-change.ts';
import type { PlacementInvariant } from './placement-invariants.ts';
import type { ListedMove } from './placement.ts';
import type { UnfitReason } from './unfit-reason.ts';

/** Where a coordinator stands. */
export const coordinatorStates = [
  /** It only reads: it was never asked to lead, or its token is over. */
  'follower',
  /** Its claim is under way, or not read back yet (C1). */
  'claiming',
  /** It leads, and nothing is under way. */
  'idle',
  /** Rows are settled, Origins and Prepares appended and waited for. */
  'preparing',
  /** A map with new moves or partitions is under way, or not read back yet (C2, C3). */
  'publishing',
  /** Listed moves wait for writers, are appended, or are taken out of the list (C4). */
  'moving',
] as const;

/** One of them. */
export type CoordinatorState = (typeof coordinatorStates)[number];

/** Why a token is over; whoever wants to lead on takes a higher one. */
export const termEnds = [
  /** A higher token was read (C3). */
  'deposed',
  /** It is not known whether a record of `control` landed, and it is never sent twice. */
  'unknown',
  /** `control` refused a record: it did not land. */
  'refused',
  /** A record of its token that it did not write, or wrote and found not in force: somebody else has the same token. */
  'shared',
  /** `control` went on past its record without it: compaction took it out, so another one leads. */
  'gone',
  /** The process that leads ends. */
  'resigned',
] as const;

/** One of them. */
export type TermEnd = (typeof termEnds)[number];

/** What can happen to a coordinator. */
export const coordinatorEvents = [
  /** Its claim was read back (C1); then listed moves of an earlier one were there (C6). */
  'claimed',
  'tookOver',
  /** Its token is over; `end` says why. */
  'ended',
  /** Rows are settled; one says that its instrument began elsewhere than at home, so the home gets an Origin. */
  'settled',
  'begunElsewhere',
  /** Trades sent ahead are durable in the new partitions, or it waited long enough. */
  'prepared',
  'preparedLate',
  /** A wanted move is not made; `refusal` says why. */
  'refused',
  /** A map with moves was read back. */
  'published',
  /** All writers that report have the map (C4), or it waited long enough. */
  'writersReported',
  'writersLate',
  /** Moves are durable in their old partitions; some could not be appended and are tried again. */
  'moved',
  'moveFailed',
  /** A map without them was read back: from now on they may move again (C5). */
  'unlisted',
  /** Rows or Origins could not be written; nothing was published, and the moves are to be wanted anew. */
  'preparingFailed',
  /** They were prepared and in no map yet, and nothing is to begin any more. */
  'dropped',
  /** Partitions were added, could not be added, and are in the map. */
  'grown',
  'growthFailed',
  'partitionsPublished',
  /** A key of an earlier coordinator was taken out of `control`. */
  'takenOut',
] as const;

/** One of them. */
export type CoordinatorEvent = (typeof coordinatorEvents)[number];

/** Why a wanted move is not made. */
export type MoveRefusal = ChangeRefusal['code'] | PlacementInvariant | UnfitReason;

/** What a coordinator tells as it happens. */
export type CoordinatorNews = {
  readonly event: CoordinatorEvent;
  /** The instruments that it is about; empty for none. */
  readonly moves: readonly (InstrumentName & Partial<ListedMove>)[];
  readonly refusal?: MoveRefusal;
  readonly end?: TermEnd;
};

/** A record of `control` as it was read, or a key that was taken out, and the view after it. */
export type ControlRead = {
  readonly offset: number;
  readonly key: ControlKey;
  /** Whether the key was taken out. */
  readonly isTakenOut: boolean;
  /** What became whole with it; a map in parts does at its last part. */
  readonly record: ControlRecord | undefined;
  readonly outcome: ControlOutcome | undefined;
  readonly view: ControlView;
};

/** A record for one partition of `ticks`. */
export type EntriesToAppend = { readonly partition: number; readonly entries: readonly EntryOfMovesToWrite[] };

/** What a coordinator wants done; it asks for one thing at a time. */
export type CoordinatorEffect =
  /** Append a record to `control`, once. */
  | { readonly kind: 'append-control'; readonly record: ControlRecord }
  /** Take a key out of `control`, once. */
  | { readonly kind: 'take-out'; readonly key: ControlKey }
  /** Settle the rows of instruments that were never moved: `Store.enterPins` with their homes. */
  | { readonly kind: 'settle'; readonly homes: readonly InstrumentPin[] }
  /** Append records to `ticks`, each until it is durable or as long as one likes; in any order, at once. */
  | { readonly kind: 'append-entries'; readonly records: readonly EntriesToAppend[] }
  /** Add partitions to every topic, so that there are `count`. */
  | { readonly kind: 'add-partitions'; readonly count: number };

/** What came of an effect. */
export type EffectResult =
  /** Of `append-control` and `take-out`: it is durable at this offset; of a record in parts, that of the last part. */
  | { readonly kind: 'appended'; readonly offset: number }
  /** Of the same two: it may have landed, or land later. */
  | { readonly kind: 'unknown' }
  /** Of `append-entries`: the partitions whose record is durable; the others may be or not. */
  | { readonly kind: 'entries'; readonly durable: readonly number[] }
  /** Of `settle`: the answer of `enterPins`, in the order of `homes`; all `undefined` where the store takes no pins. */
  | { readonly kind: 'settled'; readonly held: readonly (number | undefined)[] }
  /** Of `add-partitions`: how many there are. */
  | { readonly kind: 'grown'; readonly partitions: number }
  /** Nothing came of it; of `append-control` and `take-out` that is certain. */
  | { readonly kind: 'failed' };

/** What a coordinator knows of the others: comfort only, but for `partitions`. */
export type CoordinatorSight = {
  /** Partitions of the log that can be used now. */
  readonly partitions: number;
  /** The latest clock of all partitions, ms since the Unix epoch. */
  readonly logTimeMs: number;
  /** Partitions that do not give, or neither give nor take (C2). */
  readonly unfit: ReadonlyMap<number, UnfitReason>;
  /** Writers and owners that reported lately. */
  readonly writers: readonly WriterReport[];
  readonly reports: readonly Pick<PartitionReport, 'partition' | 'steps'>[];
};

/** Bounds of a coordinator; times are ms of its own clock. */
export type CoordinatorConfig = {
  /** Most moves that share a map record, 1 or more. */
  readonly batchMovesMax: number;
  /** How long trades that are sent ahead are waited for; 0 = no Prepare is sent. */
  readonly prepareMsMax: number;
  /** How long writers are waited for (C4). */
  readonly writersMsMax: number;
  /** How long it waits before it tries a Move again that could not be appended. */
  readonly retryMs: number;
  /** With more keys of earlier coordinators than these in `control` it publishes the map anew, so that it may take them out. */
  readonly staleKeysMax: number;
};

/** The bounds of ADR 21. */
export const coordinatorDefaults: CoordinatorConfig = {
  batchMovesMax: 16,
  prepareMsMax: 30_000,
  writersMsMax: 250,
  retryMs: 1_000,
  staleKeysMax: 32,
};
