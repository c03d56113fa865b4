/**
 * Fills the topic `ticks` of a stream. In: tapes of partitions as files. Out: how much was appended; everything is durable
 * then. Appends of a partition keep their order, and so many are under way at once.
 */
import { readTape } from '../tape-file.ts';
import { type LogPlace, openLog } from './open-places.ts';
import { type TapeForm, tapeOf } from './partition-tapes.ts';

/** What to load. */
export type LoadTapeTask = LogPlace & { readonly folder: string; readonly form: TapeForm };

/** What was loaded. */
export type LoadedTape = { readonly records: number; readonly ticks: number; readonly bytes: number };

const underWayBytesMax = 4_194_304;
const underWayMax = 5_000;

/** Appends every record of every partition. Rejects with `LogError`, or `KafkaError` if the log does not open. */
export async function loadTape(task: LoadTapeTask): Promise<LoadedTape> {
  const log = await openLog(task);
  try {
    const sums = { records: 0, ticks: 0, bytes: 0 };
    for (let partition = 0; partition < task.partitions; partition += 1) {
      const tape = readTape(tapeOf(task.folder, task.form, partition));
      let [underWay, underWayBytes]: [Promise<unknown>[], number] = [[], 0];
      for (const { bytes } of tape.records) {
        underWay.push(log.append('ticks', partition, bytes));
        underWayBytes += bytes.length;
        if (underWayBytes < underWayBytesMax && underWay.length < underWayMax) continue;
        await Promise.all(underWay);
        [underWay, underWayBytes] = [[], 0];
      }
      await Promise.all(underWay);
      sums.records += tape.records.length;
      sums.ticks += tape.ticks;
      sums.bytes += tape.bytes;
    }
    return sums;
  } finally {
    await log.close();
  }
}
