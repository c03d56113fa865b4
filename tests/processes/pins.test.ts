/**
 * Pins on real servers: two ingest processes, of which one stands still in the middle of it, meet instruments at the moment at
 * which they are pinned. Everything of each lies in one partition, and query finds it there: history, streams, resumed ones.
 */
import { backendOptions, openBackend } from '@tapeline/backend';
import { type KeyspaceAdmin, openKeyspaceAdmin, type SettledPins } from '@tapeline/cassandra';
import { connectPublisher } from '@tapeline/client';
import { homePartition, type InstrumentPin } from '@tapeline/domain';
import { createHealth, createMetrics, readOptions, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { symbolsOf } from '../ingest/log-symbols.ts';
import { EventReader } from '../query/http-client.ts';
import type { HandTrade } from '../standalone/hand-publisher.ts';
import { expectedBars, makeTrades, pause, valuesOf } from '../standalone/live-trades.ts';
import { restBars } from '../standalone/rest.ts';
import { recordsOf } from '../worker/outputs.ts';
import { publishing } from './publishing.ts';
import { afterTest, start } from './rig.ts';
import { onNewStream, unavailable } from './servers.ts';

const dataset = 'pinned';
const partitions = 4;
const symbols = Array.from({ length: 24 }, (_, index) => `P${index}`);
/** Every instrument shall live where it would not by its name. */
const pins: readonly InstrumentPin[] = symbols.map((symbol) => {
  return { dataset, symbol, partition: (homePartition(dataset, symbol, partitions) + 1) % partitions };
});

const parts = { clock: systemClock, random: systemRandom, logger: silentLogger };

function valueOf(args: readonly string[], option: string): string {
  return args[args.indexOf(option) + 1] ?? '';
}

async function adminOf(args: readonly string[]): Promise<KeyspaceAdmin> {
  const admin = await openKeyspaceAdmin({
    ...parts,
    metrics: createMetrics({ ofProcess: false }),
    contactPoints: valueOf(args, '--cassandra').split(','),
    localDataCenter: valueOf(args, '--cassandra-dc'),
    keyspace: valueOf(args, '--keyspace'),
  });
  afterTest(() => admin.close());
  return admin;
}

/** Enters some as the first ticks come, some a moment later, and some that come late for sure. */
async function enterInTurns(admin: KeyspaceAdmin, stream: string): Promise<SettledPins> {
  const turns = await Promise.all(
    [0, 40, 2_000].map(async (afterMs, turn) => {
      await pause(afterMs);
      return admin.enterPins(stream, pins.slice(turn * 8, turn * 8 + 8));
    }),
  );
  return { held: turns.flatMap(({ held }) => held), late: turns.flatMap(({ late }) => late) };
}

/** In which partitions there is something of each symbol. */
async function partitionsBySymbol(args: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const line = readOptions(backendOptions, args, {});
  if (line.kind !== 'read') throw new Error(JSON.stringify(line));
  const metrics = createMetrics({ ofProcess: false });
  const backend = await openBackend(line.values, { ...parts, metrics, health: createHealth() });
  afterTest(() => backend.close());
  const found = new Map<string, readonly number[]>();
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const symbol of symbolsOf(await recordsOf(backend.log, 'ticks', partition))) {
      found.set(symbol, [...(found.get(symbol) ?? []), partition]);
    }
  }
  return found;
}

/** Symbols of bars that a stream of all tells, until it has told of each. */
async function toldBars(reader: EventReader): Promise<void> {
  const left = new Set(symbols);
  while (left.size > 0) {
    const { bars } = (await reader.nextOf('bars')).data as { readonly bars: readonly { readonly symbol: string }[] };
    for (const { symbol } of bars) left.delete(symbol);
  }
}

async function expectBars(http: string, sent: readonly HandTrade[]): Promise<void> {
  for (const symbol of symbols) {
    const own = sent.filter((trade) => trade.symbol === symbol);
    const expected = expectedBars(own.toSorted((left, right) => Number(left.eventTimeNs - right.eventTimeNs)));
    const bars = async (): Promise<unknown> =>
      valuesOf(await restBars(http, symbol, { interval: '1s', profile: 'all' }));
    await expect.poll(bars, { timeout: 60_000, interval: 500 }).toEqual(expected);
  }
}

test.skipIf(unavailable !== undefined)(
  'instruments that are pinned while two ingests meet them live in one place each, where query finds them (needs Kafka and Cassandra: install Java 17, or name servers by KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS)',
  async () => {
    const args = onNewStream(partitions);
    const ingests = [start('ingest', args), start('ingest', args)];
    const [worker, query] = [start('worker', args), start('query', args)];
    const addresses = await Promise.all(ingests.map(async (each) => `127.0.0.1:${await each.field('port')}`));
    const http = `http://127.0.0.1:${await query.field('httpPort')}`;
    await worker.field('address');
    const admin = await adminOf(args);
    const publishers = await Promise.all(addresses.map(async (address) => connectPublisher({ address, dataset })));
    const entering = enterInTurns(admin, valueOf(args, '--stream'));
    const published = publishers.map((publisher, place) =>
      publishing(publisher, (isOver, put) =>
        makeTrades(new Random(place + 1), { symbols, count: 10, everyMs: 10 }, isOver, (trade) =>
          // So that no two publishers have a trade at one time.
          put({ ...trade, eventTimeNs: trade.eventTimeNs + BigInt(place) * 500_000n }),
        ),
      ),
    );
    await pause(30);
    process.kill(ingests[0]?.pid ?? 0, 'SIGSTOP');
    const { held, late } = await entering;
    await pause(5_000);
    process.kill(ingests[0]?.pid ?? 0, 'SIGCONT');
    expect(held.length + late.length).toBe(pins.length);
    expect(Math.min(held.length, late.length)).toBeGreaterThan(0);
    for (const symbol of symbols) {
      const known = async (): Promise<number> => (await fetch(`${http}/v1/instruments/${symbol}`)).status;
      await expect.poll(known, { timeout: 30_000 }).toBe(200);
    }
    const url = `${http}/v1/stream?symbols=${symbols.map((symbol) => `${dataset}/${symbol}`).join(',')}&intervals=1s`;
    const reader = await EventReader.open(url);
    await toldBars(reader);
    await toldBars(reader);
    reader.close();
    const resumed = await EventReader.open(url, { 'Last-Event-ID': reader.lastId });
    await toldBars(resumed);
    resumed.close();
    await Promise.all(published.map(async (each) => each.end()));
    await expectBars(
      http,
      published.flatMap(({ sent }) => sent),
    );
    expect(await admin.findPins(valueOf(args, '--stream'), pins)).toEqual({ held, late });
    const lies = await partitionsBySymbol(args);
    for (const { symbol, partition } of held) expect([symbol, lies.get(symbol)]).toEqual([symbol, [partition]]);
    for (const { symbol } of late) {
      expect([symbol, lies.get(symbol)]).toEqual([symbol, [homePartition(dataset, symbol, partitions)]]);
    }
    process.stdout.write(`pins: ${held.length} held, ${late.length} came late\n`);
    for (const each of [worker, query, ...ingests]) expect((await each.end('SIGTERM')).code).toBe(0);
  },
);
