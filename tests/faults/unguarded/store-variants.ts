/**
 * Stores of workers whose guards against old writes, large batches and other tables are gone. In: the store, a number. Out:
 * the same store with some of its calls done in the way that one would think of first.
 */
import { type Bar, type Store, StoreError } from '@tapeline/domain';
import { StockBars } from './stock-bars.ts';
import { withCalls } from './with-calls.ts';

const triesMax = 60;
const againMsMin = 1_000;
const againMsMax = 3_000;

/** The newest write wins, not the newest revision. */
export function byWallClock(store: Store): Store {
  const stock = new StockBars({ timestamps: 'wall', columns: 'all' });
  return withCalls(store, { writeBars: (bars) => stock.write(bars) });
}

/** No guard taken: writes of bars begin so many ms later, as behind a slow network. */
export function writingSlowly(store: Store, delayMs: number): Store {
  return withCalls(store, {
    writeBars: async (bars) => {
      await new Promise((resolve) => {
        setTimeout(resolve, delayMs);
      });
      await store.writeBars(bars);
    },
  });
}

/** Whoever saves a snapshot takes the right to it first. */
export function withoutClaims(store: Store): Store {
  return withCalls(store, {
    saveSnapshot: async (snapshot) => {
      await store.saveSnapshot(snapshot, await store.claimSnapshots(snapshot.partition));
    },
  });
}

/** A row that is not answered in time is sent again later, as a new write; others go on meanwhile. */
export function tryingAnew(store: Store, answerWithinMs: number): Store {
  const stock = new StockBars({ timestamps: 'wall', columns: 'all', answerWithinMs });
  const send = async (bar: Bar): Promise<void> => {
    for (let tries = 1; tries <= triesMax; tries += 1) {
      try {
        await stock.write([bar]);
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, againMsMin + Math.random() * (againMsMax - againMsMin));
        });
      }
    }
  };
  return withCalls(store, {
    writeBars: async (bars) => {
      for (const bar of bars) send(bar).catch((error: unknown) => console.error('a row is lost', error));
    },
  });
}

/** Everything that belongs to a partition of Cassandra goes there at once. */
export function inOneBatch(store: Store): Store {
  const stock = new StockBars({ timestamps: 'bar', columns: 'all' });
  return withCalls(store, { writeBars: (bars) => stock.writeInOneBatch(bars) });
}

/** What the table has no column for is left out. */
export function ofColumnsThere(store: Store): Store {
  const stock = new StockBars({ timestamps: 'bar', columns: 'those-there' });
  return withCalls(store, { writeBars: (bars) => stock.write(bars) });
}
