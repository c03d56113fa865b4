/**
 * Workers without one of their guards. In: what a worker works with, and the variants by name with a number each, such as
 * `snapshot-first:300,die-at-snapshot:2`. Out: the same with the guard taken away from outside; production code has no
 * switch for it.
 */
import { type Bar, type Store, StoreError } from '@tapeline/domain';
import type { WorkerParts } from '@tapeline/worker';

/** Names a variant for the environment of `worker-main.ts`. */
export const variantVariable = 'TAPELINE_UNGUARDED';

type Variant = (parts: WorkerParts, number: number) => WorkerParts;

const variants: Readonly<Record<string, Variant>> = {
  /** Bars are acknowledged at once and written so many ms later, so that snapshots are there before them. */
  'snapshot-first': (parts, delayMs) => ({ ...parts, store: writingLater(parts.store, delayMs) }),
  /** What the store refuses while it is away is forgotten. */
  'drop-failed-writes': (parts) => ({ ...parts, store: droppingFailures(parts.store) }),
  /** No guard taken: the process kills itself between the bars and the snapshot that covers them, at the so-manieth one. */
  'die-at-snapshot': (parts, times) => ({ ...parts, store: dyingAtSnapshot(parts.store, times) }),
  /** The same after the snapshot was saved. */
  'die-after-snapshot': (parts, times) => ({ ...parts, store: dyingAfterSnapshot(parts.store, times) }),
};

/** The parts with all variants of the text; throws for a name that is none. */
export function withVariants(parts: WorkerParts, text: string): WorkerParts {
  let changed = parts;
  for (const item of text.split(',').filter((each) => each !== '')) {
    const [name = '', number = '0'] = item.split(':');
    const variant = variants[name];
    if (variant === undefined) throw new RangeError(`${variantVariable} names ${name}; it knows ${Object.keys(variants).join(', ')}`);
    changed = variant(changed, Number(number));
  }
  return changed;
}

/** A store with some calls of another; the methods of a class are not its own properties. */
export function storeWith(store: Store, calls: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(calls, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

function writingLater(store: Store, delayMs: number): Store {
  const write = (bars: readonly Bar[]): void => {
    store.writeBars(bars).catch((error: unknown) => console.error('bars are lost', error));
  };
  return storeWith(store, {
    writeBars: async (bars) => {
      setTimeout(() => write([...bars]), delayMs);
    },
  });
}

function droppingFailures(store: Store): Store {
  const drop = (error: unknown): void => {
    if (!(error instanceof StoreError) || error.code !== 'STORE_UNAVAILABLE') throw error;
    console.error('a write is dropped', error.message);
  };
  return storeWith(store, {
    writeBars: (bars) => store.writeBars(bars).catch(drop),
    writeTape: (chunks) => store.writeTape(chunks).catch(drop),
    writeInstruments: (instruments) => store.writeInstruments(instruments).catch(drop),
  });
}

function dyingAtSnapshot(store: Store, times: number): Store {
  let [snapshots, bars] = [0, 0];
  return storeWith(store, {
    writeBars: async (rows) => {
      await store.writeBars(rows);
      bars += rows.length;
    },
    saveSnapshot: async (snapshot, claim) => {
      if (bars > 0) snapshots += 1;
      if (snapshots >= times) process.kill(process.pid, 'SIGKILL');
      await store.saveSnapshot(snapshot, claim);
      bars = 0;
    },
  });
}

function dyingAfterSnapshot(store: Store, times: number): Store {
  let [snapshots, bars] = [0, 0];
  return storeWith(store, {
    writeBars: async (rows) => {
      await store.writeBars(rows);
      bars += rows.length;
    },
    saveSnapshot: async (snapshot, claim) => {
      await store.saveSnapshot(snapshot, claim);
      if (bars > 0) snapshots += 1;
      if (snapshots >= times) process.kill(process.pid, 'SIGKILL');
      bars = 0;
    },
  });
}
