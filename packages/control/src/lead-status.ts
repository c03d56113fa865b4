/**
 * What a leader of `control` tells of itself. In: nothing. Out: types, and the words of events. A status is as old as the last record
 * that was read; an event is told once, by the process that leads or follows, as it sees it.
 */
import type {
  CoordinatorMode,
  CoordinatorNews,
  CoordinatorState,
  InstrumentName,
  MergedRates,
  MoveInFlight,
  MoveNews,
  MovePhase,
  PartitionReport,
  Placement,
  PlacementPolicy,
  PlannedRound,
  UnfitReason,
  WantedMove,
} from '@tapeline/domain';

/** What a leader goes by. */
export type Steering = { readonly mode: CoordinatorMode; readonly policy: PlacementPolicy };

/** What it knows. */
export type LeadStatus = Steering & {
  readonly state: CoordinatorState;
  /** Its token; `undefined` while it does not lead. */
  readonly token: number | undefined;
  readonly placement: Placement;
  /** Partitions that can be used now. */
  readonly partitions: number;
  /** Moves that are prepared, and in no map yet; since when, ms of the monotonic clock. */
  readonly preparing: readonly WantedMove[];
  readonly preparingSinceMs: number;
  /** Moves in flight, in the order of names; times are ms of the monotonic clock. */
  readonly moves: readonly MoveInFlight[];
  /** The last ones that arrived, oldest first, `endedMax` at most. */
  readonly ended: readonly MoveInFlight[];
  /** The last round of planning; `undefined` before the first. */
  readonly planned: PlannedRound | undefined;
  readonly rates: MergedRates;
  readonly unfit: ReadonlyMap<number, UnfitReason>;
  /** The newest report of each partition that reported lately. */
  readonly reports: readonly PartitionReport[];
};

/** How many moves that arrived are told. */
export const endedMax = 256;

/** What happened, in the words of Kubernetes' events. */
export type PlacementEvent = {
  readonly kind:
    | 'Published'
    | 'Moved'
    | 'HandedOver'
    | 'Arrived'
    | 'MoveStuck'
    | 'OrderViolated'
    | 'HandoverOfOtherForm';
  /** Whether a person has to look. */
  readonly isWarning: boolean;
  /** One sentence. */
  readonly message: string;
  readonly instrument?: InstrumentName;
};

const kinds: Readonly<Record<MovePhase, PlacementEvent['kind']>> = {
  published: 'Published',
  moved: 'Moved',
  'handed-over': 'HandedOver',
  arrived: 'Arrived',
};

const phaseTexts: Readonly<Record<MovePhase, string>> = {
  published: 'the map is in force, and ingests write to the new partition',
  moved: 'the Move is in the old partition',
  'handed-over': 'the state is in the new partition',
  arrived: 'the new partition has it',
};

const stuckTexts: Readonly<Record<MovePhase, string>> = {
  published: 'its Move cannot be appended; see whether the log takes records',
  moved: 'the owner of the old partition has not reached it; see whether it runs and how far it is behind',
  'handed-over': 'the owner of the new partition has not taken it; see whether it runs and how far it is behind',
  arrived: 'it is there',
};

/** So many instruments are named in a line of a log. */
const namedMax = 8;

/** What a line of a log says of a coordinator's news. */
export function fieldsOf({ event, moves, refusal }: CoordinatorNews): Readonly<Record<string, string | number>> {
  const names = moves.slice(0, namedMax).map(({ dataset, symbol }) => `${dataset} ${symbol}`);
  return {
    event,
    moves: moves.length,
    names: names.join(', '),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** The event of a piece of news. */
export function eventOf({ kind, move }: MoveNews): PlacementEvent {
  const { dataset, symbol, from, to, epoch, phase } = move;
  const instrument = { dataset, symbol };
  const which = `${symbol} of ${dataset} from ${from} to ${to} (epoch ${epoch})`;
  if (kind === 'phase') {
    return { kind: kinds[phase], isWarning: false, message: `${which}: ${phaseTexts[phase]}`, instrument };
  }
  if (kind === 'stuck') {
    const message = `${which} is ${phase} for more than 30 s: ${stuckTexts[phase]}`;
    return { kind: 'MoveStuck', isWarning: true, message, instrument };
  }
  const why = `${to} runs under another configuration or version than ${from} and cannot use the state`;
  const message = `${which}: the owner of ${why}; run both under one, and the old one sends it again`;
  return { kind: 'HandoverOfOtherForm', isWarning: true, message, instrument };
}

/** The event of order that was not kept in a partition, `count` times more than before. */
export function orderViolated(partition: number, count: number): PlacementEvent {
  const message = `partition ${partition} counted ${count} violations of order; this is a defect, keep its log and report it`;
  return { kind: 'OrderViolated', isWarning: true, message };
}
