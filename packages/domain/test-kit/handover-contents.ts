/**
 * What an instrument has with it when it moves. In: a configuration, and the parts of a state as they were handed over. Out: the
 * facts of it by name, read as a fold reads it that takes the instrument over; for the simulation of moves, which must meet each.
 */
import { RowFlag } from '../src/bars/bar-rows.ts';
import type { InstrumentState } from '../src/bars/instrument-state.ts';
import type { FoldState } from '../src/fold/fold-state.ts';
import type { FoldConfig } from '../src/fold/fold-types.ts';
import { joinedState, readHandoverState } from '../src/fold/handover-state.ts';
import { freshState } from '../src/fold/moves-of-partition.ts';
import type { HandoverEntry } from '../src/log/move-entries.ts';

type ChainFact =
  | 'leftWithHole'
  | 'leftWithForgottenHole'
  | 'leftWithWaitingProgress'
  | 'leftWithPendingAmendment'
  | 'leftWithAmendment';
type BarFact =
  | 'leftWithOpenBar'
  | 'leftWithOpenCoarseBar'
  | 'leftWithExactSums'
  | 'leftWithFirstOfDate'
  | 'leftWithGone';
type Facts<Name extends string> = Readonly<Record<Name, boolean>>;

/** Each is a state that a move can meet an instrument in; whether it met it in this one. */
export type HandoverFacts = Facts<ChainFact | BarFact | 'leftWithTrades'>;

/** The facts of a state of which all parts are given, in order; `undefined` of no parts. Throws as `readHandoverState` does. */
export function factsOfHandover(config: FoldConfig, parts: readonly HandoverEntry[]): HandoverFacts | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const state = freshState(config);
  const instrument = state.instrument(first.dataset, first.symbol);
  instrument.place = { kind: 'own', epoch: first.epoch };
  const blocks = Array.from({ length: first.tradeBlocks }, (_, block) => block);
  readHandoverState(state, instrument, joinedState(parts), blocks);
  return { ...chainFacts(instrument), ...barFacts(state, instrument), leftWithTrades: first.tradeBlocks > 0 };
}

function chainFacts({ links, pending, amendments }: InstrumentState): Facts<ChainFact> {
  return {
    leftWithHole: links.some(({ holes }) => holes.length > 0),
    leftWithForgottenHole: links.some(({ forgotten }) => forgotten.length > 0),
    leftWithWaitingProgress: links.some(({ progressLink }) => progressLink >= 0),
    leftWithPendingAmendment: pending.length > 0,
    leftWithAmendment: [...amendments.values()].length > 0,
  };
}

function barFacts({ rows }: FoldState, instrument: InstrumentState): Facts<BarFact> {
  const { open, firsts, gone } = instrument;
  const ids = instrument.rows.flatMap((list) => [...list.all()]).filter((row) => !rows.has(row, RowFlag.left));
  const cells = ids.flatMap((row) =>
    Array.from({ length: rows.profileCount }, (_, at) => row * rows.profileCount + at),
  );
  return {
    leftWithOpenBar: open.some((row) => rows.level[row] === 0),
    leftWithOpenCoarseBar: open.some((row) => rows.level[row]! > 0),
    leftWithExactSums: cells.some((cell) => rows.exact.at(cell) !== undefined),
    leftWithFirstOfDate: firsts.length > 0,
    leftWithGone: gone.some(({ starts }) => starts.length > 0),
  };
}
