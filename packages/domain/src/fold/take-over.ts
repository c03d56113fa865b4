/**
 * An instrument comes (rule H1). In: all parts of its state, and the trades that were shipped before. Out: it is here as it left, with
 * its due times found again by this partition's clocks; what was parked is applied next, by the rules of moves.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { giveUpAfterMs, liveBit } from './bar-times.ts';
import { findDue, markSweep } from './close-bars.ts';
import type { FoldState } from './fold-state.ts';
import { type HandoverContent, joinedState, readHandoverState } from './handover-state.ts';
import { empty } from './leave-partition.ts';
import { takeShipped } from './receive-trades.ts';

/** Puts the state in; false for bytes that are none, and then nothing of the instrument is here. */
export function takeOver(
  state: FoldState,
  instrument: InstrumentState,
  epoch: number,
  contents: readonly HandoverContent[],
): boolean {
  const blocks = takeShipped(state, instrument, epoch, contents[0]!.tradeBlocks);
  const { terms, calendar } = instrument;
  let lowest = Infinity;
  try {
    lowest = readHandoverState(state, instrument, joinedState(contents), blocks);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    empty(state, instrument);
    instrument.terms = terms;
    instrument.calendar = calendar;
    const { dataset, symbol } = instrument;
    state.counters.quarantined += 1;
    state.notice('RECORD_MALFORMED', { dataset, symbol, detail: `a state that was handed over: ${error.message}` });
    return false;
  }
  // Every block from now on with ticks of it is its own.
  instrument.firstBlock = state.retained.nextNumber;
  // Those before have trades that were sent again behind them.
  for (const block of blocks.slice(Math.min(lowest, blocks.length))) {
    if (block === undefined) continue;
    instrument.ownBlock(block);
    instrument.postBlock(block);
  }
  if (instrument.pending.length > 0) state.pending.add(instrument);
  findDue(state, instrument);
  // By this clock bars may have to leave, or be looked at later.
  markSweep(state, instrument);
  if (instrument.links.some(({ bit }) => bit !== liveBit)) {
    state.giveUpDueMs = Math.min(state.giveUpDueMs, state.clock.waitedMs + giveUpAfterMs);
  }
  return true;
}
