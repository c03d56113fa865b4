/**
 * Merges finer bars into a coarser one, and says what a cell shows. In: a row whose finer rows changed. Out: its cells
 * and events anew. Sums are exact; open and close come from the first and last finer bar that has them.
 */
import type { BarRows } from '../bars/bar-rows.ts';
import { RowFlag } from '../bars/bar-rows.ts';
import { exactSums } from '../bars/fold-run.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import { firstSetsPrice } from './first-trades.ts';
import type { FoldState } from './fold-state.ts';

/** Merges the row from its finer rows if one of them changed. */
export function refresh(state: FoldState, row: number): void {
  const { rows, levels } = state;
  if (!rows.has(row, RowFlag.stale)) return;
  rows.unset(row, RowFlag.stale);
  const instrument = state.instruments[rows.instrument[row]!]!;
  const finer = instrument.rows[levels[rows.level[row]!]!.child]!;
  const from = finer.lowerBound(rows, rows.startSec[row]!);
  rows.clearCells(row);
  let events = 0;
  for (let index = from; index < finer.length; index += 1) {
    const part = finer.at(index);
    if (rows.startSec[part]! >= rows.endSec[row]!) break;
    refresh(state, part);
    rows.unset(part, RowFlag.told);
    events += rows.events[part]!;
    for (let profile = 0; profile < state.profiles.length; profile += 1)
      mergeCell(state, instrument, part, row, profile);
  }
  rows.events[row] = events;
}

function mergeCell(state: FoldState, instrument: InstrumentState, part: number, row: number, profile: number): void {
  const { rows } = state;
  const from = part * state.profiles.length + profile;
  const to = row * state.profiles.length + profile;
  if (rows.high[from]! > rows.high[to]!) rows.high[to] = rows.high[from]!;
  if (rows.low[from]! < rows.low[to]!) rows.low[to] = rows.low[from]!;
  const open = openOf(state, instrument, part, profile);
  if (open !== null) {
    if (rows.openNs[to] === Infinity) rows.open[to] = open;
    rows.openNs[to] = 0;
    rows.close[to] = closeOf(state, instrument, part, profile) as number;
    rows.closeNs[to] = 0;
  }
  rows.trades[to]! += rows.trades[from]!;
  addSums(rows, from, to);
}

/** Adds the sums of one cell to a merged one, which has its first finer cell's basis. */
function addSums(rows: BarRows, from: number, to: number): void {
  const sums = exactSums(rows, from);
  const before = rows.exact.at(to);
  if (before === undefined) rows.exact.put(to, sums);
  else {
    before.volume += sums.volume;
    before.notional += sums.notional;
  }
}

/** The open that a bar shows, in units; `null` = no eligible trade. */
export function openOf(state: FoldState, instrument: InstrumentState, row: number, profile: number): number | null {
  const { rows } = state;
  const cell = row * state.profiles.length + profile;
  if (firstSetsPrice(state, instrument, row, profile)) return rows.ifFirst[cell]!;
  return rows.openNs[cell] === Infinity ? null : rows.open[cell]!;
}

/** The close that a bar shows, in units; `null` = no eligible trade. */
export function closeOf(state: FoldState, instrument: InstrumentState, row: number, profile: number): number | null {
  const { rows } = state;
  const cell = row * state.profiles.length + profile;
  if (rows.closeNs[cell] !== -Infinity) return rows.close[cell]!;
  return firstSetsPrice(state, instrument, row, profile) ? rows.ifFirst[cell]! : null;
}
