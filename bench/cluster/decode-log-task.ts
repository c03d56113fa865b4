/**
 * Reading and decoding alone. In: a stream whose `ticks` hold blocks. Out: CPU seconds a round of what a worker cannot do
 * without: the same bytes through the same reader and the same decoder, and no fold. It is the bound of every worker.
 */
import { decodeLogRecord, decodeTickBlock, LogDictionary, TickColumns, type TickLog } from '@tapeline/domain';
import { measureAsyncRounds } from './async-rounds.ts';
import { type LogPlace, openLog } from './open-places.ts';

/** What to read. */
export type DecodeLogTask = LogPlace & { readonly ticks: number; readonly rounds: number };

/** What it took. */
export type DecodeLogMeasure = { readonly ticks: number; readonly cpuSeconds: readonly number[] };

/** Reads and decodes every partition from its beginning to its end, once a round. */
export async function measureDecodeLog(task: DecodeLogTask): Promise<DecodeLogMeasure> {
  const log = await openLog(task);
  try {
    const all = Array.from({ length: task.partitions }, (_, partition) => partition);
    const rounds = await measureAsyncRounds(task.rounds, async () => {
      const counts = await Promise.all(all.map((partition) => decodePartition(log, partition)));
      return counts.reduce((sum, count) => sum + count, 0);
    });
    for (const { result } of rounds) {
      if (result !== task.ticks) throw new RangeError(`${result} ticks were decoded of ${task.ticks} that were loaded`);
    }
    return { ticks: task.ticks, cpuSeconds: rounds.map(({ cpuSeconds }) => cpuSeconds) };
  } finally {
    await log.close();
  }
}

async function decodePartition(log: TickLog, partition: number): Promise<number> {
  const columns = new TickColumns();
  const dictionary = new LogDictionary();
  const { firstOffset, endOffset } = await log.range('ticks', partition);
  if (firstOffset === endOffset) return 0;
  const reader = log.open('ticks', partition, firstOffset);
  let [ticks, next] = [0, firstOffset];
  while (next < endOffset) {
    const records = await reader.next();
    if (records === undefined) break;
    for (const { bytes, offset } of records) {
      for (const entry of decodeLogRecord(bytes)) {
        if (entry.kind !== 'tickBlock') continue;
        decodeTickBlock(bytes, entry.start, entry.end, dictionary, columns);
        ticks += columns.tickCount;
      }
      next = offset + 1;
    }
  }
  await reader.close();
  return ticks;
}
