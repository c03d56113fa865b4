/**
 * Recovery: reads the records again from which bars can still be rebuilt. In: records before the snapshot's next
 * offset. Out: nothing but the retained blocks and which instruments they concern; no bar and no count changes. What
 * was decided about each block the first time is decided again, by the same pure rules.
 */
import { isExpired } from '../tape/publishers.ts';
import { decodeBlock, entriesOf } from './apply-record.ts';
import type { FoldState } from './fold-state.ts';
import type { LogRecordInput } from './fold-types.ts';

/** Takes in the blocks of a record that is in the state already. */
export function reread(state: FoldState, record: LogRecordInput): void {
  const entries = entriesOf(record);
  if (typeof entries === 'string') return;
  for (const entry of entries) {
    if (entry.kind !== 'tickBlock') continue;
    if (decodeBlock(state, record, entry.start, entry.end) !== undefined) continue;
    const { columns } = state;
    if (isExpired(columns.publisherId, record.appendTimeMs)) continue;
    const block = state.retained.add(record.offset, record.bytes, entry.start, entry.end, columns.extent());
    for (let group = 0; group < columns.groupCount; group += 1) {
      const instrument = state.find(columns.dataset, columns.symbols[group]!);
      if (instrument !== undefined && instrument.blocks.at(-1) !== block) instrument.blocks.push(block);
    }
  }
}
