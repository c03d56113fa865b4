/**
 * The tape into Cassandra as a worker leaves it. In: a keyspace, how many trades, at which pace. Out: what was stored. A real
 * worker cuts the chunks of a log that came live; each is then written once, as long as it became, by our store: shorter
 * ones of the same key, which a worker writes while a chunk grows, are what a node's memory or compaction leaves out.
 */
import { decodeTapeRecord, foldConfigDefaults, type Store, type TapeChunk, type TickLog } from '@tapeline/domain';
import { workerConfigDefaults } from '@tapeline/worker';
import { liveLog, type LiveLogSettings } from './live-log.ts';
import { openStore, type StorePlace } from './open-places.ts';
import { snapshotOnlyStore } from './snapshot-only-store.ts';
import { workThrough } from './work-through.ts';
import { WorkerLostTicksError } from './worker-task.ts';

/** What to store. */
export type StoreTapeTask = StorePlace & LiveLogSettings;

/** What was stored. A segment is what one record of the log has of one instrument; chunks are rows of one or more. */
export type StoredTape = {
  readonly trades: number;
  readonly tradesPerSecond: number;
  readonly chunks: number;
  readonly segments: number;
};

/** A chunk of each instrument, about. */
const chunksPerCall = 500;

/** Makes the tape and writes it. Rejects with `WorkerLostTicksError`, or as a store does. */
export async function storeTape(task: StoreTapeTask): Promise<StoredTape> {
  const { trades, tradesPerSecond } = task;
  const chunks = await chunksOf(await liveLog(task));
  const counted = chunks.reduce((sum, { firstNumber, lastNumber }) => sum + lastNumber - firstNumber + 1, 0);
  if (counted !== trades) throw new WorkerLostTicksError(`the chunks hold ${counted} trades of ${trades} in the log`);
  const store = await openStore(task, 'bench');
  try {
    for (let at = 0; at < chunks.length; at += chunksPerCall)
      await store.writeTape(chunks.slice(at, at + chunksPerCall));
  } finally {
    await store.close();
  }
  const segments = chunks.reduce((sum, { bytes }) => sum + decodeTapeRecord(bytes).segments.length, 0);
  return { trades, tradesPerSecond, chunks: chunks.length, segments };
}

/** Every chunk that a worker makes of the log, as long as it became. */
async function chunksOf(log: TickLog): Promise<readonly TapeChunk[]> {
  const longest = new Map<string, TapeChunk>();
  const store: Store = {
    ...snapshotOnlyStore(),
    writeTape: async (chunks) => {
      for (const chunk of chunks) {
        const key = `${chunk.symbol} ${chunk.firstNumber}`;
        if (chunk.lastNumber > (longest.get(key)?.lastNumber ?? 0)) longest.set(key, chunk);
      }
    },
  };
  // Bars are let go, so as few as can be.
  const fold = { ...foldConfigDefaults, intervals: ['1s'], profiles: ['all'] } as const;
  await workThrough(log, store, { ...workerConfigDefaults, fold });
  await log.close();
  return [...longest.values()];
}
