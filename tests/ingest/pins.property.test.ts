/**
 * Pins race with the first entries of their instruments. Laws 3 and 4: whoever decides first, an operator or one of several
 * ingests, some of which stand still for far longer than all others take, everything of an instrument lies in one partition,
 * and all agree which.
 */
import {
  type FeedStream,
  FeedStreamError,
  foldConfigDefaults,
  homePartition,
  livesIn,
  PartitionFold,
  type Store,
  type TickRow,
  TimeDomain,
  StoreError,
} from '@tapeline/domain';
import { type Ingest, type KnownInstruments, knownInStore } from '@tapeline/ingest';
import type { ManualClock } from '@tapeline/runtime';
import { FaultSource, Random, type SimulatedLog, SimulatedStore } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { recordsOf } from '../worker/outputs.ts';
import { pumped, startMs } from './ingest-rig.ts';
import { symbolsOf } from './log-symbols.ts';
import { slowed, slowWorld, type SlowWorld, type Wait } from './slow-ingests.ts';

const seeds = Number(process.env['TAPELINE_INGEST_SEEDS'] ?? 300);
const partitions = 4;
const symbols = ['A', 'B', 'C', 'D', 'E'];
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };
/** A process that stands still does so for this long; everything else of a run takes some ten ms. */
const pauseMs = 1_000;

/** Answers take a while, and at times very long. */
const wait: Wait = (random) => (random.chance(0.04) ? pauseMs : random.int(0, 4));

type Sent = { readonly ticks: number; readonly rejected: number };

/** A replay publisher: ticks, some of them refused, progress also before any tick, and at last the end of all it named. */
async function publishOn(ingest: Ingest, clock: ManualClock, random: Random): Promise<Sent> {
  const identity = { dataset: 'd', timeDomain: TimeDomain.replay, clientName: 'feed' };
  const stream: FeedStream = await ingest.sink.open(identity);
  const lasts = new Map<string, number>();
  let ticks = 0;
  const rowOf = (): TickRow => {
    const symbol = random.choice(symbols);
    const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
    const link = lasts.get(symbol) ?? 0;
    ticks += 1;
    lasts.set(symbol, ticks);
    const size = random.chance(0.4) ? 0 : 1;
    return {
      symbol,
      terms,
      sequence: ticks,
      link,
      eventSec: startMs / 1_000,
      eventNano: 0,
      attributes,
      price: 100,
      size,
    };
  };
  try {
    for (let batch = random.int(1, 4); batch > 0; batch -= 1) {
      await clock.sleep(random.int(0, 6));
      if (random.chance(0.3)) {
        const symbol = random.choice(symbols);
        await stream.progress([{ symbol, link: lasts.get(symbol) ?? 0, timeNs: 1n }]);
      } else await stream.send(Array.from({ length: random.int(1, 3) }, rowOf));
    }
    // Also of one that may have had no tick.
    const named = new Map([['A', 0], ...lasts]);
    await stream.end([...named].map(([symbol, link]) => ({ symbol, link })));
    await stream.settled();
  } catch (error) {
    // The store failed; where nothing fails, ticks are missing then.
    if (!(error instanceof FeedStreamError)) throw error;
  }
  return { ticks, rejected: stream.rejected.count };
}

/** Two operators, of which one has other ideas: what each was told of its pins. */
async function pinOn({ clock, store }: SlowWorld, random: Random): Promise<ReadonlyMap<string, number | undefined>[]> {
  const own = slowed(store, clock, random.fork(), wait);
  return Promise.all(
    [0, 1].map(async () => {
      const pins = symbols
        .filter(() => random.chance(0.7))
        .map((symbol) => ({ dataset: 'd', symbol, partition: random.int(0, partitions - 1) }));
      await clock.sleep(random.int(0, 12));
      try {
        const told = await own.enterPins?.(pins);
        return new Map(pins.map(({ symbol }, place) => [symbol, told?.[place]]));
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return new Map();
      }
    }),
  );
}

/** Symbols of everything in a partition, and what its fold made of it. */
async function readPartition(
  log: SimulatedLog,
  partition: number,
): Promise<{ readonly names: ReadonlySet<string>; readonly fold: PartitionFold }> {
  const records = await recordsOf(log, 'ticks', partition);
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition });
  fold.step(records);
  return { names: symbolsOf(records), fold };
}

/** Where the store says that an instrument lives; one that nobody has decided is asked by a pin of our own. */
async function placeOf(store: SimulatedStore, symbol: string): Promise<number> {
  const [found] = await store.instrumentsNamed(symbol, 'd');
  if (found !== undefined) return livesIn(found, partitions);
  const [pin] = await store.enterPins([{ dataset: 'd', symbol, partition: 0 }]);
  return pin ?? -1;
}

type Run = {
  readonly lies: Readonly<Record<string, readonly number[]>>;
  readonly lives: Readonly<Record<string, number>>;
  readonly told: readonly ReadonlyMap<string, number | undefined>[];
  readonly counted: { readonly applied: number; readonly voided: number; readonly gaps: number };
  readonly sent: readonly Sent[];
};

async function run(seed: number, known: (store: Store) => KnownInstruments, isFailing: boolean = false): Promise<Run> {
  const random = new Random(seed);
  const chances = { full: 0.05, unavailable: 0.1, landedUnknown: 0.15 };
  const faults = isFailing ? new FaultSource(random.fork(), chances) : undefined;
  const world = slowWorld(random, { partitions, wait, known, faults });
  const { clock, log, store, ingests } = world;
  const publishing = ingests.flatMap((ingest) =>
    Array.from({ length: random.int(1, 2) }, () => publishOn(ingest, clock, random.fork())),
  );
  const [sent, told] = await pumped(clock, Promise.all([Promise.all(publishing), pinOn(world, random.fork())]));
  await pumped(clock, Promise.all(ingests.map((ingest) => ingest.stop())));
  const read = await Promise.all(Array.from({ length: partitions }, (_, partition) => readPartition(log, partition)));
  const lies = Object.fromEntries(
    symbols.map((symbol) => [symbol, read.flatMap(({ names }, partition) => (names.has(symbol) ? [partition] : []))]),
  );
  const lives: Record<string, number> = {};
  const mended = new SimulatedStore(new FaultSource(), store);
  for (const symbol of symbols) lives[symbol] = await placeOf(mended, symbol);
  const sum = (of: (fold: PartitionFold) => number): number => read.reduce((all, { fold }) => all + of(fold), 0);
  const counted = {
    applied: sum(({ counters }) => counters.applied),
    voided: sum(({ counters }) => counters.voided),
    gaps: sum(({ counters }) => counters.gapsDeclared),
  };
  return { lies, lives, told, counted, sent };
}

test('everything of an instrument lies where it lives, and every operator and ingest was told the same', async () => {
  let [pinned, late] = [0, 0];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { lies, lives, told, counted, sent } = await run(seed, knownInStore);
    for (const symbol of symbols) {
      expect([seed, symbol, lies[symbol]?.filter((partition) => partition !== lives[symbol])]).toEqual([
        seed,
        symbol,
        [],
      ]);
      for (const pins of told) {
        if (!pins.has(symbol)) continue;
        const pin = pins.get(symbol);
        if (pin === undefined) late += 1;
        else pinned += 1;
        expect([seed, symbol, pin ?? homePartition('d', symbol, partitions)]).toEqual([seed, symbol, lives[symbol]]);
      }
    }
    const rejected = sent.reduce((all, one) => all + one.rejected, 0);
    const applied = sent.reduce((all, { ticks }) => all + ticks, 0) - rejected;
    expect([seed, counted]).toEqual([seed, { applied, voided: rejected, gaps: 0 }]);
  }
  expect(Math.min(pinned, late)).toBeGreaterThan(seeds / 4);
});

test('a store that fails, also after it decided, puts nothing astray', async () => {
  let failed = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { lies, lives, counted, sent } = await run(seed, knownInStore, true);
    for (const symbol of symbols) {
      expect([seed, symbol, lies[symbol]?.filter((partition) => partition !== lives[symbol])]).toEqual([
        seed,
        symbol,
        [],
      ]);
    }
    if (counted.applied + counted.voided < sent.reduce((all, { ticks }) => all + ticks, 0)) failed += 1;
  }
  expect(failed).toBeGreaterThan(seeds / 10);
});

/** Settles terms alone, so that a Void before them goes by the name. */
function termsAlone(store: Store): KnownInstruments {
  const { find, claim } = knownInStore(store);
  return claim === undefined ? { find } : { find, claim };
}

/** Looks once whether an instrument is pinned and goes by that, as a process does that remembers "not pinned". */
function looksOnce(store: Store): KnownInstruments {
  return { find: knownInStore(store).find };
}

test.each([
  ['settle terms alone', termsAlone],
  ['look once and remember', looksOnce],
])('ingests that %s leave entries where their instruments do not live', async (_what, known) => {
  let astray = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const { lies, lives } = await run(seed, known);
    if (symbols.some((symbol) => lies[symbol]?.some((partition) => partition !== lives[symbol]))) astray += 1;
  }
  expect(astray).toBeGreaterThan(10);
});
