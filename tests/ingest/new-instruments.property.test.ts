/**
 * Several ingests meet new instruments at once. Law 3: whoever brings other terms is refused before the log has the tick,
 * so nothing that was acknowledged goes to quarantine, however their look-ups, claims and appends fall between each other.
 */
import {
  encodeTickBlock,
  type FeedStream,
  foldConfigDefaults,
  type InstrumentTerms,
  PartitionFold,
  type Store,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';
import { createIngest, type Ingest, ingestConfigDefaults, type KnownInstruments, knownInStore } from '@tapeline/ingest';
import { createMetrics, type ManualClock, silentLogger } from '@tapeline/runtime';
import { FaultSource, Random, type SimulatedLog } from '@tapeline/simulation';
import { wireIngest } from '@tapeline/wire';
import { expect, test } from 'vitest';
import {
  collect,
  liveId,
  open,
  pumped,
  requestBytes,
  type RequestParts,
  risingRandom,
  rows,
  startMs,
  trade,
} from './ingest-rig.ts';
import { slowWorld, type SlowWorld } from './slow-ingests.ts';

const seeds = Number(process.env['TAPELINE_INGEST_SEEDS'] ?? 300);
const cents = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };
const termsDrawn = [cents, { ...cents, priceExponent: -4 }, { ...cents, sizeExponent: -3 }] as const;

/** Asks the store only, as an ingest did that believes to be alone. */
function withoutClaim(store: Store): KnownInstruments {
  return { find: knownInStore(store).find };
}

function rowOf(symbol: string, terms: InstrumentTerms, sequence: number, link: number): TickRow {
  const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
  const [eventSec, eventNano] = [startMs / 1_000, 0];
  return { symbol, terms, sequence, link, eventSec, eventNano, attributes, price: 100, size: 1 };
}

function worldOf(random: Random, known: (store: Store) => KnownInstruments, faults?: FaultSource): SlowWorld {
  return slowWorld(random, { partitions: random.int(1, 2), wait: (chance) => chance.int(0, 4), known, faults });
}

/** What one publisher did: ticks sent, those refused, and whether all of them were settled. */
type Sent = { readonly ticks: number; readonly rejected: number; readonly message: string; readonly isWhole: boolean };

async function publishOn(ingest: Ingest, clock: ManualClock, random: Random): Promise<Sent> {
  const stream: FeedStream = await ingest.sink.open({ dataset: 'd', timeDomain: TimeDomain.live, clientName: 'feed' });
  const lasts = new Map<string, number>();
  const terms = new Map(['A', 'B', 'C'].map((symbol) => [symbol, random.choice(termsDrawn)]));
  let ticks = 0;
  try {
    for (let batch = random.int(1, 3); batch > 0; batch -= 1) {
      await clock.sleep(random.int(0, 6));
      const rowsOfBatch = Array.from({ length: random.int(1, 4) }, (): TickRow => {
        const symbol = random.choice(['A', 'B', 'C']);
        const link = lasts.get(symbol) ?? 0;
        ticks += 1;
        lasts.set(symbol, ticks);
        return rowOf(symbol, terms.get(symbol) ?? cents, ticks, link);
      });
      await stream.send(rowsOfBatch);
    }
    await stream.settled();
  } catch {
    return { ticks, rejected: stream.rejected.count, message: '', isWhole: false };
  }
  const { count, first } = stream.rejected;
  return { ticks, rejected: count, message: first?.message ?? '', isWhole: true };
}

type Counted = { applied: number; quarantined: number; voided: number };

async function counted(log: SimulatedLog): Promise<Counted> {
  const sum: Counted = { applied: 0, quarantined: 0, voided: 0 };
  for (let partition = 0; partition < log.partitionCount; partition += 1) {
    const fold = PartitionFold.start({ ...foldConfigDefaults, partition });
    const { endOffset } = await log.range('ticks', partition);
    const reader = log.open('ticks', partition, 0);
    for (let next = 0; next < endOffset;) {
      const records = (await reader.next()) ?? [];
      fold.step(records);
      next = (records.at(-1)?.offset ?? endOffset) + 1;
    }
    await reader.close();
    for (const name of Object.keys(sum) as (keyof Counted)[]) sum[name] += fold.counters[name];
  }
  return sum;
}

async function run(
  seed: number,
  known: (store: Store) => KnownInstruments,
  failing: boolean = false,
): Promise<{ readonly counted: Counted; readonly sent: readonly Sent[] }> {
  const random = new Random(seed);
  const faults = failing
    ? new FaultSource(random.fork(), { full: 0.05, unavailable: 0.1, landedUnknown: 0.15 })
    : undefined;
  const { clock, log, ingests } = worldOf(random, known, faults);
  const publishing = ingests.flatMap((ingest) =>
    Array.from({ length: random.int(1, 2) }, () => publishOn(ingest, clock, random.fork())),
  );
  const sent = await pumped(clock, Promise.all(publishing));
  await pumped(clock, Promise.all(ingests.map((ingest) => ingest.stop())));
  return { counted: await counted(log), sent };
}

function sumOf(sent: readonly Sent[], of: (one: Sent) => number): number {
  return sent.reduce((sum, one) => sum + of(one), 0);
}

test('ingests that only look terms up acknowledge ticks that then do not count', async () => {
  let lost = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const { counted: found, sent } = await run(seed, withoutClaim);
    if (found.applied < sumOf(sent, ({ ticks, rejected }) => ticks - rejected)) lost += 1;
  }
  expect(lost).toBeGreaterThan(10);
});

test('every acknowledged tick of a new instrument counts, and other terms are refused before the log has them', async () => {
  let refused = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { counted: found, sent } = await run(seed, knownInStore);
    const rejected = sumOf(sent, (one) => one.rejected);
    const applied = sumOf(sent, ({ ticks }) => ticks) - rejected;
    expect({ seed, ...found }).toEqual({ seed, applied, quarantined: 0, voided: rejected });
    const told = sent.filter(({ message }) => message !== '');
    expect(told.filter(({ message }) => !message.includes('is in the log with price_exponent'))).toEqual([]);
    refused += told.length;
  }
  expect(refused).toBeGreaterThan(seeds / 2);
});

test('a store that fails ends streams, and what was acknowledged before and beside it still counts', async () => {
  let failed = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { counted: found, sent } = await run(seed, knownInStore, true);
    const whole = sent.filter(({ isWhole }) => isWhole);
    const acknowledged = sumOf(whole, ({ ticks, rejected }) => ticks - rejected);
    expect({ seed, quarantined: found.quarantined }).toEqual({ seed, quarantined: 0 });
    expect(found.applied).toBeGreaterThanOrEqual(acknowledged);
    failed += sent.length - whole.length;
  }
  expect(failed).toBeGreaterThan(seeds / 10);
});

/** An ingest that another one overtakes at every claim: the store has `cents` by then. */
function overtaken(): { readonly ingest: Ingest; readonly clock: ManualClock; readonly log: SimulatedLog } {
  const { clock, store, log } = worldOf(new Random(1), knownInStore);
  const known = knownInStore(store);
  const knownInstruments: KnownInstruments = {
    find: known.find,
    claim: async (dataset, terms) => {
      await store.writeInstruments([...terms.keys()].map((symbol) => ({ dataset, symbol, terms: cents })));
      return known.claim?.(dataset, terms) ?? new Map();
    },
  };
  const config = { ...ingestConfigDefaults, lingerMs: 0 };
  const parts = { log, knownInstruments, clock, random: risingRandom(), logger: silentLogger, config };
  return { ingest: createIngest({ ...parts, metrics: createMetrics({ ofProcess: false }) }), clock, log };
}

const finer = termsDrawn[1];
const given = [{ symbol: 'AAA', ...finer, tickSize: 1n }];

function block(ticks: number): RequestParts {
  const header = { publisherId: liveId, timeDomain: 1, mapEpoch: 0, dataset: 'd', receiveTimeNs: 0n } as const;
  const ofBlock = Array.from({ length: ticks }, (_, index) => rowOf('AAA', finer, index + 1, index));
  return { block: encodeTickBlock(header, ofBlock) };
}

const forms: readonly [form: string, requests: readonly RequestParts[], refused: number][] = [
  ['a row that is a message', [rows([trade(1, 0)], given)], 1],
  ['rows', [rows([trade(1, 0), trade(2, 1)], given)], 2],
  ['a block of one tick', [block(1)], 1],
  ['a block', [block(3)], 3],
];

test.each(forms)('who loses a claim is refused by the terms of the winner: %s', async (_form, requests, refused) => {
  const { ingest, clock, log } = overtaken();
  async function* send(): AsyncGenerator<{ bytes: Uint8Array }> {
    for (const request of [open(liveId, 'd'), ...requests]) yield requestBytes(request);
  }
  const call = { signal: new AbortController().signal };
  const { rejects, error } = await pumped(clock, collect(ingest.service.publish(send(), call)));
  expect([error, rejects.map(({ code }) => code)]).toEqual([undefined, Array(refused).fill('TERMS_MISMATCH')]);
  expect(await counted(log)).toEqual({ applied: 0, quarantined: 0, voided: refused });
});

test('who loses a claim is refused by the terms of the winner: ticks by hand', async () => {
  const { ingest, clock, log } = overtaken();
  const ticks = [{ symbol: 'AAA', tick: { $case: 'trade' as const, value: { price: '1', size: '1' } } }];
  const request = wireIngest.PublishOnceRequest.fromPartial({ dataset: 'd', ticks, instruments: given });
  const call = { signal: new AbortController().signal };
  const { accepted, rejects } = await pumped(clock, ingest.service.publishOnce(request, call));
  expect([accepted, rejects.map(({ rejection }) => rejection?.code)]).toEqual([0, ['TERMS_MISMATCH']]);
  expect((await counted(log)).quarantined).toBe(0);
});

test('a message claims up to 64 instruments at once, none of a tick that is refused, and each once', async () => {
  const { clock, log, store } = worldOf(new Random(1), knownInStore);
  const known = knownInStore(store);
  const claims: number[] = [];
  const claim: KnownInstruments['claim'] = async (dataset, terms) => {
    claims.push(terms.size);
    return known.claim?.(dataset, terms) ?? new Map();
  };
  const config = { ...ingestConfigDefaults, lingerMs: 0 };
  const parts = { log, clock, random: risingRandom(), logger: silentLogger, config };
  const metrics = createMetrics({ ofProcess: false });
  const ingest = createIngest({ ...parts, metrics, knownInstruments: { find: known.find, claim } });
  const stream = await ingest.sink.open({ dataset: 'd', timeDomain: TimeDomain.live, clientName: 'feed' });
  const batch = Array.from({ length: 100 }, (_, index) => rowOf(`S${index}`, cents, index + 1, 0));
  await pumped(clock, stream.send([...batch, { ...rowOf('BAD', cents, 101, 0), size: 0 }]));
  await pumped(clock, stream.send([rowOf('S1', cents, 102, 2)]));
  await pumped(clock, stream.settled());
  expect([claims, stream.rejected.count]).toEqual([[64, 36], 1]);
  expect(await store.instrumentsNamed('BAD')).toEqual([]);
  expect((await counted(log)).applied).toBe(101);
});
