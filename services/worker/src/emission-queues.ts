/**
 * Records of one partition on their way to others, a queue for each target. In: emissions of groups whose outputs are written (O6), in
 * the fold's order. Out: all of them durable, and the first record of the log whose emissions are not (O2). Those of a target come one
 * after the other and in order (O1), no target waits for another, and trades that go ahead have a lane of their own, for which nothing
 * waits but what says so. A queue waits for the log of its target alone, never for who owns it, so partitions that send to each other
 * do not wait in a circle. Law 7: who adds looks at `bytes` and `fullestBytes` first.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LogError, type TickLog, type Emission } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { isTransient, type PatientEffects } from './patient-effects.ts';

/** What the queues need. */
export type EmissionQueuesConfig = {
  readonly log: Pick<TickLog, 'append' | 'partitionCount' | 'refreshPartitions'>;
  readonly effects: PatientEffects;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Bytes in order for one target from which on nothing more is counted until it takes some; only told here. */
  readonly targetBytesMax: number;
  /** Hears of each record that is durable. */
  readonly sent: (record: Uint8Array) => void;
  /** Hears after each emission that is durable as a whole. */
  readonly went: () => void;
  /** Hears of a record that cannot become durable; nothing is begun after it. */
  readonly failed: (error: unknown) => void;
};

/** Emissions that are appended one after the other. */
type Lane = {
  /** Those that went leave an empty place, which is taken out now and then. */
  readonly waiting: (Emission | undefined)[];
  /** Of the first that is not durable. */
  head: number;
  bytes: number;
};

/** What goes ahead orders nothing; all else does. */
type LaneName = 'ahead' | 'ordered';

/** What waits for one partition. */
type Queue = {
  readonly to: number;
  /** Those with something in them. */
  readonly lanes: Map<LaneName, Lane>;
  /** Since when the partition took nothing, ms of the monotonic clock. */
  sinceMs: number;
};

/** What frames an emission where bytes are counted. */
const frameBytes = 160;
/** So many empty places are kept in a lane before they are taken out of it. */
const goneMax = 1_024;
/** Trades are gathered from so many bytes of blocks in one go: some 5 ms. */
const workBytes = 32_768;
/**
 * What goes ahead rests so long after each such go, ms, as long as no departure waits for it: everybody else waits while it works. A quarter
 * of the time is its own then, and the target has as long to take it in.
 */
const aheadRestMs = 15;

/** What an emission counts while it waits. */
export function waitingBytes({ bytes }: Emission): number {
  return frameBytes + bytes;
}

/** The queues of one partition. */
export class EmissionQueues {
  readonly #config: EmissionQueuesConfig;
  readonly #queues = new Map<number, Queue>();
  readonly #running = new Set<Promise<void>>();
  /** Lanes that wait until something went ahead, or nothing is begun any more. */
  #aheadWaiters: (() => void)[] = [];
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
    for (const { lanes } of this.#queues.values())
      for (const lane of lanes.values()) first = Math.min(first, firstOf(lane));
    return first;
  }

  /** For how long the target that takes nothing longest took nothing, ms; 0 = nothing waits. */
  get waitMs(): number {
    const nowMs = this.#config.clock.monotonicMs();
    let longest = 0;
    for (const { sinceMs } of this.#queues.values()) longest = Math.max(longest, nowMs - sinceMs);
    return longest;
  }

  /** The most that waits in order for one target. */
  get fullestBytes(): number {
    let most = 0;
    for (const { lanes } of this.#queues.values()) most = Math.max(most, lanes.get('ordered')?.bytes ?? 0);
    return most;
  }

  /**
   * Takes emissions whose steps' outputs are all durable, in the fold's order: of one record what goes ahead comes first. After `end` they
   * wait for ever, so that nobody takes them for durable.
   */
  add(emissions: readonly Emission[]): void {
    for (const emission of emissions) {
      const bytes = waitingBytes(emission);
      this.#bytes += bytes;
      const queue = this.#queueFor(emission.to);
      const name = emission.isAhead ? 'ahead' : 'ordered';
      const lane = queue.lanes.get(name);
      if (lane !== undefined) {
        lane.waiting.push(emission);
        lane.bytes += bytes;
      } else this.#begin(queue, name, { waiting: [emission], head: 0, bytes });
    }
  }

  /** Resolves when nothing is under way any more: all is durable, or nothing is begun any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** A record that is under way is brought to its end, what waits is not begun. */
  end(): void {
    this.#isOver = true;
    this.#wakeBehindAhead();
  }

  #queueFor(to: number): Queue {
    let queue = this.#queues.get(to);
    if (queue === undefined) {
      queue = { to, lanes: new Map(), sinceMs: this.#config.clock.monotonicMs() };
      this.#queues.set(to, queue);
    }
    return queue;
  }

  #begin(queue: Queue, name: LaneName, lane: Lane): void {
    queue.lanes.set(name, lane);
    const running = this.#appendAll(queue, name, lane)
      .catch((error: unknown) => {
        this.end();
        this.#config.failed(error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #appendAll(queue: Queue, name: LaneName, lane: Lane): Promise<void> {
    for (let next = lane.waiting[lane.head]; next !== undefined; next = lane.waiting[lane.head]) {
      if (next.isBehindAhead) await this.#aheadThere(queue, next);
      if (!(await this.#append(queue, next))) return;
      lane.waiting[lane.head] = undefined;
      lane.head += 1;
      const bytes = waitingBytes(next);
      lane.bytes -= bytes;
      this.#bytes -= bytes;
      if (lane.head >= goneMax) {
        lane.waiting.splice(0, lane.head);
        lane.head = 0;
      }
      if (lane.waiting[lane.head] === undefined) queue.lanes.delete(name);
      if (queue.lanes.size === 0) this.#queues.delete(queue.to);
      if (name === 'ahead') this.#wakeBehindAhead();
      this.#config.went();
    }
  }

  /** Resolves once all that went ahead because of records up to its own is there, or nothing is begun any more. */
  async #aheadThere({ lanes }: Queue, { offset }: Emission): Promise<void> {
    const isUnderWay = (): boolean => {
      const lane = lanes.get('ahead');
      return lane !== undefined && firstOf(lane) <= offset;
    };
    while (isUnderWay() && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#aheadWaiters.push(resolve);
      });
    }
  }

  #wakeBehindAhead(): void {
    const waiters = this.#aheadWaiters;
    this.#aheadWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Whether all of its records are durable. */
  async #append(queue: Queue, { isAhead, pieces }: Emission): Promise<boolean> {
    const { clock, effects, log, sent } = this.#config;
    const { to } = queue;
    // Each lane has a name of its own: one of them may go on while the other is tried again.
    const what = `${isAhead ? 'appending trades ahead' : 'appending'} to ticks of partition ${to}`;
    if (this.#isOver) return false;
    // They are made only now, so that what waits does not stand in memory twice, and a little at a time: others have their turn.
    for (const bytes of pieces(workBytes)) {
      if (this.#isOver) return false;
      if (bytes === undefined) {
        await (isAhead && this.#aheadWaiters.length === 0 ? clock.sleep(aheadRestMs) : nextTurn());
        continue;
      }
      await effects.run(what, async () => {
        try {
          await findPartition(log, to);
          await log.append('ticks', to, bytes);
        } catch (error) {
          throw this.#told(error, queue);
        }
      });
      queue.sinceMs = clock.monotonicMs();
      sent(bytes);
    }
    return true;
  }

  /** Whoever reads that it waits has to see whether the partition goes on meanwhile. */
  #told(error: unknown, { lanes }: Queue): unknown {
    const { targetBytesMax } = this.#config;
    if (!(error instanceof LogError) || !isTransient(error)) return error;
    const [ordered, ahead] = [lanes.get('ordered')?.bytes ?? 0, lanes.get('ahead')?.bytes ?? 0];
    const beside = ahead > 0 ? ` and ${ahead} of trades that go ahead` : '';
    const isFull = ordered >= targetBytesMax;
    const rest = isFull ? 'that is the bound, so nothing more is counted until it takes them' : 'counting goes on';
    const message = `${error.message}; ${ordered} of ${targetBytesMax} bytes${beside} wait for it, ${rest}`;
    return new LogError(error.code, message, { cause: error });
  }
}

/** The record of the first that is not durable. */
function firstOf({ waiting, head }: Lane): number {
  return waiting[head]?.offset ?? Infinity;
}

/** A Move may name a partition that this process has not seen yet: who appended the Move has. */
async function findPartition(log: EmissionQueuesConfig['log'], partition: number): Promise<void> {
  if (partition < log.partitionCount) return;
  const there = await log.refreshPartitions();
  if (partition < there) return;
  const message = `an instrument moves to partition ${partition} and the log has ${there} partitions; it is looked for again`;
  throw new LogError('LOG_UNAVAILABLE', message);
}
