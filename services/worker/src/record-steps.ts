/**
 * Records cut into steps, between which the event loop has its turn. In: what was read at once. Out: pieces of so many
 * bytes. Where they are cut decides when things happen, never what (law 1).
 */
import type { LogRecordInput } from '@tapeline/domain';

/** Pieces of at most `bytesMax` bytes, at least one record each, in order. */
export function* recordSteps(
  records: readonly LogRecordInput[],
  bytesMax: number,
): Generator<readonly LogRecordInput[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    if (index > from && bytes + record.bytes.length > bytesMax) {
      yield records.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += record.bytes.length;
  }
  if (from < records.length) yield records.slice(from);
}
