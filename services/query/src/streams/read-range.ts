/**
 * Reads stretches of a topic for one stream. In: a place in each partition and where to stop. Out: batches of what the
 * stream follows, merged by clock, each small: one is all that a stream holds whose reader is slow (law 7). A place that is
 * not kept any more ends it with RESUME_TOKEN_EXPIRED, a log that ends before the stretch with LOG_UNAVAILABLE.
 */
import type { RpcError } from '@tapeline/grpc';
import { refusal } from '../refusal.ts';
import { RecordWalk, type Stretch, type WalkParts } from './record-walk.ts';
import type { Followed, ReadRecord, RecordMarks, StreamItem } from './stream-item.ts';

/** What is read, and for whom. */
export type RangeRead<Item> = WalkParts & {
  readonly read: ReadRecord<Item>;
  readonly followed: Followed<Item>;
};

/** What records of one partition brought that lie one after the other in the merge. */
export type ReadPart<Item> = {
  readonly partition: number;
  readonly items: readonly Item[];
  /** The offset after the last record that was read to its end. */
  readonly nextOffset: number;
  readonly clockNs: bigint;
};

/** A batch, whose parts may be empty, and the longest lateness that records told so far. */
export type ReadBatch<Item> = {
  readonly parts: readonly ReadPart<Item>[];
  readonly latenessMs: number;
  /** Whether an instrument that is followed left a partition or came to one. */
  readonly hasMoves: boolean;
};

/** Encoded bytes at which a batch is full. */
export const readBatchBytes = 262_144;
/** Parts at which it is. */
const readBatchParts = 256;

/**
 * Batches of the records of these stretches. A record that fills more than one batch counts as read, with its clock, in the
 * batch after its last item. A signal that fires ends it without an error.
 */
export async function* readRange<Item extends StreamItem>(
  range: RangeRead<Item>,
  stretches: readonly Stretch[],
): AsyncGenerator<ReadBatch<Item>> {
  if (range.signal.aborted) return;
  const walk = new RecordWalk(range, stretches, (bytes) => range.read(bytes, undefined).clockNs);
  if (walk.isDone) return;
  const froms = new Map(stretches.map(({ partition, from }) => [partition, from]));
  try {
    for await (const batch of batchesOf(range, walk, froms)) {
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

async function* batchesOf<Item extends StreamItem>(
  { read, followed, signal }: RangeRead<Item>,
  walk: RecordWalk,
  places: Map<number, number>,
): AsyncGenerator<ReadBatch<Item>> {
  let latenessMs = 0;
  let batch = new GrowingBatch<Item>();
  const full = (): ReadBatch<Item> => {
    const { parts, hasMoves } = batch;
    batch = new GrowingBatch<Item>();
    return { parts, latenessMs, hasMoves };
  };
  while (!walk.isDone) {
    const { partition, to, record } = await walk.next();
    if (signal.aborted) return;
    const at = places.get(partition) ?? 0;
    if (record === undefined || record.offset >= to) throw endsEarly(partition, at, to);
    // A copy, so that a record that is taken apart slowly does not keep what lies ready beside it in memory.
    const content = read(new Uint8Array(record.bytes), followed.wantsInstrument);
    for (const item of content.items) {
      if (!followed.wants(item)) continue;
      batch.add(partition, at, item);
      if (batch.bytes >= readBatchBytes) yield full();
    }
    places.set(partition, record.offset + 1);
    latenessMs = Math.max(latenessMs, content.latenessMs);
    batch.end(partition, record.offset + 1, content.clockNs);
    batch.hasMoves ||= movesAny(followed, content.marks);
    if (walk.isUsedUp || walk.isDone || batch.parts.length >= readBatchParts) yield full();
  }
}

function movesAny<Item>({ wantsInstrument }: Followed<Item>, marks: RecordMarks | undefined): boolean {
  if (marks === undefined) return false;
  return [...marks.departures, ...marks.arrivals].some(({ instrument, dataset }) =>
    wantsInstrument(instrument, dataset),
  );
}

type GrowingPart<Item> = { partition: number; items: Item[]; nextOffset: number; clockNs: bigint };

class GrowingBatch<Item extends StreamItem> {
  readonly parts: GrowingPart<Item>[] = [];
  bytes = 0;
  hasMoves = false;

  /** `at` is how far the partition was read before the record of the item. */
  add(partition: number, at: number, item: Item): void {
    this.#partOf(partition, at).items.push(item);
    this.bytes += item.bytes.length;
  }

  /** A record was read to its end. */
  end(partition: number, nextOffset: number, clockNs: bigint): void {
    const part = this.#partOf(partition, nextOffset);
    part.nextOffset = nextOffset;
    if (clockNs > part.clockNs) part.clockNs = clockNs;
  }

  #partOf(partition: number, nextOffset: number): GrowingPart<Item> {
    const last = this.parts.at(-1);
    if (last?.partition === partition) return last;
    const part = { partition, items: [], nextOffset, clockNs: 0n };
    this.parts.push(part);
    return part;
  }
}

function endsEarly(partition: number, at: number, to: number): RpcError {
  const message = `partition ${partition} of the log gives nothing from offset ${at} on although it reached to ${to}; go on with the last resume token, after a pause`;
  return refusal('LOG_UNAVAILABLE', message, { partition: `${partition}` });
}
