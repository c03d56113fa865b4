/**
 * Keeps which trade is the first of its date that sets a price, for conditions that set open and close only then. In:
 * bars whose candidates changed, bars that leave. Out: whether a bar's open is such a trade. When another trade turns
 * out to be the first, the bar that loses or wins it counts an event.
 */
import { type FirstCandidate, type FirstOfDate, isEarlier } from '../bars/first-of-date.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import { markChanged } from './bar-rows-of-ticks.ts';
import { hasLeft } from './bar-times.ts';
import type { FoldState } from './fold-state.ts';

const datesMax = 4;

/** Whether the bar's open is a trade that sets it only by being the first of its date. Finest bars only. */
export function firstSetsPrice(state: FoldState, instrument: InstrumentState, row: number, profile: number): boolean {
  const { rows } = state;
  if (rows.level[row] !== 0 || rows.ifFirstNs[row * state.profiles.length + profile] === Infinity) return false;
  const first = entryOf(instrument, rows.tradingDate[row]!, profile)?.first;
  return first !== undefined && first.conditional && first.barStartSec === rows.startSec[row];
}

/** After trades were added to a bar: takes its earliest candidate in, if it is the first of its date. */
export function noteFirst(state: FoldState, instrument: InstrumentState, row: number, profile: number): void {
  const { rows } = state;
  const cell = row * state.profiles.length + profile;
  const earliestNs = Math.min(rows.openNs[cell]!, rows.ifFirstNs[cell]!);
  if (earliestNs === Infinity) return;
  const date = rows.tradingDate[row]!;
  const entry = entryOf(instrument, date, profile) ?? addEntry(state, instrument, date, profile);
  if (entry.first !== undefined && (rows.startSec[row]! - entry.startSec) * 1e9 + earliestNs > entry.first.ns) return;
  const candidate = candidateOf(state, entry, row, profile);
  if (candidate === undefined || !isEarlier(candidate, entry.first, state.precedes)) return;
  replaceFirst(state, instrument, entry, candidate, row);
}

/** After a bar was rebuilt: looks for the first of its date among the bars in the state and those that left. */
export function findFirst(state: FoldState, instrument: InstrumentState, row: number, profile: number): void {
  const { rows } = state;
  const date = rows.tradingDate[row]!;
  const entry = entryOf(instrument, date, profile) ?? addEntry(state, instrument, date, profile);
  let first = entry.left;
  const finest = instrument.rows[0]!;
  for (let index = finest.lowerBound(rows, entry.startSec); index < finest.length; index += 1) {
    const other = finest.at(index);
    if (rows.tradingDate[other] !== entry.date) break;
    const candidate = candidateOf(state, entry, other, profile);
    if (candidate === undefined) continue;
    if (isEarlier(candidate, first, state.precedes)) first = candidate;
    // Later bars have later trades.
    break;
  }
  replaceFirst(state, instrument, entry, first, row);
}

/** Before a bar leaves: its candidate stays the one to beat. */
export function keepFirst(state: FoldState, instrument: InstrumentState, row: number, profile: number): void {
  const entry = entryOf(instrument, state.rows.tradingDate[row]!, profile);
  if (entry === undefined) return;
  const candidate = candidateOf(state, entry, row, profile);
  if (candidate !== undefined && isEarlier(candidate, entry.left, state.precedes)) entry.left = candidate;
}

function replaceFirst(
  state: FoldState,
  instrument: InstrumentState,
  entry: FirstOfDate,
  first: FirstCandidate | undefined,
  changedRow: number,
): void {
  const before = entry.first;
  entry.first = first;
  for (const trade of [before, first]) {
    if (trade === undefined || !trade.conditional || before?.barStartSec === first?.barStartSec) continue;
    const row = instrument.rows[0]!.find(state.rows, trade.barStartSec);
    if (row < 0 || row === changedRow || hasLeft(state, instrument, row)) continue;
    state.writing?.keepRow(row);
    state.rows.events[row]! += 1;
    markChanged(state, instrument, row);
  }
}

function candidateOf(state: FoldState, entry: FirstOfDate, row: number, profile: number): FirstCandidate | undefined {
  const { rows } = state;
  const cell = row * state.profiles.length + profile;
  const barStartSec = rows.startSec[row]!;
  const offsetNs = (barStartSec - entry.startSec) * 1e9;
  const candidate = (
    ns: number,
    publisher: number,
    sequence: number,
    conditional: boolean,
  ): FirstCandidate | undefined =>
    ns === Infinity ? undefined : { ns: offsetNs + ns, publisher, sequence, conditional, barStartSec };
  const plain = candidate(rows.openNs[cell]!, rows.openPublisher[cell]!, rows.openSequence[cell]!, false);
  const ifFirst = candidate(rows.ifFirstNs[cell]!, rows.ifFirstPublisher[cell]!, rows.ifFirstSequence[cell]!, true);
  if (plain === undefined || ifFirst === undefined) return plain ?? ifFirst;
  return isEarlier(plain, ifFirst, state.precedes) ? plain : ifFirst;
}

function entryOf(instrument: InstrumentState, date: number, profile: number): FirstOfDate | undefined {
  const { firsts } = instrument;
  for (let index = firsts.length - 1; index >= 0; index -= 1) {
    const entry = firsts[index]!;
    if (entry.date === date && entry.profile === profile) return entry;
  }
  return undefined;
}

/** A fresh entry. Beyond four dates, those without a finest bar in the state are forgotten. */
function addEntry(state: FoldState, instrument: InstrumentState, date: number, profile: number): FirstOfDate {
  const { startSec } = instrument.calendar!.dayBounds(date);
  const entry: FirstOfDate = { date, profile, startSec, first: undefined, left: undefined };
  const same = instrument.firsts.filter((other) => other.profile === profile);
  const idle = same.length < datesMax ? [] : same.filter((other) => !hasBars(state, instrument, other));
  instrument.firsts = instrument.firsts.filter((other) => !idle.includes(other));
  instrument.firsts.push(entry);
  instrument.firsts.sort((left, right) => left.date - right.date || left.profile - right.profile);
  return entry;
}

function hasBars(state: FoldState, instrument: InstrumentState, entry: FirstOfDate): boolean {
  const { rows } = state;
  const finest = instrument.rows[0]!;
  const index = finest.lowerBound(rows, entry.startSec);
  return index < finest.length && rows.tradingDate[finest.at(index)] === entry.date;
}
