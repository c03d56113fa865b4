/**
 * Records of one partition on their way to others, a queue for each target. In: emissions of groups whose outputs are written (O6), in
 * the fold's order. Out: all of them durable, those of a target one after the other and in order (O1), and no target waiting for another;
 * and the first record of the log whose emissions are not (O2). A queue waits for the log of its target alone, never for who owns it,
 * so partitions that send to each other do not wait in a circle. Law 7: who adds looks at `bytes` and `fullestBytes` first.
 */
import { LogError, type TickLog, type Emission } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { isTransient, type PatientEffects } from './patient-effects.ts';

/** What the queues need. */
export type EmissionQueuesConfig = {
  readonly log: Pick<TickLog, 'append' | 'partitionCount' | 'refreshPartitions'>;
  readonly effects: PatientEffects;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Bytes of one target from which on nothing more is counted until it takes some; only told here. */
  readonly targetBytesMax: number;
  /** Hears of each record that is durable. */
  readonly sent: (record: Uint8Array) => void;
  /** Hears after each emission that is durable as a whole. */
  readonly went: () => void;
  /** Hears of a record that cannot become durable; nothing is begun after it. */
  readonly failed: (error: unknown) => void;
};

type Queue = {
  /** Those that went leave an empty place, which is taken out now and then. */
  readonly waiting: (Emission | undefined)[];
  /** Of the first that is not durable. */
  head: number;
  bytes: number;
  /** Since when the first one waits, ms of the monotonic clock. */
  sinceMs: number;
};

/** What frames an emission where bytes are counted. */
const frameBytes = 160;
/** So many empty places are kept in a queue before they are taken out of it. */
const goneMax = 1_024;

/** What an emission counts while it waits. */
export function waitingBytes({ bytes }: Emission): number {
  return frameBytes + bytes;
}

/** The queues of one partition. */
export class EmissionQueues {
  readonly #config: EmissionQueuesConfig;
  readonly #queues = new Map<number, Queue>();
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;
  #isOver = false;

  constructor(config: EmissionQueuesConfig) {
    this.#config = config;
  }

  /** Bytes that wait or are under way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The record that brought the first emission about that is not durable; `Infinity` if all are. */
  get firstOffset(): number {
    let first = Infinity;
    for (const { waiting, head } of this.#queues.values()) first = Math.min(first, waiting[head]?.offset ?? Infinity);
    return first;
  }

  /** For how long the target that takes nothing longest took nothing, ms; 0 = nothing waits. */
  get waitMs(): number {
    const nowMs = this.#config.clock.monotonicMs();
    let longest = 0;
    for (const { sinceMs } of this.#queues.values()) longest = Math.max(longest, nowMs - sinceMs);
    return longest;
  }

  /** The most that waits for one target. */
  get fullestBytes(): number {
    let most = 0;
    for (const { bytes } of this.#queues.values()) most = Math.max(most, bytes);
    return most;
  }

  /** Takes emissions whose steps' outputs are all durable. After `end` they wait for ever, so that nobody takes them for durable. */
  add(emissions: readonly Emission[]): void {
    for (const emission of emissions) {
      const bytes = waitingBytes(emission);
      this.#bytes += bytes;
      const queue = this.#queues.get(emission.to);
      if (queue !== undefined) {
        queue.waiting.push(emission);
        queue.bytes += bytes;
      } else this.#begin(emission, bytes);
    }
  }

  /** Resolves when nothing is under way any more: all is durable, or nothing is begun any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** What is under way is brought to its end, what waits is not begun. */
  end(): void {
    this.#isOver = true;
  }

  #begin(emission: Emission, bytes: number): void {
    const { clock, failed } = this.#config;
    const queue: Queue = { waiting: [emission], head: 0, bytes, sinceMs: clock.monotonicMs() };
    this.#queues.set(emission.to, queue);
    const running = this.#appendAll(emission.to, queue)
      .catch((error: unknown) => {
        this.#isOver = true;
        failed(error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #appendAll(to: number, queue: Queue): Promise<void> {
    const { clock, went } = this.#config;
    for (let next = queue.waiting[queue.head]; next !== undefined; next = queue.waiting[queue.head]) {
      if (!(await this.#append(to, queue, next))) return;
      queue.waiting[queue.head] = undefined;
      queue.head += 1;
      const bytes = waitingBytes(next);
      queue.bytes -= bytes;
      this.#bytes -= bytes;
      queue.sinceMs = clock.monotonicMs();
      if (queue.head >= goneMax) {
        queue.waiting.splice(0, queue.head);
        queue.head = 0;
      }
      if (queue.waiting[queue.head] === undefined) this.#queues.delete(to);
      went();
    }
  }

  /** Whether all of its records are durable. */
  async #append(to: number, queue: Queue, { records }: Emission): Promise<boolean> {
    const { effects, log, sent } = this.#config;
    if (this.#isOver) return false;
    // They are made only now, so that what waits does not stand in memory twice.
    for (const bytes of records()) {
      if (this.#isOver) return false;
      await effects.run(`appending to ticks of partition ${to}`, async () => {
        try {
          await findPartition(log, to);
          await log.append('ticks', to, bytes);
        } catch (error) {
          throw this.#told(error, queue);
        }
      });
      sent(bytes);
    }
    return true;
  }

  /** Whoever reads that it waits has to see whether the partition goes on meanwhile. */
  #told(error: unknown, { bytes }: Queue): unknown {
    const { targetBytesMax } = this.#config;
    if (!(error instanceof LogError) || !isTransient(error)) return error;
    const isFull = bytes >= targetBytesMax;
    const rest = isFull ? 'that is the bound, so nothing more is counted until it takes them' : 'counting goes on';
    const message = `${error.message}; ${bytes} of ${targetBytesMax} bytes wait for it, ${rest}`;
    return new LogError(error.code, message, { cause: error });
  }
}

/** A Move may name a partition that this process has not seen yet: who appended the Move has. */
async function findPartition(log: EmissionQueuesConfig['log'], partition: number): Promise<void> {
  if (partition < log.partitionCount) return;
  const there = await log.refreshPartitions();
  if (partition < there) return;
  const message = `an instrument moves to partition ${partition} and the log has ${there} partitions; it is looked for again`;
  throw new LogError('LOG_UNAVAILABLE', message);
}
