/**
 * Trades that came ahead of their instrument. In: blocks of an entry `Trades`, as they get their numbers. Out: where each block of a
 * set stands in this log, until the Handover that they belong to comes, or has not for too long: they keep the log. A repeat of a
 * block changes nothing: the first one counts. Law 7: four sets for each instrument.
 */
import type { InstrumentState, ShippedSet } from '../bars/instrument-state.ts';
import { type FoldState, inOrder } from './fold-state.ts';

const setsMax = 4;
/**
 * A set goes so much later than bars can be revised, ms of the partition's clock: whoever sent it ahead counts on it for one
 * horizon, and the Handover may be on its way for a while.
 */
const underWayMs = 600_000;

/** Notes that block `ordinal` of the set for the Handover of `epoch` has this number, unless it has one already; blocks come in the order of their numbers. */
export function noteShipped(
  state: FoldState,
  instrument: InstrumentState,
  epoch: number,
  place: { readonly ordinal: number; readonly number: number },
): boolean {
  let set = instrument.shipped.find((one) => one.epoch === epoch);
  if (set === undefined) {
    set = { epoch, sinceMs: state.clock.nowMs, runs: [] };
    noteShippedDue(state, set);
    instrument.shipped.push(set);
    if (instrument.shipped.length > setsMax) instrument.shipped.shift();
    state.expected.add(instrument);
  }
  const { ordinal, number } = place;
  if (numberOf(set, ordinal) !== undefined) return false;
  const last = set.runs.at(-1);
  if (last !== undefined && last.ordinal + last.count === ordinal && last.number + last.count === number) {
    last.count += 1;
  } else set.runs.push({ ordinal, number, count: 1 });
  return true;
}

/** Notes when the set is to be looked at. */
export function noteShippedDue(state: FoldState, set: ShippedSet): void {
  state.shippedDueMs = Math.min(state.shippedDueMs, leavesAtMs(state, set));
}

/** Clock at which the set goes though its move did not come. */
function leavesAtMs({ config }: FoldState, { sinceMs }: ShippedSet): number {
  return sinceMs + config.horizonMs + underWayMs;
}

/** At each record: sets whose move did not come go. */
export function expireShipped(state: FoldState): void {
  const { clock } = state;
  if (clock.nowMs < state.shippedDueMs) return;
  state.shippedDueMs = Infinity;
  for (const instrument of inOrder(state.expected)) {
    const kept = instrument.shipped.filter((set) => clock.nowMs < leavesAtMs(state, set));
    if (kept.length < instrument.shipped.length) state.writing?.keep(instrument);
    instrument.shipped = kept;
    if (kept.length === 0) state.expected.delete(instrument);
    for (const set of kept) noteShippedDue(state, set);
  }
}

/** Forgets the set of the Handover of `epoch`, by which the instrument came, with those before. */
export function forgetShipped(state: FoldState, instrument: InstrumentState, epoch: number): void {
  instrument.shipped = instrument.shipped.filter((one) => one.epoch > epoch);
  if (instrument.shipped.length === 0) state.expected.delete(instrument);
}

/** The numbers of the first `count` blocks of the set. */
export function shippedBlocks(instrument: InstrumentState, epoch: number, count: number): (number | undefined)[] {
  const set = instrument.shipped.find((one) => one.epoch === epoch);
  const blocks: (number | undefined)[] = [];
  for (const { ordinal, number, count: length } of set?.runs ?? []) {
    for (let index = 0; index < length && ordinal + index < count; index += 1) blocks[ordinal + index] = number + index;
  }
  return blocks;
}

function numberOf({ runs }: ShippedSet, ordinal: number): number | undefined {
  for (const run of runs) {
    if (ordinal >= run.ordinal && ordinal < run.ordinal + run.count) return run.number + ordinal - run.ordinal;
  }
  return undefined;
}
