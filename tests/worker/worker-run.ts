/**
 * Workers on a simulated log and store, with time moved by hand. In: a world's records and a seed. Out: workers that run,
 * die, freeze and come back while the records arrive, and at the end what stands in store and topics. Turns of the
 * driver move the clocks of all processes and of the log by some ms each; nothing waits for real time.
 */
import { LogError, type LogRecordInput } from '@tapeline/domain';
import { createHealth, createMetrics, ManualClock, type Metrics, silentLogger } from '@tapeline/runtime';
import {
  type FaultSource,
  type Random,
  SimulatedFormingBars,
  SimulatedLog,
  SimulatedOwnership,
  SimulatedStore,
  VirtualClock,
} from '@tapeline/simulation';
import { startWorker, type Worker, type WorkerConfig, type WorkerControl } from '@tapeline/worker';
import { ProcessView, type ViewOptions } from './process-view.ts';

/** One worker's process. */
export type Process = {
  readonly view: ProcessView;
  readonly worker: Worker;
  readonly clock: ManualClock;
  readonly forming: SimulatedFormingBars;
  readonly ownership: SimulatedOwnership;
  readonly metrics: Metrics;
};

/** How a process is started. */
export type StartOptions = ViewOptions & {
  readonly config?: Partial<WorkerConfig>;
  /** What the worker owns; everything if absent. */
  readonly ownership?: SimulatedOwnership;
  readonly control?: WorkerControl;
};

/** Turns of the driver before a run is given up as stuck. */
const turnsMax = 20_000;

/** A log, a store, and the processes on them. */
export class WorkerRun {
  readonly logClock: VirtualClock;
  readonly log: SimulatedLog;
  readonly store: SimulatedStore;
  readonly #random: Random;
  readonly #config: WorkerConfig;
  #processes: Process[] = [];
  #appendedMs: number;

  constructor(
    random: Random,
    config: WorkerConfig,
    startMs: number,
    partitions = 1,
    faults: { readonly log?: FaultSource; readonly store?: FaultSource } = {},
  ) {
    this.#random = random;
    this.#config = config;
    this.#appendedMs = startMs;
    this.logClock = new VirtualClock(startMs);
    const { log, store } = faults;
    this.log = new SimulatedLog({ clock: this.logClock, partitions, ...(log === undefined ? {} : { faults: log }) });
    this.store = new SimulatedStore(store);
  }

  /** Starts a process. */
  start(options: StartOptions = {}): Process {
    const clock = new ManualClock(this.logClock.nowMs);
    const view = new ProcessView(this.log, options.store ?? this.store, options);
    const random = this.#random.fork();
    const forming = new SimulatedFormingBars();
    const { partitionCount } = this.log;
    const all = Array.from({ length: partitionCount }, (_, partition) => partition);
    const { ownership = new SimulatedOwnership(all) } = options;
    const metrics = createMetrics({ ofProcess: false });
    const worker = startWorker({
      log: view.log,
      store: view.store,
      forming,
      ownership,
      ...(options.control === undefined ? {} : { control: options.control }),
      clock,
      random: { next: () => random.int(0, 999) / 1_000, bits: () => 0n },
      logger: silentLogger,
      metrics,
      health: createHealth(),
      config: { ...this.#config, ...options.config },
    });
    const process = { view, worker, clock, forming, ownership, metrics };
    this.#processes.push(process);
    return process;
  }

  /** Appends records as far apart as their append times are, whatever time has gone by on top. */
  async append(records: readonly LogRecordInput[], partition: number = 0): Promise<void> {
    for (const { appendTimeMs, bytes } of records) {
      this.logClock.advanceBy(Math.max(0, appendTimeMs - this.#appendedMs));
      this.#appendedMs = Math.max(this.#appendedMs, appendTimeMs);
      await this.log.append('ticks', partition, bytes);
    }
  }

  /** The same where the log fails now and then: a record is appended until it is answered, also if it lands twice. */
  async appendSurely(records: readonly LogRecordInput[], partition: number): Promise<void> {
    for (const record of records) {
      for (let tries = 0; ; tries += 1) {
        try {
          await this.append([record], partition);
          break;
        } catch (error) {
          if (!(error instanceof LogError) || tries > 100) throw error;
        }
      }
    }
  }

  /** One turn: clocks move by up to `ms`. */
  async turn(ms: number = 30): Promise<void> {
    this.#processes = this.#processes.filter(({ view }) => !view.isDead);
    const step = this.#random.int(1, ms);
    this.logClock.advanceBy(step);
    for (const { clock } of this.#processes) await clock.advance(step);
  }

  /** Turns until something is done. Rejects if it is not done after many. */
  async until(done: () => boolean, what: string): Promise<void> {
    for (let turns = 0; !done(); turns += 1) {
      if (turns >= turnsMax) throw new RangeError(`after ${turns} turns still not: ${what}`);
      await this.turn();
    }
  }

  /** Turns until a promise is settled, and answers as it does. */
  async settle<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await this.until(() => isSettled, what);
    return promise;
  }

  /** Runs a process until it has counted all that stands in the log, and stops it. */
  async finish(process: Process): Promise<void> {
    await this.settle(process.worker.caughtUp(), 'caught up');
    await this.settle(process.worker.stop(), 'stopped');
  }
}
