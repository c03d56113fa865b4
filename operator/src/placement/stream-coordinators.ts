/**
 * The coordinators of this process, one for each stream that has one. In: orders of rounds. Out: what each knows, events of moves, and a
 * call when a stream is worth another round. One begins with its order and ends with its stream, its term or the process; one
 * that cannot begin is tried again at growing distances, and says why meanwhile.
 */
import type { PlacementEvent } from '@tapeline/control';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';
import type { CoordinatorOrder, Coordinators } from '../apply/ports.ts';
import type { RecordEvent } from '../apply/tell-status.ts';
import type { CoordinatorPlan } from '../decide/coordinator-wish.ts';
import { failed, type Failure, type Looked, notLooked, seen } from '../decide/failure.ts';
import { failureOf } from '../observe/outside-failure.ts';
import type { SeenPlacement } from '../observe/seen-placement.ts';
import { isSameValue } from '../runtime/same-value.ts';
import { moveEvents } from './move-events.ts';
import { worthTelling } from './worth-telling.ts';

/** A coordinator that runs. */
export type RunningCoordinator = {
  /** What it shall go by from now on. */
  steer(plan: CoordinatorPlan): void;
  /** What it knows; undefined before it has read `control` to its end. */
  look(): SeenPlacement | undefined;
  /** Why it does nothing for long, with a remedy, if that is so. */
  problem(): string | undefined;
  /** Resolves when nothing of it is under way any more. */
  close(): Promise<void>;
};

/** What a coordinator tells while it runs. */
export type CoordinatorListener = {
  /** What it knows has changed. */
  changed(): void;
  /** Something happened that people are told; once each. */
  told(event: PlacementEvent): void;
  /** It can do nothing any more, and is begun anew. */
  lost(error: unknown): void;
};

/** Begins a coordinator. Rejects with the errors of the adapters. */
export type OpenCoordinator = (
  order: CoordinatorOrder,
  listener: CoordinatorListener,
  signal: AbortSignal,
) => Promise<RunningCoordinator>;

/** What the coordinators need. */
export type StreamCoordinatorsConfig = {
  readonly open: OpenCoordinator;
  readonly record: RecordEvent;
  /** A stream is worth another round: at most once in `tellEveryMs`, and once more at the end. */
  readonly onChange: (key: string) => void;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};

/** How often a stream is looked at again because its coordinator knows more, ms. */
export const tellEveryMs = 1_000;
/** Events that wait to be told at most; the rest of a rush is dropped. */
const eventsMax = 1_000;
const retry = { firstMs: 1_000, maxMs: 60_000 } as const;

/** The coordinators. */
export class StreamCoordinators implements Coordinators {
  readonly #config: StreamCoordinatorsConfig;
  readonly #entries = new Map<string, Entry>();
  /** What is ending, so that nothing of the same stream begins beside it. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(config: StreamCoordinatorsConfig) {
    this.#config = config;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  look(key: string): Looked<SeenPlacement> {
    return this.#entries.get(key)?.look() ?? notLooked;
  }

  run(key: string, order: CoordinatorOrder): void {
    if (order.term.ended.aborted) return;
    const entry = this.#entries.get(key);
    if (entry?.isFor(order) === true) return entry.steer(order);
    this.stop(key);
    const after = this.#ending.get(key) ?? Promise.resolve();
    const begun = new Entry(this.#config, key, order, after);
    this.#entries.set(key, begun);
    order.term.ended.addEventListener('abort', () => this.#end(key, begun), { once: true, signal: begun.over });
  }

  stop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#end(key, entry);
  }

  async close(): Promise<void> {
    for (const key of this.#entries.keys()) this.stop(key);
    await Promise.all(this.#ending.values());
  }

  #end(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    const ending = Promise.all([this.#ending.get(key), entry.end()]).then(() => {
      if (this.#ending.get(key) === ending) this.#ending.delete(key);
    });
    this.#ending.set(key, ending);
  }
}

class Entry {
  readonly #config: StreamCoordinatorsConfig;
  readonly #key: string;
  readonly #over = new AbortController();
  readonly #done: Promise<void>;
  #events: PlacementEvent[] = [];
  /** What the stream was last looked at for. */
  #told: string | undefined;
  #order: CoordinatorOrder;
  #running: RunningCoordinator | undefined;
  #failure: Failure | undefined;
  #isChanged = false;
  #wake: () => void = () => undefined;
  #lost: { readonly error: unknown } | undefined;

  constructor(config: StreamCoordinatorsConfig, key: string, order: CoordinatorOrder, after: Promise<void>) {
    this.#config = config;
    this.#key = key;
    this.#order = order;
    this.#done = after.then(() => this.#run());
  }

  /** Fires at its end. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  isFor(order: CoordinatorOrder): boolean {
    return isSameValue(identityOf(this.#order), identityOf(order)) && this.#order.term === order.term;
  }

  steer(order: CoordinatorOrder): void {
    const before = this.#order.plan;
    this.#order = order;
    if (!isSameValue(before, order.plan)) this.#running?.steer(order.plan);
  }

  look(): Looked<SeenPlacement> {
    const problem = this.#running?.problem();
    if (problem !== undefined) return failed({ code: 'FAILED', message: problem });
    const known = this.#running?.look();
    if (known !== undefined) return seen(known);
    return this.#failure === undefined ? notLooked : failed(this.#failure);
  }

  /** Resolves when nothing of it is under way. */
  async end(): Promise<void> {
    this.#over.abort();
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { clock, random, logger, open, onChange } = this.#config;
    const backoff = new Backoff({ ...retry, random });
    const stop = this.#over.signal;
    while (!stop.aborted) {
      this.#lost = undefined;
      const begunMs = clock.monotonicMs();
      try {
        this.#running = await open(this.#order, this.#listener(), stop);
        this.#failure = undefined;
        // What was declared while it was being opened.
        this.#running.steer(this.#order.plan);
        await this.#tellWhileRunning(stop);
        const lost = this.#lostBy();
        if (lost !== undefined) throw lost.error;
      } catch (error) {
        if (stop.aborted) break;
        this.#failure = anyFailure(error);
        logger.warn('a coordinator of moves does not run; it is begun again', { stream: this.#key, error });
        onChange(this.#key);
      } finally {
        await this.#close();
      }
      // One that ran for long did not fail by how it is begun.
      if (clock.monotonicMs() - begunMs > retry.maxMs) backoff.reset();
      await clock.sleep(backoff.nextMs(), stop);
    }
  }

  #lostBy(): { readonly error: unknown } | undefined {
    return this.#lost;
  }

  /** Tells what changed, no more often than once in `tellEveryMs`, until the end. */
  async #tellWhileRunning(stop: AbortSignal): Promise<void> {
    const { clock, onChange } = this.#config;
    while (!stop.aborted && this.#lostBy() === undefined) {
      if (this.#isChanged) {
        this.#isChanged = false;
        this.#tellEvents();
        const known = this.#running?.look();
        const worth = known === undefined ? undefined : worthTelling(known);
        if (worth !== this.#told) onChange(this.#key);
        this.#told = worth;
        await clock.sleep(tellEveryMs, stop);
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    this.#tellEvents();
  }

  #tellEvents(): void {
    const events = this.#events;
    this.#events = [];
    for (const facts of moveEvents(events)) this.#config.record(this.#order.object, facts);
  }

  #listener(): CoordinatorListener {
    return {
      changed: () => this.#changed(),
      told: (event) => {
        if (this.#events.length < eventsMax) this.#events.push(event);
        this.#changed();
      },
      lost: (error) => {
        this.#lost ??= { error };
        this.#wake();
      },
    };
  }

  #changed(): void {
    this.#isChanged = true;
    this.#wake();
  }

  async #close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    try {
      await running?.close();
    } catch (error) {
      this.#config.logger.warn('a coordinator of moves did not end well', { stream: this.#key, error });
    }
  }
}

/** What needs another coordinator when it changes; no secret stands in it. */
function identityOf({ object, kafka, cassandra, keyspace, secrets, plan }: CoordinatorOrder): unknown {
  // All but what can be steered.
  const { stream, basePartitions, retentionMs, topicIds } = plan;
  const made = { stream, basePartitions, retentionMs, topicIds };
  return { uid: object.metadata.uid, kafka, cassandra, keyspace, secrets: secrets.digest, ...made };
}

/** A defect of the coordinator is told like a failure: it stops no other stream, and no round. */
function anyFailure(error: unknown): Failure {
  try {
    return failureOf(error);
  } catch {
    const text = error instanceof Error ? error.message : String(error);
    return {
      code: 'FAILED',
      message: `the coordinator of moves has a defect: ${text}; report it with the operator's log`,
    };
  }
}
