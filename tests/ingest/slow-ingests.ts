/**
 * Several ingests on one simulated log and store, whose answers take a while before and after the store decides. In: chance, how
 * long to wait. Out: a world on one manual clock, in which look-ups, claims and appends fall between each other.
 */
import type { InstrumentPin, Store } from '@tapeline/domain';
import { createIngest, type Ingest, ingestConfigDefaults, type KnownInstruments } from '@tapeline/ingest';
import { createMetrics, ManualClock, silentLogger } from '@tapeline/runtime';
import { type FaultSource, type Random, SimulatedLog, SimulatedStore, VirtualClock } from '@tapeline/simulation';
import { risingRandom, startMs } from './ingest-rig.ts';

/** How long one way to the store or back takes, ms. */
export type Wait = (random: Random) => number;

/** What a run is made of. */
export type SlowWorld = {
  readonly clock: ManualClock;
  readonly log: SimulatedLog;
  readonly store: SimulatedStore;
  readonly ingests: readonly Ingest[];
};

/** What may differ between worlds. */
export type SlowWorldOptions = {
  readonly partitions: number;
  readonly wait: Wait;
  readonly known: (store: Store) => KnownInstruments;
  readonly faults?: FaultSource | undefined;
};

/** The store, whose answers take a while. */
export function slowed(store: SimulatedStore, clock: ManualClock, random: Random, wait: Wait): Store {
  const slow = async <Value>(ask: () => Promise<Value>): Promise<Value> => {
    await clock.sleep(wait(random));
    const answer = await ask();
    await clock.sleep(wait(random));
    return answer;
  };
  return Object.assign(Object.create(store) as Store, {
    instrumentsNamed: (...query: Parameters<Store['instrumentsNamed']>) => slow(() => store.instrumentsNamed(...query)),
    writeInstruments: (...some: Parameters<Store['writeInstruments']>) => slow(() => store.writeInstruments(...some)),
    enterPins: (pins: readonly InstrumentPin[]) => slow(() => store.enterPins(pins)),
  });
}

/** Two or three ingests, by chance. */
export function slowWorld(random: Random, { partitions, wait, known, faults }: SlowWorldOptions): SlowWorld {
  const clock = new ManualClock(startMs);
  const log = new SimulatedLog({ clock: new VirtualClock(startMs), partitions });
  const store = new SimulatedStore(faults);
  // One source for all, so that publishers' ids differ.
  const ids = risingRandom();
  const ingests = Array.from({ length: random.int(2, 3) }, () =>
    createIngest({
      log,
      knownInstruments: known(slowed(store, clock, random.fork(), wait)),
      clock,
      random: ids,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
      config: { ...ingestConfigDefaults, lingerMs: random.choice([0, 1, 5]) },
    }),
  );
  return { clock, log, store, ingests };
}
