/**
 * A market over several partitions. In: a seed. Out: for each partition the records of a world of its own, whose datasets
 * name the partition, so that no instrument stands in two; and one configuration for all.
 */
import type { FoldConfig, LogRecordInput } from '@tapeline/domain';
import { deliver, drawWorld, type Random } from '@tapeline/simulation';
import { wireLog } from '@tapeline/wire';
import { drawStyle, everyFault } from '../properties/fault-mixes.ts';

/** What reaches the log. */
export type SharedMarket = {
  readonly fold: Omit<FoldConfig, 'partition'>;
  readonly firstMs: number;
  /** By partition, in the order of their append times. */
  readonly records: readonly (readonly LogRecordInput[])[];
};

/** Draws a market of so many partitions. */
export function drawSharedMarket(random: Random, partitions: number): SharedMarket {
  const worlds = Array.from({ length: partitions }, () => drawWorld(random, { trades: random.int(5, 30) }));
  const records = worlds.map((world, partition) =>
    deliver(random, world, drawStyle(random, everyFault)).records.map((record) => ({
      ...record,
      bytes: renamed(record.bytes, partition),
    })),
  );
  const [first] = worlds;
  if (first === undefined) throw new RangeError('a market has 1 partition or more');
  return { fold: first.config, firstMs: Math.min(...worlds.map(({ firstMs }) => firstMs)), records };
}

/** The same record with `-<partition>` after every dataset; bytes that are no record stay as they are. */
function renamed(bytes: Uint8Array, partition: number): Uint8Array {
  let record: wireLog.LogRecord;
  try {
    record = wireLog.LogRecord.decode(bytes);
  } catch (error) {
    if (error instanceof Error) return bytes;
    throw error;
  }
  for (const { entry } of record.entries) {
    const named = entry?.value;
    if (named !== undefined && 'dataset' in named) named.dataset = `${named.dataset}-${partition}`;
  }
  return wireLog.LogRecord.encode(record).finish();
}
