/**
 * Reads one place of the log from an offset on. In: what the log knows of its places. Out: runs of records, each
 * beginning where the one before ended. Law 1: an offset that is not kept, or not there yet, is told; the reader never
 * goes on elsewhere.
 */
import {
  type LogChanges,
  LogError,
  type LogReader,
  type LogRecordInput,
  type OffsetRange,
  SequencedReader,
} from '@tapeline/domain';

/** What a reader needs of its log. */
export type LogSource = {
  /** Name of the place, for messages. */
  readonly name: string;
  range(): OffsetRange;
  /** Records from an offset that is kept, at least one; from memory if they are there. */
  load(offset: number): readonly LogRecordInput[] | Promise<readonly LogRecordInput[]>;
  /** Told when records were appended or the log was closed. */
  readonly changes: LogChanges;
  isClosed(): boolean;
};

/** A reader of the place; see `LogReader` for what it promises. */
export function readPlace(source: LogSource, offset: number): LogReader {
  const { changes } = source;
  const load = async (from: number, isOver: () => boolean): Promise<readonly LogRecordInput[]> =>
    loadFrom(source, from, isOver);
  return new SequencedReader({ changes, load, isClosed: () => source.isClosed() }, offset);
}

async function loadFrom(source: LogSource, offset: number, isOver: () => boolean): Promise<readonly LogRecordInput[]> {
  checkOffset(source, offset);
  if (offset === source.range().endOffset) return [];
  const records = await source.load(offset);
  if (records[0]?.offset === offset || isOver()) return records;
  // Retention may have taken the offset while the records were on their way.
  checkOffset(source, offset);
  const found = records[0] === undefined ? 'nothing' : `offset ${records[0].offset}`;
  throw new LogError(
    'LOG_UNAVAILABLE',
    `${source.name} has ${found} where offset ${offset} should be: the log is damaged; restore it from a copy`,
  );
}

function checkOffset(source: LogSource, offset: number): void {
  const { firstOffset, endOffset } = source.range();
  const kept = `${source.name} keeps offsets from ${firstOffset} up to ${endOffset}`;
  if (offset < firstOffset) {
    throw new LogError('OFFSET_BELOW_RETENTION', `${kept}, and ${offset} has left: begin at ${firstOffset}`);
  }
  if (offset > endOffset) {
    throw new LogError(
      'OFFSET_BEYOND_END',
      `${kept}, so ${offset} is not of this log: begin again without what was known of another one`,
    );
  }
}
