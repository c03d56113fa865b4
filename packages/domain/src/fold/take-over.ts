/**
 * An instrument comes (rule H1). In: all parts of its state, and the trades that were shipped before. Out: it is here as it left, with
 * its due times found again by this partition's clocks; what was parked is applied next, by the rules of moves. A state that this
 * program cannot read leaves nothing behind, so that one that can may take it later.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { MalformedError } from '../log/proto-reader.ts';
import type { TakeProblem } from '../placement/handover-partition.ts';
import type { Publisher } from '../tape/publishers.ts';
import { giveUpAfterMs, liveBit } from './bar-times.ts';
import { findDue, markSweep } from './close-bars.ts';
import type { FoldState } from './fold-state.ts';
import { type HandoverContent, joinedState, readHandoverState, StateOfOtherFormError } from './handover-state.ts';
import { empty } from './leave-partition.ts';
import { forgetShipped, shippedBlocks } from './receive-trades.ts';

/** Puts the state in; answers why it cannot be read, and then nothing has changed. */
export function takeOver(
  state: FoldState,
  instrument: InstrumentState,
  epoch: number,
  contents: readonly HandoverContent[],
): TakeProblem | undefined {
  const blocks = shippedBlocks(instrument, epoch, contents[0]!.tradeBlocks);
  const { terms, calendar } = instrument;
  const slots = [...state.publishers.slots];
  let lowest = Infinity;
  try {
    lowest = readHandoverState(state, instrument, joinedState(contents), blocks);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    empty(state, instrument);
    instrument.terms = terms;
    instrument.calendar = calendar;
    forgetNewcomers(state, slots);
    const event = error instanceof StateOfOtherFormError ? 'handoverOfOtherForm' : 'contradicted';
    return { event, detail: `a state of epoch ${epoch} that was handed over cannot be read: ${error.message}` };
  }
  forgetShipped(state, instrument, epoch);
  // Every block from now on with ticks of it is its own.
  instrument.firstBlock = state.retained.nextNumber;
  // Those before have trades that were sent again behind them.
  for (const block of blocks.slice(Math.min(lowest, blocks.length))) {
    if (block === undefined) continue;
    instrument.ownBlock(block);
    instrument.postBlock(block);
  }
  if (instrument.pending.length > 0) state.pending.add(instrument);
  const due = instrument.links.map(({ dueMs }) => dueMs);
  findDue(state, instrument);
  // A bar that was opened after its publisher had passed it is due already, and closes at the next sign of that publisher.
  for (const [at, link] of instrument.links.entries()) link.dueMs = Math.min(link.dueMs, due[at]!);
  // By this clock bars may have to leave, or be looked at later.
  markSweep(state, instrument);
  if (instrument.links.some(({ bit }) => bit !== liveBit)) {
    state.giveUpDueMs = Math.min(state.giveUpDueMs, state.clock.waitedMs + giveUpAfterMs);
  }
  return undefined;
}

/** Publishers that were met in a state that is not here after all. */
function forgetNewcomers({ publishers }: FoldState, before: readonly (Publisher | undefined)[]): void {
  for (let index = publishers.slots.length - 1; index >= 0; index -= 1) {
    if (publishers.slots[index] !== undefined && before[index] === undefined) publishers.drop(index);
  }
}
