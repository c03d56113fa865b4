/**
 * Splits a block of columns by partition without looking at single ticks. In: a decoded block that was stamped, and a
 * partition for each of its groups. Out: a block for each partition, with the bytes of its groups' columns as they
 * were, and the dictionaries of the whole: they are small beside a stream's batch.
 */
import { BlockCutter } from '../log/block-of-groups.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import { type TickBlockHeader, writeBlockHeader } from '../log/tick-block-encode.ts';
import { Column } from '../log/tick-block-fields.ts';
import type { TickColumns } from '../log/tick-columns.ts';

/** Blocks by partition, in the order in which the partitions first appear. */
export function splitBlock(
  columns: TickColumns,
  header: TickBlockHeader,
  partitions: readonly number[],
): Map<number, Uint8Array> {
  const { bytes } = columns;
  const cutter = new BlockCutter(columns, 0, bytes.length);
  const { headStart, baseSequence, symbolStart } = cutter.names;
  // A stamped block has its fields in order: symbols follow the dictionaries.
  const rest = bytes.subarray(headStart, symbolStart[0]);
  const hasTerms = columns.columnEnd[Column.groupTerms]! > 0;
  const head = {
    bytes: writeBlockHeader(new ProtoWriter(), header).raw(rest).finish(),
    baseSequence,
    termsOf: hasTerms ? (group: number): number => columns.groupTerms[group]! : undefined,
  };
  const groupsOf = new Map<number, number[]>();
  for (let group = 0; group < columns.groupCount; group += 1) {
    const partition = partitions[group]!;
    const groups = groupsOf.get(partition);
    if (groups === undefined) groupsOf.set(partition, [group]);
    else groups.push(group);
  }
  const blocks = new Map<number, Uint8Array>();
  for (const [partition, groups] of groupsOf) blocks.set(partition, cutter.part(head, groups));
  return blocks;
}
