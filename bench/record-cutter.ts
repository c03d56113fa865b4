/**
 * Cuts a tape into log records as ingest will. In: ticks in the order of arrival and the publishers that send them.
 * Out: records, each with one block a publisher, either as full as 64 KiB of blocks allow, which is ingest's limit, or
 * with so many ticks, as a client's batch has. Now and then a block is sent again, as after a lost acknowledgement.
 */
import { encodeLogRecord } from '@tapeline/domain';
import { SeededRandom } from './seeded-random.ts';
import { isOneIn, type SentTick } from './tape-events.ts';
import type { TapePublisher, TapeTick } from './tape-publisher.ts';

/** A record of the log. `ticks` counts those that are new in it, not those that are sent again. */
export type BenchRecord = { readonly appendTimeMs: number; readonly ticks: number; readonly bytes: Uint8Array };

/** How a tape is cut. */
export type CutSettings = {
  /** Ticks of a record; `fill` = as many as 64 KiB of blocks hold. */
  readonly cut: number | 'fill';
  /** One block in so many is sent again, in a record of its own; 0 = none. */
  readonly resentEvery: number;
  readonly seed: number;
};

/** ingest's limit for one record, bytes of tick blocks. */
export const recordBytesMax = 65_536;

/** From the last tick's event time to the log, ms. */
const transitMs = 10;
/** Bytes of a tick before the first record is known. */
const bytesPerTickFirst = 8;
/** Room left in a record, because its ticks may need a little more than those before. */
const fillShare = 0.97;

/** The records, in the order of the log, until `next` gives no tick any more. */
export function* cutRecords(
  next: () => SentTick | undefined,
  publishers: readonly TapePublisher[],
  settings: CutSettings,
): Generator<BenchRecord> {
  const random = new SeededRandom(settings.seed);
  let bytesPerTick = 0;
  let nowMs = 0;
  for (;;) {
    const count =
      settings.cut === 'fill'
        ? Math.floor((recordBytesMax * fillShare) / (bytesPerTick || bytesPerTickFirst))
        : settings.cut;
    const batches = take(next, publishers.length, count);
    const ticks = batches.reduce((sum, batch) => sum + batch.length, 0);
    if (ticks === 0) return;
    for (const batch of batches) for (const tick of batch) nowMs = Math.max(nowMs, tick.eventMs);
    const appendTimeMs = nowMs + transitMs;
    const blocks = batches.flatMap((batch, index) =>
      batch.length === 0 ? [] : [(publishers[index] as TapePublisher).publish(batch)],
    );
    yield { appendTimeMs, ticks, bytes: recordOf(blocks) };
    const blockBytes = blocks.reduce((sum, block) => sum + block.length, 0);
    // A record that was small for once must not make the next one too large.
    bytesPerTick = Math.max(blockBytes / ticks, bytesPerTick * 0.99);
    for (const block of blocks) {
      if (isOneIn(settings.resentEvery, random)) yield { appendTimeMs, ticks: 0, bytes: recordOf([block]) };
    }
  }
}

function take(next: () => SentTick | undefined, publishers: number, count: number): TapeTick[][] {
  const batches: TapeTick[][] = Array.from({ length: publishers }, () => []);
  for (let taken = 0; taken < count; taken += 1) {
    const sent = next();
    if (sent === undefined) break;
    (batches[sent.publisher] as TapeTick[]).push(sent.tick);
  }
  return batches;
}

function recordOf(blocks: readonly Uint8Array[]): Uint8Array {
  return encodeLogRecord(blocks.map((bytes) => ({ kind: 'tickBlock', bytes })));
}
