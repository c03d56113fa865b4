/**
 * Recovery: reads the records again from which bars can still be rebuilt. In: records before the snapshot's next
 * offset. Out: nothing but the retained blocks and which instruments they concern; no bar and no count changes. What
 * was decided about each block the first time is decided again, by the same pure rules.
 */
import type { SliceOfMoves } from '../log/move-entries.ts';
import { isExpired } from '../tape/publishers.ts';
import { decodeBlock, entriesOf, entryOfMoves } from './apply-record.ts';
import type { FoldState } from './fold-state.ts';
import type { LogRecordInput } from './fold-types.ts';

/** Takes in the blocks of a record that is in the state already. */
export function reread(state: FoldState, record: LogRecordInput): void {
  const entries = entriesOf(record);
  if (typeof entries === 'string') return;
  for (const entry of entries) {
    if (entry.kind === 'tickBlock') rereadBlock(state, record, entry, record.appendTimeMs);
    else if (state.moves === undefined) continue;
    else if (entry.kind === 'forward') rereadForward(state, record, entry);
    else if (entry.kind === 'trades') rereadTrades(state, record, entry);
  }
}

/** Blocks that were sent on to here have numbers like all others. */
function rereadForward(state: FoldState, record: LogRecordInput, slice: SliceOfMoves): void {
  const forward = entryOfMoves(record, slice);
  if (typeof forward === 'string' || forward.kind !== 'forward') return;
  for (const entry of forward.entries) {
    if (entry.kind === 'tickBlock') rereadBlock(state, record, entry, forward.firstAppendTimeMs);
  }
}

/** Blocks that were shipped are their instrument's if its Handover came, and they were not the repeats. */
function rereadTrades(state: FoldState, record: LogRecordInput, slice: SliceOfMoves): void {
  const trades = entryOfMoves(record, slice);
  if (typeof trades === 'string' || trades.kind !== 'trades') return;
  const instrument = state.find(trades.dataset, trades.symbol);
  for (const { start, end } of trades.blocks) {
    if (decodeBlock(state, record, start, end) !== undefined) continue;
    const block = state.retained.add(record.offset, record.bytes, start, end, state.columns.extent());
    if (instrument?.isEarly(block) === true) instrument.postBlock(block);
  }
}

function rereadBlock(
  state: FoldState,
  record: LogRecordInput,
  { start, end }: { readonly start: number; readonly end: number },
  firstAppendTimeMs: number,
): void {
  if (decodeBlock(state, record, start, end) !== undefined) return;
  const { columns } = state;
  if (isExpired(columns.publisherId, firstAppendTimeMs)) return;
  const block = state.retained.add(record.offset, record.bytes, start, end, columns.extent());
  for (let group = 0; group < columns.groupCount; group += 1) {
    const instrument = state.find(columns.dataset, columns.symbols[group]!);
    if (instrument === undefined || !instrument.ownsBlock(block)) continue;
    instrument.postBlock(block);
  }
}
