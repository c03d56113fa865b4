/**
 * What is to be reconciled. In: keys, as often as anyone likes. Out: each key to one worker at a time; what is added while its
 * key is worked on comes again afterwards. Edits go before resyncs. Law 7: `keysMax` keys; one more is refused, and the next
 * relist brings it again.
 */
import { type Clock, sleepMsMax } from '@tapeline/runtime';
import { DueKeys } from './due-keys.ts';
import { RetryLimits, type RetryLimitsConfig } from './retry-limits.ts';

/** Why a key is here: somebody changed something, or it is looked at again because time has passed. */
export type Lane = 'edit' | 'resync';

/** Who is told what the queue does, for metrics; times in ms. */
export type QueueObserver = {
  added(): void;
  depth(keys: number): void;
  taken(waitedMs: number): void;
  done(workedMs: number): void;
  retried(): void;
  refused(): void;
};

/** The queue's parts. */
export type WorkQueueConfig = {
  readonly clock: Clock;
  /** Keys in all lanes and waiting, together at most; 100,000 if absent. */
  readonly keysMax?: number;
  readonly retries?: RetryLimitsConfig;
  readonly observer?: QueueObserver;
};

const keysMaxDefault = 100_000;

/** Of so many keys taken, one comes from the resyncs although edits wait, so that none waits for ever. */
const resyncEvery = 10;

/** A queue of keys. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #keysMax: number;
  readonly #limits: RetryLimits;
  readonly #observer: QueueObserver | undefined;
  /** Since when a key is ready, ms; a map keeps the order of arrival. */
  readonly #ready: Readonly<Record<Lane, Map<string, number>>> = { edit: new Map(), resync: new Map() };
  readonly #due = new DueKeys<Lane>();
  readonly #working = new Map<string, number>();
  readonly #dirty = new Map<string, Lane>();
  readonly #takers = new Set<() => void>();
  #taken = 0;
  #askedMs: number;
  #timer: AbortController | undefined;

  constructor({ clock, keysMax = keysMaxDefault, retries, observer }: WorkQueueConfig) {
    this.#clock = clock;
    this.#askedMs = clock.monotonicMs();
    this.#keysMax = keysMax;
    this.#limits = new RetryLimits(retries);
    this.#observer = observer;
  }

  /** Keys that a worker could take now. */
  get depth(): number {
    return this.#ready.edit.size + this.#ready.resync.size;
  }

  /** Keys that workers have. */
  get working(): number {
    return this.#working.size;
  }

  /** How long the longest work has taken, ms; 0 if there is none. */
  longestWorkMs(): number {
    return this.#ageOfOldest(this.#working.values());
  }

  /** How long all work under way has taken together, ms. */
  unfinishedWorkMs(): number {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#working.values()].reduce((sum, sinceMs) => sum + nowMs - sinceMs, 0);
  }

  /**
   * How long keys have been ready, or should be by now, while no worker took one or asked for one, ms; 0 if there are none. Work that
   * takes long is no standstill: whoever has done it asks for the next.
   */
  standstillMs(): number {
    const nowMs = this.#clock.monotonicMs();
    const dueMs = this.#due.nextMs() ?? nowMs;
    const waitMs = Math.max(
      this.#ageOfOldest(this.#ready.edit.values()),
      this.#ageOfOldest(this.#ready.resync.values()),
      nowMs - dueMs,
    );
    return Math.min(waitMs, nowMs - this.#askedMs);
  }

  /** Wants a key reconciled as soon as may be. False if the queue is full. */
  add(key: string, lane: Lane = 'edit'): boolean {
    if (!this.#hasRoomFor(key)) return false;
    this.#observer?.added();
    this.#makeReady(key, lane);
    return true;
  }

  /** Wants a key reconciled in `ms` ms; of two times the earlier counts. False as of `add`. */
  addAfter(key: string, ms: number, lane: Lane = 'resync'): boolean {
    if (ms <= 0) return this.add(key, lane);
    if (!this.#hasRoomFor(key)) return false;
    const earliestMs = this.#due.nextMs();
    const dueMs = this.#clock.monotonicMs() + ms;
    this.#due.add(key, dueMs, lane);
    if (earliestMs === undefined || dueMs < earliestMs) this.#armTimer();
    return true;
  }

  /** Wants a key that failed again, after a wait that grows; at least `atLeastMs`. The wait, ms. */
  addAfterFailure(key: string, atLeastMs = 0): number {
    const waitMs = Math.max(this.#limits.waitMs(key, this.#clock.monotonicMs()), atLeastMs);
    this.#observer?.retried();
    this.addAfter(key, waitMs, 'edit');
    return waitMs;
  }

  /** How often a key failed since it last succeeded. */
  failures(key: string): number {
    return this.#limits.failures(key);
  }

  /** After a success: the key's waits are short again. */
  forget(key: string): void {
    this.#limits.forget(key);
  }

  /** The next key, which is the caller's until `done`; waits for one. Undefined at `stop`. */
  async take(stop: AbortSignal): Promise<string | undefined> {
    this.#askedMs = this.#clock.monotonicMs();
    for (;;) {
      if (stop.aborted) {
        // Who leaves may have been woken for a key; another one shall have it.
        if (this.depth > 0) this.#wake(1);
        return undefined;
      }
      const key = this.#takeReady();
      if (key !== undefined) return key;
      await this.#untilReady(stop);
    }
  }

  /** The caller's work on a key is over, whatever came of it. */
  done(key: string): void {
    const sinceMs = this.#working.get(key);
    if (sinceMs === undefined) throw new RangeError(`key ${key} is not being worked on`);
    this.#working.delete(key);
    this.#observer?.done(this.#clock.monotonicMs() - sinceMs);
    const lane = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (lane !== undefined) this.#makeReady(key, lane);
  }

  #makeReady(key: string, lane: Lane): void {
    // What it waited for happens now.
    this.#due.remove(key);
    if (this.#working.has(key)) {
      if (this.#dirty.get(key) !== 'edit') this.#dirty.set(key, lane);
      return;
    }
    if (this.#ready.edit.has(key)) return;
    const sinceMs = this.#ready.resync.get(key);
    if (sinceMs !== undefined && lane === 'resync') return;
    this.#ready.resync.delete(key);
    this.#ready[lane].set(key, sinceMs ?? this.#clock.monotonicMs());
    this.#observer?.depth(this.depth);
    this.#wake(1);
  }

  #takeReady(): string | undefined {
    const { edit, resync } = this.#ready;
    const isResyncsTurn = this.#taken % resyncEvery === resyncEvery - 1;
    const lane = edit.size === 0 || (isResyncsTurn && resync.size > 0) ? resync : edit;
    for (const [key, sinceMs] of lane) {
      this.#taken += 1;
      lane.delete(key);
      const nowMs = this.#clock.monotonicMs();
      this.#working.set(key, nowMs);
      this.#askedMs = nowMs;
      this.#observer?.depth(this.depth);
      this.#observer?.taken(nowMs - sinceMs);
      return key;
    }
    return undefined;
  }

  async #untilReady(stop: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#takers.delete(wake);
        stop.removeEventListener('abort', wake);
        resolve();
      };
      this.#takers.add(wake);
      stop.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(count: number): void {
    let left = count;
    for (const wake of this.#takers) {
      if (left <= 0) return;
      left -= 1;
      wake();
    }
  }

  #hasRoomFor(key: string): boolean {
    const isHere =
      this.#ready.edit.has(key) || this.#ready.resync.has(key) || this.#working.has(key) || this.#due.has(key);
    if (isHere || this.depth + this.#working.size + this.#due.size < this.#keysMax) return true;
    this.#observer?.refused();
    return false;
  }

  /** One timer for all that wait: it sleeps until the earliest, and a key that is earlier still starts it anew. */
  #armTimer(): void {
    this.#timer?.abort();
    const timer = new AbortController();
    this.#timer = timer;
    void this.#runTimer(timer.signal);
  }

  async #runTimer(stop: AbortSignal): Promise<void> {
    for (let nextMs = this.#due.nextMs(); nextMs !== undefined; nextMs = this.#due.nextMs()) {
      const waitMs = nextMs - this.#clock.monotonicMs();
      if (waitMs > 0) await this.#clock.sleep(Math.min(waitMs, sleepMsMax), stop);
      if (stop.aborted) return;
      const nowMs = this.#clock.monotonicMs();
      for (let due = this.#due.take(nowMs); due !== undefined; due = this.#due.take(nowMs)) {
        this.#observer?.added();
        this.#makeReady(due.key, due.value);
      }
    }
  }

  #ageOfOldest(times: Iterable<number>): number {
    const nowMs = this.#clock.monotonicMs();
    let oldestMs = nowMs;
    for (const sinceMs of times) oldestMs = Math.min(oldestMs, sinceMs);
    return nowMs - oldestMs;
  }
}
