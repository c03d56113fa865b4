/**
 * Ingest, workers, query and feed as processes of their own, on one Kafka and Cassandra: what the client library publishes is
 * what it reads, while workers come and go.
 */
import { connectPublisher } from '@tapeline/client';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { EventReader } from '../query/http-client.ts';
import type { HandTrade } from '../standalone/hand-publisher.ts';
import { expectedBars, makeTrades, pause, valuesOf } from '../standalone/live-trades.ts';
import { startMarket } from '../standalone/market-process.ts';
import { getJson, restBars, type Status, untilStatus } from '../standalone/rest.ts';
import { publishing, type TradeMaking } from './publishing.ts';
import { afterTest, folder, start } from './rig.ts';
import { onNewStream, unavailable } from './servers.ts';

const symbols = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF', 'GGG', 'HHH'];
const dataset = 'processes';
/** Some two thousand live trades a second. */
const makeSome: TradeMaking = (isOver, put) =>
  makeTrades(new Random(7), { symbols, count: 20, everyMs: 10 }, isOver, put);

async function expectAllBars(http: string, sent: readonly HandTrade[]): Promise<void> {
  for (const symbol of symbols) {
    const expected = expectedBars(sent.filter((trade) => trade.symbol === symbol));
    await expect
      .poll(
        async () => {
          const bars = await restBars(http, symbol, { interval: '1s', profile: 'all' });
          return bars.every(({ state }) => state !== 'forming') ? valuesOf(bars) : 'some bars still form';
        },
        { timeout: 60_000, interval: 500 },
      )
      .toEqual(expected);
  }
}

/** Symbols of which a stream tells forming bars, until it has told of all or the time is over. */
async function formingSymbols(http: string, withinMs: number): Promise<string[]> {
  const names = symbols.map((symbol) => `${dataset}/${symbol}`).join(',');
  const reader = await EventReader.open(`${http}/v1/stream?symbols=${names}&intervals=1m&forming=true`);
  const heard = new Set<string>();
  const deadline = performance.now() + withinMs;
  try {
    while (heard.size < symbols.length && performance.now() < deadline) {
      const { bars } = (await reader.nextOf('bars')).data as {
        readonly bars: readonly { readonly symbol: string; readonly state: string }[];
      };
      for (const { symbol, state } of bars) if (state === 'forming') heard.add(symbol);
    }
  } finally {
    reader.close();
  }
  return [...heard].toSorted();
}

test.skipIf(unavailable !== undefined)(
  'trades through ingest, two workers and query are the reference, and one worker may leave meanwhile (needs Kafka and Cassandra: install Java 17, or name servers by KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS)',
  async () => {
    const args = onNewStream();
    const ingest = start('ingest', args);
    const [first, second] = [start('worker', args), start('worker', args)];
    const query = start('query', args);
    const address = `127.0.0.1:${await ingest.field('port')}`;
    await Promise.all([first.field('address'), second.field('address')]);
    const http = `http://127.0.0.1:${await query.field('httpPort')}`;
    const published = publishing(await connectPublisher({ address, dataset }), makeSome);
    await untilStatus(http, ({ partitions, ticksTotal }) => partitions.length === 4 && ticksTotal > 100);
    for (const symbol of symbols) {
      const known = async (): Promise<number> => (await fetch(`${http}/v1/instruments/${symbol}`)).status;
      await expect.poll(known, { timeout: 30_000 }).toBe(200);
    }
    expect(await formingSymbols(http, 20_000)).toEqual(symbols);
    const begin = performance.now();
    const { code } = await first.end('SIGTERM');
    expect(code).toBe(0);
    expect(performance.now() - begin).toBeLessThan(5_000);
    // What was the other's is the second one's now.
    expect(await formingSymbols(http, 20_000)).toEqual(symbols);
    await pause(2_000);
    // How fast they come depends on what else the machine does; how many there are must not.
    await expect.poll(() => published.sent.length, { timeout: 60_000, interval: 100 }).toBeGreaterThan(5_000);
    await published.end();
    await expectAllBars(http, published.sent);
    const { partitions } = await getJson<Status>(http, '/v1/status');
    expect(partitions).toHaveLength(4);
    for (const each of [second, query, ingest]) expect((await each.end('SIGTERM')).code).toBe(0);
  },
);

test.skipIf(unavailable !== undefined)(
  'a feed process publishes to ingest, and a restart of it and of everything else adds nothing twice (needs Kafka and Cassandra: install Java 17, or name servers by KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS)',
  async () => {
    const args = onNewStream(2);
    const feedDir = folder();
    const counts: number[] = [];
    for (const run of [1, 2]) {
      const ingest = start('ingest', args);
      const [worker, query] = [start('worker', args), start('query', args)];
      const address = `127.0.0.1:${await ingest.field('port')}`;
      const http = `http://127.0.0.1:${await query.field('httpPort')}`;
      await worker.field('address');
      // The history that it makes once is the same in each run; what is live is not.
      const options = ['--ingest', address, '--feed-dir', feedDir, '--sim-backfill', '1h', '--symbols', 'ORBIT'];
      const feed = start('feed', options);
      await feed.field('ingest');
      const isMade = (): boolean => run === 2 || feed.err().includes('history is complete');
      await expect.poll(isMade, { timeout: 60_000 }).toBe(true);
      await untilStatus(http, ({ ticksTotal, lagMs }) => (run === 2 || ticksTotal > 200) && lagMs < 5_000);
      await expect
        .poll(async () => (await fetch(`${http}/v1/instruments/ORBIT`)).status, { timeout: 30_000 })
        .toBe(200);
      const ending = await feed.end('SIGTERM');
      expect([run, ending.code]).toEqual([run, 0]);
      await pause(4_000);
      const bars = await restBars(http, 'ORBIT', { interval: '1m', profile: 'all' });
      const history = bars.slice(0, 30);
      expect(history).toHaveLength(30);
      counts.push(history.reduce((sum, { trades }) => sum + trades, 0));
      for (const each of [worker, query, ingest]) expect((await each.end('SIGTERM')).code).toBe(0);
    }
    expect(counts[1]).toBe(counts[0]);
  },
);

test.skipIf(unavailable !== undefined)(
  'standalone runs on them as it does on a directory, says where, and goes on where it was (needs Kafka and Cassandra: install Java 17, or name servers by KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS)',
  async () => {
    const args = [...onNewStream(), '--feed', 'none', '--data-dir', folder()];
    const sent: HandTrade[] = [];
    for (const run of [1, 2]) {
      const market = await startMarket(args);
      afterTest(() => market.end('SIGKILL'));
      expect(market.err()).toMatch(/tapeline: data {5}Kafka \S+, stream \S+; Cassandra \S+, keyspace \S+\n/);
      expect(market.err()).toMatch(/tapeline: limit {4}The stream was made with 4 partitions/);
      const published = publishing(await connectPublisher({ address: market.grpc, dataset }), makeSome);
      await pause(2_000);
      await published.end();
      sent.push(...published.sent);
      await expectAllBars(market.http, sent);
      const { signal } = await market.end('SIGTERM');
      expect([run, signal]).toEqual([run, 'SIGTERM']);
    }
  },
);
