/**
 * Real workers on a real log and group, and a load for them. In: where log and group are reached, which may be two ways, and
 * a store that judges its writers. Out: workers, trades every 50 ms in each partition, and all bars as text.
 */
import { encodeLogRecord, type Ownership, ownsAll, type TickLog } from '@tapeline/domain';
import { joinWorkers, openKafkaLog } from '@tapeline/kafka';
import { createHealth, createMetrics, silentLogger, systemClock } from '@tapeline/runtime';
import { barKey, barText, SimulatedFormingBars, type SimulatedStore } from '@tapeline/simulation';
import { startWorker, type Worker, type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { scriptBaseSec, ScriptedPublisher } from '../../packages/domain/test-kit/scripted-publisher.ts';
import { pause } from '../faults/rig/until.ts';

// Snapshots often, because where two save them each takes them from the other.
const config: WorkerConfig = {
  ...workerConfigDefaults,
  fold: { ...workerConfigDefaults.fold, intervals: ['1s'], profiles: ['all'] },
  snapshotIntervalMs: 500,
};

/** A worker, and what it was given. */
export type CountingWorker = {
  readonly worker: Worker;
  /** Each share that it heard of, the last one last; none for one that owns all. */
  readonly heard: (readonly number[])[];
  /** Why it failed, once it has. */
  readonly failures: unknown[];
  /** The value of one of its metrics, summed over labels. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
};

/** Where it works. */
export type WorkPlace = {
  readonly stream: string;
  /** The brokers by which it reaches the log. */
  readonly brokers: readonly string[];
  /** Those by which it reaches the group; absent = it owns all partitions. */
  readonly group?: readonly string[];
  readonly store: SimulatedStore;
};

/** Starts one. */
export async function countingWorker({ stream, brokers, group, store }: WorkPlace): Promise<CountingWorker> {
  const log = await openKafkaLog({ connection: { brokers, clientId: 'counting' }, stream });
  const [metrics, health] = [createMetrics({ ofProcess: false }), createHealth()];
  const parts = { clock: systemClock, logger: silentLogger, metrics, health };
  let ownership: Ownership = ownsAll(log.partitionCount);
  const heard: (readonly number[])[] = [];
  if (group !== undefined) {
    const connection = { brokers: group, clientId: 'counting' };
    ownership = await joinWorkers({ ...parts, connection, stream, address: '127.0.0.1:7001' });
    ownership.follow((partitions) => heard.push(partitions));
  }
  const worker = startWorker({ ...parts, log, store, ownership, forming: new SimulatedFormingBars(), config });
  const failures: unknown[] = [];
  worker.failed.catch((error: unknown) => failures.push(error));
  return {
    worker,
    heard,
    failures,
    metric: async (name) => {
      const lines = (await metrics.text()).split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
    stop: async () => {
      await worker.stop();
      await log.close();
    },
  };
}

/** Appends trades until `end`. */
export class TradeLoad {
  readonly #log: TickLog;
  #isOver = false;
  readonly #done: Promise<unknown>;

  private constructor(log: TickLog) {
    this.#log = log;
    const partitions = Array.from({ length: log.partitionCount }, (_, partition) => partition);
    this.#done = Promise.all(partitions.map((partition) => this.#append(partition)));
  }

  static async start(brokers: readonly string[], stream: string): Promise<TradeLoad> {
    return new TradeLoad(await openKafkaLog({ connection: { brokers, clientId: 'load' }, stream }));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#done;
    await this.#log.close();
  }

  async #append(partition: number): Promise<void> {
    const issueDay = Math.floor(Date.now() / 86_400_000);
    const publisher = new ScriptedPublisher('live', partition + 1, { issueDay });
    for (let count = 0; !this.#isOver; count += 1) {
      const ms = Date.now() - scriptBaseSec * 1_000;
      const trade = publisher.trade(ms, 10 + (count % 7), 1 + (count % 3), { symbol: `S${partition}` });
      await this.#log.append('ticks', partition, encodeLogRecord([publisher.block(trade)]));
      await pause(50);
    }
  }
}

/** Every bar of a store as text, in an order that depends on nothing else. */
export function barsOf({ judged }: SimulatedStore): string[] {
  const bars = judged.bars().toSorted((one, other) => (barKey(one) < barKey(other) ? -1 : 1));
  return bars.map(barText);
}
