/**
 * Folds trades into every profile's cell of a finest bar. In: columns, and in `run` which of their ticks. Out: cells.
 * Events, publishers and coarser bars are the caller's.
 */
import { foldEligible, foldEvery, type Run } from '../bars/fold-run.ts';
import { ruleVersionAt } from '../conditions/eligibility.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import type { FoldState } from './fold-state.ts';

/** The run to fold; one object for all folds, so that none is made a run. */
export const run: Run = { from: 0, to: 0, barStartNs: 0, publisher: 0, sequenceBase: 0 };

/** Folds `run` into every profile's cell of the row. */
export function foldCells(state: FoldState, columns: TickColumns, row: number): void {
  const { rows, profiles, precedes } = state;
  state.writing?.keepRow(row);
  for (let profile = 0; profile < profiles.length; profile += 1) {
    const cell = row * profiles.length + profile;
    if (profiles[profile] === 'all') foldEvery(rows, cell, columns, run, precedes);
    else {
      const masks = state.masks.of(columns, ruleVersionAt(rows.tradingDate[row]!));
      foldEligible(rows, cell, columns, run, masks[profile]!, precedes);
    }
  }
}

/** Folds trades into the cells of a row that is being rebuilt; `sequence` is that of the first one. */
export function refold(
  state: FoldState,
  columns: TickColumns,
  range: { from: number; to: number },
  identity: { row: number; publisher: number; sequence: number },
): void {
  const { row } = identity;
  run.from = range.from;
  run.to = range.to;
  run.barStartNs = (state.rows.startSec[row]! - columns.baseSec) * 1e9 - columns.baseNano;
  run.publisher = identity.publisher;
  run.sequenceBase = identity.sequence - range.from;
  foldCells(state, columns, row);
}
