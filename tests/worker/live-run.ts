/**
 * Workers on a log on which time is moved by hand and one publisher says what it likes. In: trades, other entries, time. Out:
 * the run, and what a worker says of itself.
 */
import { encodeLogRecord, type FoldConfig, type LogEntryToWrite } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { type PartitionStatus, type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { scriptBaseSec, ScriptedPublisher } from '../../packages/domain/test-kit/scripted-publisher.ts';
import { type Process, WorkerRun } from './worker-run.ts';

/** When the log begins, ms. */
export const startMs: number = scriptBaseSec * 1_000;
/** A fold with few bars, and the configuration with it. */
export const fold: Omit<FoldConfig, 'partition'> = {
  ...workerConfigDefaults.fold,
  intervals: ['1s', '1m'],
  profiles: ['all'],
};
export const config: WorkerConfig = { ...workerConfigDefaults, fold };

/** Ticks of one live publisher in a log on which time is moved by hand. */
export class LiveRun extends WorkerRun {
  readonly publisher: ScriptedPublisher = new ScriptedPublisher('live');

  constructor(overrides: Partial<WorkerConfig> = {}, partitions = 1) {
    super(new Random(1), { ...config, ...overrides }, startMs, partitions);
  }

  /** A trade now, in a record of its own. */
  async trade(symbol: string = 'S', price: number = 10, partition: number = 0): Promise<void> {
    const ms = this.logClock.nowMs - startMs;
    const block = this.publisher.block(this.publisher.trade(ms, price, 1, { symbol }));
    await this.log.append('ticks', partition, encodeLogRecord([block]));
  }

  /** A record with these entries in partition 0. */
  async put(...entries: readonly LogEntryToWrite[]): Promise<void> {
    await this.log.append('ticks', 0, encodeLogRecord(entries));
  }

  /** Lets so much time go by, in small turns. */
  async pass(ms: number, stepMs: number = 20): Promise<void> {
    const untilMs = this.logClock.nowMs + ms;
    while (this.logClock.nowMs < untilMs) await this.turn(Math.min(stepMs, untilMs - this.logClock.nowMs));
  }
}

/** How the first partition of a worker is. Throws where it has none. */
export function statusOf(process: Process): PartitionStatus {
  const [status] = process.worker.status();
  if (status === undefined) throw new RangeError('there is no partition');
  return status;
}

/** With what a worker fails, once it does. */
export async function failureOf(run: WorkerRun, process: Process): Promise<string> {
  const message = process.worker.failed.then(
    () => '',
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : ''),
  );
  return run.settle(message, 'failed');
}
