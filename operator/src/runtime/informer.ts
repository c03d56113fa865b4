/**
 * A type kept in memory, whatever the connection does. In: `KubeApi`. Out: a cache, and a call for each change. Every end of a
 * watch is survived: closed, reset, silent, too old. A list from time to time finds what watches lost, and says so in a metric.
 * Law 7: pages of 250, `objectsMax` objects, waits with jitter up to 10 s.
 */
import {
  isTransient,
  type KubeApi,
  KubeError,
  type KubeObject,
  type ResourceType,
  type WatchEnd,
  type WatchEvent,
} from '@tapeline/kubernetes';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';
import type { InformerMetrics } from './controller-metrics.ts';
import { type CacheChange, ObjectCache } from './object-cache.ts';

/** Told of changes, and of objects that a relist found unchanged. What it throws is logged and changes nothing. */
export type InformerListener = {
  changed(change: CacheChange): void;
  /** Looked at again without a change: at each list but the first. */
  resynced?(key: string): void;
};

/** What to keep, and how. Absent times are as their comments say. */
export type InformerConfig = {
  readonly api: KubeApi;
  readonly type: ResourceType;
  /** One namespace; all without. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics?: InformerMetrics;
  /** A full list at least so often, ms, made up to a fifth shorter by chance; 20 min. */
  readonly relistMs?: number;
  /** A watch without a byte for so long is dead, ms; 90 s. */
  readonly idleMs?: number;
  /** How long one watch goes on, ms; 5 min. */
  readonly windowMs?: number;
  /** Objects at most; 20,000. With more nothing is synced, and the log says so. */
  readonly objectsMax?: number;
};

const pageObjects = 250;
const relistMsDefault = 20 * 60_000;
const objectsMaxDefault = 20_000;
const waitMsFirst = 200;
const waitMsMax = 10_000;

/** A watch that lived shorter than this is no sign of health, so the waits go on growing. */
const soundWatchMs = 5_000;

/** One type in memory. */
export class Informer {
  readonly #config: InformerConfig;
  readonly #cache = new ObjectCache();
  readonly #listeners: InformerListener[] = [];
  readonly #backoff: Backoff;
  readonly #synced = new AbortController();
  #version: string | undefined;
  #isListDue = true;
  #isCheck = false;
  #listProblem: KubeError | undefined;

  constructor(config: InformerConfig) {
    this.#config = config;
    this.#backoff = new Backoff({ firstMs: waitMsFirst, maxMs: waitMsMax, random: config.random });
  }

  /** The type that is kept. */
  get type(): ResourceType {
    return this.#config.type;
  }

  /** Fires when the first list is in the cache. */
  get synced(): AbortSignal {
    return this.#synced.signal;
  }

  /** Why the last list failed; undefined once one came. */
  get listProblem(): KubeError | undefined {
    return this.#listProblem;
  }

  /** The object as last told; it may be older than the server's. */
  get(key: string): KubeObject | undefined {
    return this.#cache.get(key);
  }

  /** Every object as last told. */
  list(): readonly KubeObject[] {
    return this.#cache.list();
  }

  /** Tells of changes from now on. */
  listen(listener: InformerListener): void {
    this.#listeners.push(listener);
  }

  /** Lists and watches until `stop`; never rejects for what the server does. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, logger, type, metrics } = this.#config;
    let listedMs = 0;
    let relistMs = 0;
    while (!stop.aborted) {
      if (this.#isListDue || this.#version === undefined) {
        if (!(await this.#tryList(stop))) continue;
        listedMs = clock.monotonicMs();
        relistMs = this.#relistMs();
      }
      const openedMs = clock.monotonicMs();
      const end = await this.#watch(stop, listedMs + relistMs - openedMs);
      if (stop.aborted) return;
      // Only after a watch that was well until we ended it does a list show what the watch had lost.
      this.#isCheck = end.reason === 'stopped';
      if (this.#isCheck || clock.monotonicMs() >= listedMs + relistMs) this.#isListDue = true;
      metrics?.restarted(this.#isCheck ? 'relist' : end.reason);
      if (end.reason === 'gone') this.#isListDue = true;
      if (clock.monotonicMs() - openedMs >= soundWatchMs) this.#backoff.reset();
      if (end.reason === 'failed') {
        logger.warn('a watch broke and is opened again', { kind: type.kind, error: end.error });
        // The version may be what the server refuses; a list always has one that it takes.
        if (!isTransient(end.error)) this.#isListDue = true;
        await this.#wait(stop, end.error.retryAfterMs);
      } else if (clock.monotonicMs() - openedMs < soundWatchMs && (end.reason === 'closed' || end.reason === 'gone')) {
        // A silence has been waited for already.
        await this.#wait(stop);
      }
    }
  }

  async #tryList(stop: AbortSignal): Promise<boolean> {
    const { logger, type, metrics } = this.#config;
    try {
      const { items, version } = await this.#listAll(stop);
      metrics?.listed();
      const isFirst = !this.synced.aborted;
      const { changes, unchanged, missed } = this.#cache.replace(items, this.#isCheck ? this.#version : undefined);
      this.#isCheck = false;
      this.#version = version;
      this.#isListDue = false;
      if (this.#listProblem !== undefined) logger.info('the list came after all', { kind: type.kind });
      this.#listProblem = undefined;
      metrics?.objects(this.#cache.size);
      if (missed > 0) {
        metrics?.missed(missed);
        logger.warn('a relist found what the watch had not told', { kind: type.kind, objects: missed });
      }
      for (const change of changes) this.#tell((listener) => listener.changed(change));
      if (isFirst) this.#synced.abort();
      else for (const key of unchanged) this.#tell((listener) => listener.resynced?.(key));
      return true;
    } catch (error) {
      if (stop.aborted) return false;
      if (!(error instanceof KubeError)) throw error;
      this.#isCheck = false;
      // Once for each reason: it is tried every few seconds, for as long as it takes.
      if (error.code !== this.#listProblem?.code || error.message !== this.#listProblem.message) {
        logger.warn('a list failed and is tried again', { kind: type.kind, error });
      }
      this.#listProblem = error;
      await this.#wait(stop, error.retryAfterMs);
      return false;
    }
  }

  async #listAll(stop: AbortSignal): Promise<{ items: KubeObject[]; version: string }> {
    const { api, type, objectsMax = objectsMaxDefault } = this.#config;
    const items: KubeObject[] = [];
    const options = { ...this.#selection(), limit: pageObjects, signal: stop };
    for (let next: string | undefined; ;) {
      const page = await api.list(type, next === undefined ? options : { ...options, continue: next });
      items.push(...page.items);
      if (items.length > objectsMax) {
        throw new KubeError(
          'INVALID',
          `there are more than ${objectsMax} ${type.plural}; watch one namespace or raise the limit`,
        );
      }
      // A page too old makes the next try begin at the first.
      if (page.continue === undefined) return { items, version: page.resourceVersion };
      next = page.continue;
    }
  }

  async #watch(stop: AbortSignal, forMs: number): Promise<WatchEnd> {
    const { api, type, clock, idleMs, windowMs } = this.#config;
    const over = new AbortController();
    const end = (): void => over.abort();
    stop.addEventListener('abort', end, { once: true });
    const timer = clock.sleep(Math.max(0, forMs), over.signal).then(end);
    try {
      return await api.watch(type, {
        ...this.#selection(),
        resourceVersion: this.#version ?? '',
        signal: over.signal,
        onEvent: (event) => this.#hear(event),
        ...(idleMs === undefined ? {} : { idleMs }),
        ...(windowMs === undefined ? {} : { windowMs }),
      });
    } finally {
      stop.removeEventListener('abort', end);
      over.abort();
      await timer;
    }
  }

  #hear(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion;
      return;
    }
    const { objectsMax = objectsMaxDefault, metrics, logger, type } = this.#config;
    if (event.type === 'ADDED' && this.#cache.size >= objectsMax) {
      logger.error('an object is left out, there are too many', { kind: type.kind, objectsMax });
      return;
    }
    const changes = this.#cache.apply(event);
    this.#version = event.object.metadata.resourceVersion ?? this.#version;
    metrics?.objects(this.#cache.size);
    for (const change of changes) this.#tell((listener) => listener.changed(change));
  }

  #tell(call: (listener: InformerListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (error) {
        // A defect of one listener must not stop the cache that the others live from.
        this.#config.logger.error('a listener of a watch failed', { kind: this.#config.type.kind, error });
      }
    }
  }

  #selection(): { namespace?: string; labels?: Readonly<Record<string, string>> } {
    const { namespace, labels } = this.#config;
    return { ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) };
  }

  #relistMs(): number {
    const { relistMs = relistMsDefault, random } = this.#config;
    return relistMs * (1 - random.next() / 5);
  }

  async #wait(stop: AbortSignal, atLeastMs = 0): Promise<void> {
    await this.#config.clock.sleep(Math.max(this.#backoff.nextMs(), atLeastMs), stop);
  }
}

/** Resolves when all are synced; false if `stop` came first. */
export async function untilSynced(informers: readonly Informer[], stop: AbortSignal): Promise<boolean> {
  for (const { synced } of informers) {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        synced.removeEventListener('abort', settle);
        stop.removeEventListener('abort', settle);
        resolve();
      };
      if (synced.aborted || stop.aborted) {
        resolve();
        return;
      }
      synced.addEventListener('abort', settle);
      stop.addEventListener('abort', settle);
    });
  }
  return !stop.aborted && informers.every(({ synced }) => synced.aborted);
}
