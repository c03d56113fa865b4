/**
 * Which states a run has reached. In: a run at rest, and a reader of the states that were handed over. Out: members of `MovedState`:
 * what the stage noted, what the partitions' folds counted, what instruments had with them, and what came of it afterwards.
 */
import { decodeEntryOfMoves, decodeLogRecord, type HandoverEvent, type Notice } from '@tapeline/domain';
import type { FoldAccount } from './moved-log.ts';
import type { MovedState, TravelState } from './moved-states.ts';
import { beginningOf } from './moved-writer.ts';
import type { MovedRun } from './moved-world.ts';

/** A part of a state as it stands in a record. */
export type HandedOver = Extract<ReturnType<typeof decodeEntryOfMoves>, { readonly kind: 'handover' }>;

/** Says what a state that was handed over holds; `parts` are all of its parts, in order. */
export type StateReader = (run: MovedRun, parts: readonly HandedOver[]) => Iterable<TravelState>;

/** Every state of the run. */
export function reachedStates(run: MovedRun, readState: StateReader): Set<MovedState> {
  const { stage } = run;
  const reached = new Set<MovedState>(stage.states);
  for (const [partition, witness] of stage.log.witnesses.entries()) {
    for (const [event, count] of Object.entries(witness.fold.handovers)) {
      if (count > 0 && event !== 'contradicted') reached.add(event as Exclude<HandoverEvent, 'contradicted'>);
    }
    for (const notice of witness.notices)
      for (const state of statesOfNotice(run, partition, notice)) reached.add(state);
    for (const bar of witness.bars)
      if (bar.state === 'revised' && bar.position.epoch > 0) reached.add('revisedAfterMove');
    for (const parts of handoversOf(witness)) for (const state of readState(run, parts)) reached.add(state);
  }
  for (const state of statesOfTapes(run)) reached.add(state);
  return reached;
}

const plainNotices: Partial<Record<Notice['code'], readonly [MovedState, MovedState]>> = {
  GAP_DECLARED: ['gapDeclared', 'gapAfterMove'],
  LATE: ['lateTick', 'lateAfterMove'],
  HOLE_FORGOTTEN: ['holeForgotten', 'forgottenHoleAfterMove'],
};

/** Where an instrument did not begin, everything is after a move. */
function statesOfNotice({ stage }: MovedRun, partition: number, notice: Notice): MovedState[] {
  const states = plainNotices[notice.code];
  if (states === undefined) return [];
  return beginningOf(stage.beginnings, notice) === partition ? [states[0]] : [...states];
}

function statesOfTapes({ stage }: MovedRun): MovedState[] {
  const states: MovedState[] = [];
  for (const tape of stage.store.tapes.values()) {
    const epochs = new Map(tape.map(({ publisher, sequence, epoch }) => [`${publisher} ${sequence}`, epoch]));
    for (const { publisher, original, epoch, outOfOrder } of tape) {
      if (outOfOrder) states.push('tickThroughHole');
      if (outOfOrder && epoch > 0) states.push('throughHoleAfterMove');
      if (original > 0 && (epochs.get(`${publisher} ${original}`) ?? epoch) < epoch) states.push('amendedAfterMove');
    }
  }
  return states;
}

/** The Handovers that a partition emits, each with all its parts. */
function handoversOf({ emissions }: FoldAccount): HandedOver[][] {
  const handovers = new Map<string, HandedOver[]>();
  for (const bytes of [...emissions.values()].flat()) {
    for (const slice of decodeLogRecord(bytes)) {
      if (slice.kind !== 'handover') continue;
      const entry = decodeEntryOfMoves(bytes, slice);
      if (entry.kind !== 'handover') continue;
      const key = `${entry.dataset} ${entry.symbol} ${entry.epoch}`;
      handovers.set(key, [...(handovers.get(key) ?? []), entry]);
    }
  }
  return [...handovers.values()];
}
