/**
 * The watches of the fake API server. In: changes in order, and faults by hand. Out: events to whoever watches, from the version
 * they know. Events are kept until `compact`, as etcd does; then an older version is gone.
 */
import { type Clock, untilStopped } from '@tapeline/runtime';
import { KubeError, type KubeObject, type ResourceType, type WatchEnd, type WatchOptions } from '../src/index.ts';

/** One change; `before` is absent at creation, `after` at deletion, where `last` is what was deleted. */
export type Change = {
  readonly version: number;
  readonly type: ResourceType;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
  /** The deleted object with the version of its deletion. */
  readonly last?: KubeObject;
};

type Watcher = {
  readonly type: ResourceType;
  readonly options: WatchOptions;
  readonly end: (end: WatchEnd) => void;
  readonly defect: (error: unknown) => void;
  /** The version up to which it was told. */
  told: number;
  heardMs: number;
};

/** Which objects a watch or list is about. */
export type Matches = (type: ResourceType, object: KubeObject, options: WatchOptions) => boolean;

/** All watches. */
export class FakeWatches {
  readonly #clock: Clock;
  readonly #matches: Matches;
  readonly #watchers = new Set<Watcher>();
  #changes: Change[] = [];
  #oldestKnown = 0;
  #dropping = 0;
  isFrozen = false;
  /** How many watches were ever opened. */
  opened = 0;

  constructor(clock: Clock, matches: Matches) {
    this.#clock = clock;
    this.#matches = matches;
  }

  /** How many are open. */
  get open(): number {
    return this.#watchers.size;
  }

  /** Keeps a change and tells it. */
  add(change: Change): void {
    this.#changes.push(change);
    if (this.#dropping > 0) {
      // Told to nobody, yet all believe that they have heard everything up to it.
      this.#dropping -= 1;
      for (const watcher of this.#watchers) watcher.told = change.version;
      return;
    }
    this.tell();
  }

  /** Tells everyone what they have not heard, or that it is gone. */
  tell(): void {
    if (this.isFrozen) return;
    for (const watcher of this.#watchers) {
      if (watcher.told < this.#oldestKnown) {
        watcher.end({ reason: 'gone' });
        continue;
      }
      for (const change of this.#changes) {
        if (change.version <= watcher.told) continue;
        watcher.told = change.version;
        this.#tellOne(watcher, change);
      }
    }
  }

  /** The next changes reach no watch, as if they had been lost on the way. */
  dropNext(count: number): void {
    this.#dropping += count;
  }

  /** Forgets changes up to this version: who knows only an older one is told that it is gone, and so is a watch that has not heard them. */
  compact(version: number): void {
    const last = this.#changes.at(-1)?.version ?? this.#oldestKnown;
    for (const watcher of this.#watchers) if (watcher.told >= last) watcher.told = version;
    this.#oldestKnown = version;
    this.#changes = this.#changes.filter((change) => change.version > version);
  }

  bookmark(version: number): void {
    if (this.isFrozen) return;
    for (const watcher of this.#watchers) {
      watcher.heardMs = this.#clock.monotonicMs();
      watcher.options.onEvent({ type: 'BOOKMARK', resourceVersion: String(version) });
    }
  }

  /** Ends every watch. */
  endAll(end: WatchEnd): void {
    for (const watcher of this.#watchers) watcher.end(end);
  }

  async watch(type: ResourceType, options: WatchOptions): Promise<WatchEnd> {
    if (options.signal.aborted) return { reason: 'stopped' };
    const from = Number(options.resourceVersion);
    if (!Number.isInteger(from)) {
      return { reason: 'failed', error: new KubeError('INVALID', `watch ${type.plural}: a version of another server`) };
    }
    if (from < this.#oldestKnown && !this.isFrozen) return { reason: 'gone' };
    this.opened += 1;
    const over = new AbortController();
    let watcher: Watcher | undefined;
    try {
      return await new Promise<WatchEnd>((resolve, reject) => {
        const heardMs = this.#clock.monotonicMs();
        watcher = { type, options, end: resolve, defect: reject, told: from, heardMs };
        this.#watchers.add(watcher);
        void untilStopped(options.signal).then(() => resolve({ reason: 'stopped' }));
        void this.#untilIdle(watcher, over.signal).then(() => resolve({ reason: 'idle' }));
        void this.#clock.sleep(options.windowMs ?? 300_000, over.signal).then(() => {
          if (!this.isFrozen) resolve({ reason: 'closed' });
        });
        if (this.isFrozen) return;
        options.onOpen?.();
        this.tell();
      });
    } finally {
      over.abort();
      if (watcher !== undefined) this.#watchers.delete(watcher);
    }
  }

  async #untilIdle(watcher: Watcher, over: AbortSignal): Promise<void> {
    const idleMs = watcher.options.idleMs ?? 90_000;
    for (;;) {
      const leftMs = watcher.heardMs + idleMs - this.#clock.monotonicMs();
      if (leftMs <= 0 || over.aborted) return;
      await this.#clock.sleep(leftMs, over);
    }
  }

  #tellOne(watcher: Watcher, { type, before, after, last }: Change): void {
    if (type.plural !== watcher.type.plural || type.group !== watcher.type.group) return;
    watcher.heardMs = this.#clock.monotonicMs();
    const was = before !== undefined && this.#matches(type, before, watcher.options);
    const is = after !== undefined && this.#matches(type, after, watcher.options);
    const object = after ?? last;
    if (object === undefined || (!was && !is)) return;
    const kind = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
    try {
      watcher.options.onEvent({ type: kind, object: structuredClone(object) });
    } catch (error) {
      watcher.defect(error);
    }
  }
}
