/**
 * Workers without one of their guards. In: what a worker works with, and the variants by name with a number each, such as
 * `snapshot-first:300,die-at-snapshot:2`. Out: the same with the guard taken away from outside; production code has no
 * switch for it.
 */
import { type Bar, decodeLogRecord, type Store, StoreError, type TickLog } from '@tapeline/domain';
import type { KafkaLog } from '@tapeline/kafka';
import type { WorkerParts } from '@tapeline/worker';
import { ofAnyLog, skippingPoison, stampedOnReading, stoppingAtPoison } from './log-variants.ts';
import { stockBrokersVariable, withStockReads } from './stock-reader.ts';
import { byWallClock, inOneBatch, ofColumnsThere, tryingAnew, withoutClaims, writingSlowly } from './store-variants.ts';
import { withCalls } from './with-calls.ts';

/** Names a variant for the environment of `worker-main.ts`. */
export const variantVariable = 'TAPELINE_UNGUARDED';

type Variant = (parts: WorkerParts, number: number) => WorkerParts;

const variants: Readonly<Record<string, Variant>> = {
  /** Bars are acknowledged at once and written so many ms later, so that snapshots are there before them. */
  'snapshot-first': (parts, delayMs) => ({ ...parts, store: writingLater(parts.store, delayMs) }),
  /** What the store refuses while it is away is forgotten. */
  'drop-failed-writes': (parts) => ({ ...parts, store: droppingFailures(parts.store) }),
  /** No guard taken: the process kills itself between the bars and the snapshot that covers them, at the so-manieth one. */
  'die-at-snapshot': (parts, times) => ({ ...parts, store: dying('before', parts.store, times) }),
  /** The same after the snapshot was saved. */
  'die-after-snapshot': (parts, times) => ({ ...parts, store: dying('after', parts.store, times) }),
  /** Ticks are read by the stock consumer, which goes on elsewhere when its offset is gone. */
  'stock-reader': (parts) => ({ ...parts, log: withStockReads(parts.log as KafkaLog, stockBrokers()) }),
  /** Write timestamps are those of the machine's clock. */
  'wall-clock-timestamps': (parts) => ({ ...parts, store: byWallClock(parts.store) }),
  /** No guard taken: writes of bars begin so many ms later. */
  'slow-writes': (parts, delayMs) => ({ ...parts, store: writingSlowly(parts.store, delayMs) }),
  /** Snapshots are saved by whoever comes. */
  'no-claims': (parts) => ({ ...parts, store: withoutClaims(parts.store) }),
  /** Writes without an answer within so many ms are sent again later, as new ones. */
  'try-anew': (parts, withinMs) => ({ ...parts, store: tryingAnew(parts.store, withinMs) }),
  /** Batches have no bound. */
  'one-batch': (parts) => ({ ...parts, store: inOneBatch(parts.store) }),
  /** Columns that the table lacks are left out. */
  'columns-there': (parts) => ({ ...parts, store: ofColumnsThere(parts.store) }),
  /** Records of which anything cannot be read are passed over in silence. */
  'skip-poison': (parts) => ({ ...parts, log: skippingPoison(parts.log) }),
  /** Reading ends at a record that cannot be read. */
  'stop-at-poison': (parts) => ({ ...parts, log: stoppingAtPoison(parts.log) }),
  /** Nobody asks whether the log is the one that was counted. */
  'any-log': (parts) => ({ ...parts, log: ofAnyLog(parts.log) }),
  /** Bars close by the machine's clock, so many ms ahead, instead of the log's. */
  'wall-clock-closing': (parts, aheadMs) => ({ ...parts, log: stampedOnReading(parts.log, aheadMs) }),
  /** What comes to a partition for an instrument that has left ends there (rule A3): its Forwards are never appended. */
  'no-forwards': (parts) => ({ ...parts, log: withoutForwards(parts.log) }),
};

/** The parts with all variants of the text; throws for a name that is none. */
export function withVariants(parts: WorkerParts, text: string): WorkerParts {
  let changed = parts;
  for (const item of text.split(',').filter((each) => each !== '')) {
    const [name = '', number = '0'] = item.split(':');
    const variant = variants[name];
    if (variant === undefined)
      throw new RangeError(`${variantVariable} names ${name}; it knows ${Object.keys(variants).join(', ')}`);
    changed = variant(changed, Number(number));
  }
  return changed;
}

/** A record with a Forward is said to be appended; everything else is. */
function withoutForwards(log: TickLog): TickLog {
  return withCalls(log, {
    append: async (topic, partition, bytes) => {
      const isStray = topic === 'ticks' && decodeLogRecord(bytes).some(({ kind }) => kind === 'forward');
      return isStray ? { offset: 0, appendTimeMs: 0 } : log.append(topic, partition, bytes);
    },
  });
}

function stockBrokers(): string[] {
  return (process.env[stockBrokersVariable] ?? '').split(',').filter((broker) => broker !== '');
}

function writingLater(store: Store, delayMs: number): Store {
  const write = (bars: readonly Bar[]): void => {
    store.writeBars(bars).catch((error: unknown) => console.error('bars are lost', error));
  };
  return withCalls(store, {
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
  return withCalls(store, {
    writeBars: (bars) => store.writeBars(bars).catch(drop),
    writeTape: (chunks) => store.writeTape(chunks).catch(drop),
    writeInstruments: (instruments) => store.writeInstruments(instruments).catch(drop),
  });
}

/** Dies before the so-manieth snapshot that covers bars is saved, or after it. */
function dying(when: 'before' | 'after', store: Store, times: number): Store {
  let [snapshots, bars] = [0, 0];
  return withCalls(store, {
    writeBars: async (rows) => {
      await store.writeBars(rows);
      bars += rows.length;
    },
    saveSnapshot: async (snapshot, claim) => {
      if (when === 'after') await store.saveSnapshot(snapshot, claim);
      if (bars > 0) snapshots += 1;
      if (snapshots >= times) process.kill(process.pid, 'SIGKILL');
      if (when === 'before') await store.saveSnapshot(snapshot, claim);
      bars = 0;
    },
  });
}
