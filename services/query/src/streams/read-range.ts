/**
 * Reads a stretch of a topic for one stream. In: a place in a partition and where to stop. Out: batches of what the
 * stream follows, in order, each small: one is all that a stream holds whose reader is slow (law 7). A place that is not
 * kept any more ends it with RESUME_TOKEN_EXPIRED, a log that ends before the stretch with LOG_UNAVAILABLE.
 */
import type { RpcError } from '@tapeline/grpc';
import { refusal } from '../refusal.ts';
import { RecordWalk, type WalkParts } from './record-walk.ts';
import { StreamBatch } from './stream-batch.ts';
import type { Followed, ReadRecord, StreamItem } from './stream-item.ts';

/** What is read, and for whom. */
export type RangeRead<Item> = WalkParts & {
  readonly read: ReadRecord<Item>;
  readonly followed: Followed<Item>;
};

/** A batch, which may be empty, and the lateness that its records told. */
export type ReadBatch<Item extends StreamItem> = {
  readonly batch: StreamBatch<Item>;
  readonly latenessMs: number;
};

/** Encoded bytes at which a batch is full. */
export const readBatchBytes = 262_144;

/**
 * Batches of the records from `from` up to, and without, `to`, which the log has. A record that fills more than one batch
 * counts as read, with its clock, in the batch after its last item. A signal that fires ends it without an error.
 */
export async function* readRange<Item extends StreamItem>(
  range: RangeRead<Item>,
  partition: number,
  from: number,
  to: number,
): AsyncGenerator<ReadBatch<Item>> {
  if (from >= to || range.signal.aborted) return;
  const walk = new RecordWalk(range, partition, from);
  try {
    for await (const batch of batchesOf(range, walk, { partition, from, to })) {
      const restsNoMore = walk.rest();
      try {
        yield batch;
      } finally {
        restsNoMore();
      }
    }
  } finally {
    await walk.letGo();
  }
}

type Stretch = { readonly partition: number; readonly from: number; readonly to: number };

async function* batchesOf<Item extends StreamItem>(
  { read, followed, signal }: RangeRead<Item>,
  walk: RecordWalk,
  { partition, from, to }: Stretch,
): AsyncGenerator<ReadBatch<Item>> {
  let [next, clockNs, latenessMs, bytes] = [from, 0n, 0, 0];
  let items: Item[] = [];
  const full = (): ReadBatch<Item> => {
    const batch = new StreamBatch(items, partition, next, clockNs);
    [items, bytes] = [[], 0];
    return { batch, latenessMs };
  };
  while (next < to) {
    const record = await walk.next();
    if (signal.aborted) return;
    if (record === undefined || record.offset >= to) throw endsEarly(partition, next, to);
    // A copy, so that a record that is taken apart slowly does not keep what lies ready beside it in memory.
    const content = read(new Uint8Array(record.bytes), followed.wantsInstrument);
    for (const item of content.items) {
      if (!followed.wants(item)) continue;
      items.push(item);
      bytes += item.bytes.length;
      if (bytes >= readBatchBytes) yield full();
    }
    next = record.offset + 1;
    if (content.clockNs > clockNs) clockNs = content.clockNs;
    latenessMs = Math.max(latenessMs, content.latenessMs);
    if (walk.isUsedUp || next >= to) yield full();
  }
}

function endsEarly(partition: number, at: number, to: number): RpcError {
  const message = `partition ${partition} of the log gives nothing from offset ${at} on although it reached to ${to}; go on with the last resume token, after a pause`;
  return refusal('LOG_UNAVAILABLE', message, { partition: `${partition}` });
}
