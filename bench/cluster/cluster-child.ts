/**
 * The process in which one thing on servers is measured. In: a task's name and its argument as JSON, on the command line.
 * Out: the result as JSON on stdout. Each task loads only what it needs, so that nothing else is in its process.
 */
import type { BareRowsMeasure, BareRowsTask } from '../peers/bare-rows.ts';
import type { CatchUpMeasure, CatchUpTask } from './catch-up-task.ts';
import type { ClusterLatencyMeasure, ClusterLatencyTask } from './cluster-latency-task.ts';
import type { DecodeLogMeasure, DecodeLogTask } from './decode-log-task.ts';
import type { FailoverMeasure, FailoverTask } from './failover-task.ts';
import type { IngestMeasure, IngestTask } from './ingest-task.ts';
import type { LoadedTape, LoadTapeTask } from './load-tape-task.ts';
import type { MovesMeasure, MovesTask } from './moves-task.ts';
import type { SizingMeasure, SizingTask } from './sizing-task.ts';
import type { PartitionTapes, PartitionTapesTask } from './partition-tapes.ts';
import type { StoredTape, StoreTapeTask } from './store-tape-task.ts';
import type { StoreMeasure, StoreTask, StoreOnceTask } from './store-task.ts';
import type { WorkerMeasure, WorkerTask } from './worker-task.ts';

type Task<Argument, Result> = (task: Argument) => Promise<Result>;

/** What a child can do, by name. */
export type ClusterTasks = {
  readonly writePartitionTapes: Task<PartitionTapesTask, PartitionTapes>;
  readonly loadTape: Task<LoadTapeTask, LoadedTape>;
  readonly measureDecodeLog: Task<DecodeLogTask, DecodeLogMeasure>;
  readonly measureWorker: Task<WorkerTask, WorkerMeasure>;
  readonly measureIngest: Task<IngestTask, IngestMeasure>;
  readonly measureClusterLatency: Task<ClusterLatencyTask, ClusterLatencyMeasure>;
  readonly measureSizing: Task<SizingTask, SizingMeasure>;
  readonly measureFailover: Task<FailoverTask, FailoverMeasure>;
  readonly measureMoves: Task<MovesTask, MovesMeasure>;
  readonly measureCatchUp: Task<CatchUpTask, CatchUpMeasure>;
  readonly measureStore: Task<StoreTask, StoreMeasure>;
  readonly storeOnce: Task<StoreOnceTask, null>;
  readonly storeTape: Task<StoreTapeTask, StoredTape>;
  readonly measureBareRows: Task<BareRowsTask, BareRowsMeasure>;
};

const tasks: ClusterTasks = {
  writePartitionTapes: async (task) => (await import('./partition-tapes.ts')).writePartitionTapes(task),
  loadTape: async (task) => (await import('./load-tape-task.ts')).loadTape(task),
  measureDecodeLog: async (task) => (await import('./decode-log-task.ts')).measureDecodeLog(task),
  measureWorker: async (task) => (await import('./worker-task.ts')).measureWorker(task),
  measureIngest: async (task) => (await import('./ingest-task.ts')).measureIngest(task),
  measureClusterLatency: async (task) => (await import('./cluster-latency-task.ts')).measureClusterLatency(task),
  measureSizing: async (task) => (await import('./sizing-task.ts')).measureSizing(task),
  measureFailover: async (task) => (await import('./failover-task.ts')).measureFailover(task),
  measureMoves: async (task) => (await import('./moves-task.ts')).measureMoves(task),
  measureCatchUp: async (task) => (await import('./catch-up-task.ts')).measureCatchUp(task),
  measureStore: async (task) => (await import('./store-task.ts')).measureStore(task),
  storeOnce: async (task) => (await import('./store-task.ts')).storeOnce(task),
  storeTape: async (task) => (await import('./store-tape-task.ts')).storeTape(task),
  measureBareRows: async (task) => (await import('../peers/bare-rows.ts')).measureBareRows(task),
};

const [, , name = '', argument = 'null'] = process.argv;
if (!Object.hasOwn(tasks, name)) throw new RangeError(`no task of the bench on servers is named '${name}'`);
const run = tasks[name as keyof ClusterTasks] as (task: unknown) => Promise<unknown>;
process.stdout.write(JSON.stringify(await run(JSON.parse(argument))));
