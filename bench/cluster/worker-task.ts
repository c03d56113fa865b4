/**
 * A worker on a real log. In: a stream whose `ticks` were loaded before, which features are on, which store. Out: CPU
 * seconds a round, from the start of the worker until every output is durable and it has stopped. Every round begins with
 * an empty state; ticks that are missing in its count or in its bars end the bench with an error.
 */
import { foldConfigDefaults, type Store, type TickLog, type TopicName } from '@tapeline/domain';
import { type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { measureAsyncRounds } from './async-rounds.ts';
import { type LogPlace, openLog, openStore, type StorePlace } from './open-places.ts';
import { snapshotOnlyStore } from './snapshot-only-store.ts';
import { segmentsOfTape, tradesInBars } from './put-out.ts';
import { workThrough } from './work-through.ts';

/** `like-for-like`: bars of a second, every trade counts. `full`: all default intervals, both profiles. */
export type WorkerFeatures = 'like-for-like' | 'full';

/** What a worker under test works on. */
export type WorkerTask = LogPlace & {
  readonly features: WorkerFeatures;
  /** Whether counted ticks are kept: in chunks of the store and records of the topic `tape`. */
  readonly tape: 'on' | 'off';
  /** Absent = a store that keeps snapshots and nothing else. */
  readonly store?: StorePlace;
  /** In the log, over all partitions. */
  readonly ticks: number;
  readonly rounds: number;
};

/** What it took. */
export type WorkerMeasure = {
  readonly ticks: number;
  readonly cpuSeconds: readonly number[];
  readonly seconds: readonly number[];
  /** Revisions of bars that one round put out. */
  readonly bars: number;
  /** Segments of the tape that one round put out; 0 = it left the tape out. */
  readonly tapeSegments: number;
  readonly rssBytes: number;
};

/** Ticks are missing. */
export class WorkerLostTicksError extends Error {
  override name = 'WorkerLostTicksError';
}

/** Runs the worker over the whole log, once a round. */
export async function measureWorker(task: WorkerTask): Promise<WorkerMeasure> {
  const log = await openLog(task);
  try {
    const rounds = await measureAsyncRounds(task.rounds, (round) => workOnce(task, log, round));
    const [first] = rounds;
    if (first === undefined) throw new RangeError('a worker must be measured for one round at least');
    await checkBars(task, log, first.result);
    return {
      ticks: task.ticks,
      cpuSeconds: rounds.map(({ cpuSeconds }) => cpuSeconds),
      seconds: rounds.map(({ seconds }) => seconds),
      bars: first.result.bars,
      tapeSegments: await tapeOf(task, log, first.result),
      rssBytes: process.memoryUsage.rss(),
    };
  } finally {
    await log.close();
  }
}

type RoundResult = { readonly bars: number; readonly from: LogEnds; readonly end: LogEnds };
type LogEnds = { readonly bars: readonly number[]; readonly tape: readonly number[] };

async function workOnce(task: WorkerTask, log: TickLog, round: number): Promise<RoundResult> {
  // Snapshots of the round before are another stream's, so that this one begins at the first record again.
  const name = `${task.stream}-${process.pid}-${round}`;
  const store: Store = task.store === undefined ? snapshotOnlyStore() : await openStore(task.store, name);
  const from = await logEnds(log);
  try {
    const { ticks, bars } = await workThrough(log, store, configOf(task));
    if (ticks === task.ticks) return { bars, from, end: await logEnds(log) };
    throw new WorkerLostTicksError(`the worker counted ${ticks} ticks of ${task.ticks} in the log`);
  } finally {
    await store.close();
  }
}

function configOf({ features, tape }: WorkerTask): WorkerConfig {
  const config = { ...workerConfigDefaults, tape };
  if (features === 'full') return config;
  return { ...config, fold: { ...foldConfigDefaults, intervals: ['1s'], profiles: ['all'] } };
}

async function logEnds(log: TickLog): Promise<LogEnds> {
  return { bars: await endsOf(log, 'bars'), tape: await endsOf(log, 'tape') };
}

async function endsOf(log: TickLog, topic: TopicName): Promise<number[]> {
  const all = Array.from({ length: log.partitionCount }, (_, partition) => log.range(topic, partition));
  return (await Promise.all(all)).map(({ endOffset }) => endOffset);
}

async function checkBars(task: WorkerTask, log: TickLog, { from, end }: RoundResult): Promise<void> {
  let trades = 0;
  for (const [partition, last] of end.bars.entries()) {
    trades += await tradesInBars(log, { partition, from: from.bars[partition] ?? 0, end: last });
  }
  if (trades === task.ticks) return;
  throw new WorkerLostTicksError(`the bars of a second hold ${trades} trades of ${task.ticks} in the log`);
}

async function tapeOf(task: WorkerTask, log: TickLog, { from, end }: RoundResult): Promise<number> {
  let segments = 0;
  for (const [partition, last] of end.tape.entries()) {
    segments += await segmentsOfTape(log, { partition, from: from.tape[partition] ?? 0, end: last });
  }
  if (task.tape === 'off' || segments > 0) return segments;
  throw new WorkerLostTicksError('the tape of a worker that keeps one has nothing in it');
}
