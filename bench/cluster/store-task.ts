/**
 * Rows into Cassandra by our store. In: a keyspace, how many bars, in which shape. Out: CPU seconds of this process, the
 * client, by round. `live`: bars of one second of all instruments, then the next second. `catching-up`: many seconds at once.
 * Both in calls of four partitions at a time, as a worker makes them.
 */
import { type Bar, homePartition, type Store } from '@tapeline/domain';
import { generatedDataset } from '../tape-publisher.ts';
import { measureAsyncRounds } from './async-rounds.ts';
import { openStore, type StorePlace } from './open-places.ts';
import { barsToStore } from './stored-rows.ts';

/** What to write. */
export type StoreTask = StorePlace & {
  readonly shape: 'live' | 'catching-up';
  readonly bars: number;
  readonly rounds: number;
};

/** What it took. */
export type StoreMeasure = {
  /** Of one round. Each has a row in the table of bars and one in its history, in the same batch. */
  readonly bars: number;
  readonly cpuSeconds: readonly number[];
  readonly seconds: readonly number[];
};

const partitions = 4;
/** Seconds of bars in one call. */
const callSeconds = { live: 1, 'catching-up': 60 } as const;
/** Rounds lie so far apart in time that none overwrites another, s. */
const roundSec = 1_000_000;

/** Writes the bars once a round, each round its own. */
export async function measureStore(task: StoreTask): Promise<StoreMeasure> {
  const store = await openStore(task, 'bench');
  try {
    const bars = barsToStore(task.bars, 0);
    const rounds = await measureAsyncRounds(task.rounds, (round) =>
      writeAll(store, bars, task.shape, round * roundSec),
    );
    return {
      bars: task.bars,
      cpuSeconds: rounds.map(({ cpuSeconds }) => cpuSeconds),
      seconds: rounds.map(({ seconds }) => seconds),
    };
  } finally {
    await store.close();
  }
}

/** What to write once, for the bytes on the disk. */
export type StoreOnceTask = StorePlace & { readonly bars: number };

/** Writes the bars, each once. */
export async function storeOnce(task: StoreOnceTask): Promise<null> {
  const store = await openStore(task, 'bench');
  try {
    await writeAll(store, barsToStore(task.bars, 0), 'catching-up', 0);
    return null;
  } finally {
    await store.close();
  }
}

async function writeAll(
  store: Store,
  bars: readonly Bar[],
  shape: StoreTask['shape'],
  movedSec: number,
): Promise<void> {
  const calls: Bar[][][] = Array.from({ length: partitions }, () => []);
  const windows = new Map<number, Bar[][]>();
  for (const bar of bars) {
    const window = Math.floor(bar.startSec / callSeconds[shape]);
    let parts = windows.get(window);
    if (parts === undefined) {
      parts = Array.from({ length: partitions }, () => []);
      windows.set(window, parts);
      for (const [partition, part] of parts.entries()) calls[partition]?.push(part);
    }
    const moved = { ...bar, startSec: bar.startSec + movedSec, endSec: bar.endSec + movedSec };
    parts[homePartition(generatedDataset, bar.symbol, partitions)]?.push(moved);
  }
  await Promise.all(
    calls.map(async (own) => {
      for (const call of own) await store.writeBars(call);
    }),
  );
}
