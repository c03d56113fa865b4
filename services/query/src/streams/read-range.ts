/**
 * Reads a stretch of a topic for one stream. In: a place in a partition and where to stop. Out: batches of what the
 * stream follows, in order. A place that is not kept any more ends it with RESUME_TOKEN_EXPIRED.
 */
import type { LogReader, TickLog } from '@tapeline/domain';
import { fromLog } from '../refusal.ts';
import { StreamBatch } from './stream-batch.ts';
import type { Followed, ReadRecord, StreamItem } from './stream-item.ts';

/** What is read, and for whom. */
export type RangeRead<Item> = {
  readonly log: TickLog;
  readonly topic: 'bars' | 'tape';
  readonly read: ReadRecord<Item>;
  readonly followed: Followed<Item>;
  /** Ends the read, without an error. */
  readonly signal: AbortSignal;
};

/** A batch, which may be empty, and the lateness that its record told. */
export type ReadBatch<Item extends StreamItem> = {
  readonly batch: StreamBatch<Item>;
  readonly latenessMs: number;
};

/** Batches of the records from `from` up to, and without, `to`, which the log has; one for what the log hands out at once. */
export async function* readRange<Item extends StreamItem>(
  range: RangeRead<Item>,
  partition: number,
  from: number,
  to: number,
): AsyncGenerator<ReadBatch<Item>> {
  if (from >= to || range.signal.aborted) return;
  const reader = range.log.open(range.topic, partition, from);
  const close = (): void => void reader.close();
  range.signal.addEventListener('abort', close, { once: true });
  try {
    yield* batchesOf(range, reader, partition, to);
  } finally {
    range.signal.removeEventListener('abort', close);
    await reader.close();
  }
}

async function* batchesOf<Item extends StreamItem>(
  { read, followed }: RangeRead<Item>,
  reader: LogReader,
  partition: number,
  to: number,
): AsyncGenerator<ReadBatch<Item>> {
  for (;;) {
    const records = await fromLog(reader.next());
    if (records === undefined) return;
    const items: Item[] = [];
    let [nextOffset, clockNs, latenessMs] = [0, 0n, 0];
    for (const { offset, bytes } of records) {
      if (offset >= to) break;
      const content = read(bytes, followed.wantsInstrument);
      for (const item of content.items) if (followed.wants(item)) items.push(item);
      if (content.clockNs > clockNs) clockNs = content.clockNs;
      latenessMs = Math.max(latenessMs, content.latenessMs);
      nextOffset = offset + 1;
    }
    if (nextOffset > 0) yield { batch: new StreamBatch(items, partition, nextOffset, clockNs), latenessMs };
    if (nextOffset >= to || nextOffset === 0) return;
  }
}
