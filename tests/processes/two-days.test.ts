/**
 * Two real days of two instruments through ingest, three workers and query on Kafka and Cassandra, with workers killed, ended
 * and started meanwhile, beside live ticks. Laws 1 and 3: every bar is what SQL says of the files and what the embedded market
 * makes of them, and the old days and the live ticks do not disturb each other.
 */
import { connectPublisher } from '@tapeline/client';
import { profileNames } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { expectPrinted, type PrintedBar } from '../oracle/printed-bars.ts';
import { isReferenceDataMissing, leanTrades, newYorkCalendar } from '../oracle/reference-folder.ts';
import type { Market } from '../oracle/sql/session-segments.ts';
import { expectedBars, makeTrades, pause, valuesOf } from '../standalone/live-trades.ts';
import { startMarket } from '../standalone/market-process.ts';
import { restBars, untilReplayed, untilStatus } from '../standalone/rest.ts';
import { publishing } from './publishing.ts';
import { afterTest, folder, start } from './rig.ts';
import { onNewStream, unavailable } from './servers.ts';

const hours: Market = { kind: 'us', hours: { csv: newYorkCalendar } };
const intervals = ['1s', '1m', '1h', '1d'];
const symbols = ['SPY', 'IBM'];
const days = ['20131007', '20131008'];
const files = symbols.flatMap((symbol) => days.map((day) => leanTrades(`${symbol.toLowerCase()}_${day}`)));
const liveSymbols = ['LIVE1', 'LIVE2', 'LIVE3'];
/** Two trading days take about a minute. */
const speed = '800';

/** Kills, ends and starts workers until it is told to stop; three live at each end. */
async function shuffleWorkers(
  args: readonly string[],
  isOver: () => boolean,
): Promise<{ kills: number; ends: number }> {
  const random = new Random(11);
  const workers = [start('worker', args), start('worker', args), start('worker', args)];
  await Promise.all(workers.map((worker) => worker.field('address')));
  const done = { kills: 0, ends: 0 };
  while (!isOver()) {
    await pause(2_000);
    const place = random.int(0, workers.length - 1);
    const isKill = done.kills <= done.ends;
    await workers[place]?.end(isKill ? 'SIGKILL' : 'SIGTERM');
    done[isKill ? 'kills' : 'ends'] += 1;
    workers[place] = start('worker', args);
    await workers[place]?.field('address');
  }
  return done;
}

async function embeddedBars(): Promise<Map<string, readonly PrintedBar[]>> {
  const market = await startMarket(['--replay', ...files, '--speed', 'max', '--data-dir', folder()]);
  afterTest(() => market.end('SIGKILL'));
  await untilReplayed(market.http);
  const bars = await allBars(market.http);
  await market.end('SIGTERM');
  return bars;
}

async function allBars(http: string): Promise<Map<string, readonly PrintedBar[]>> {
  const bars = new Map<string, readonly PrintedBar[]>();
  for (const symbol of symbols) {
    for (const interval of intervals) {
      for (const profile of profileNames) {
        bars.set(`${symbol} ${interval} ${profile}`, await restBars(http, symbol, { interval, profile }));
      }
    }
  }
  return bars;
}

test.skipIf(unavailable !== undefined || isReferenceDataMissing)(
  'two days on Kafka and Cassandra with three workers that come and go are those of SQL and of the embedded market (needs Kafka, Cassandra and the reference data: install Java 17 and set TAPELINE_SHARED to its folder)',
  async () => {
    const args = onNewStream(6);
    const ingest = start('ingest', args);
    const query = start('query', args);
    const address = `127.0.0.1:${await ingest.field('port')}`;
    const http = `http://127.0.0.1:${await query.field('httpPort')}`;
    let isReplayed = false;
    const shuffling = shuffleWorkers(args, () => isReplayed);
    const live = publishing(await connectPublisher({ address, dataset: 'live' }), (isOver, put) =>
      makeTrades(new Random(5), { symbols: liveSymbols, count: 20, everyMs: 20 }, isOver, put),
    );
    const replay = ['--feed', 'replay', '--replay', ...files, '--speed', speed];
    const feed = start('feed', [...replay, '--ingest', address, '--feed-dir', folder()]);
    await expect.poll(() => /"state":"ended"/.test(feed.err()), { timeout: 180_000, interval: 250 }).toBe(true);
    isReplayed = true;
    const { kills, ends } = await shuffling;
    expect(kills).toBeGreaterThan(1);
    expect(ends).toBeGreaterThan(0);
    await live.end();
    await untilStatus(http, ({ partitions }) =>
      partitions.every(({ nextOffset, endOffset }) => nextOffset === endOffset),
    );
    await expect
      .poll(async () => (await restBars(http, 'SPY', { interval: '1d', profile: 'all' })).length, { timeout: 60_000 })
      .toBe(days.length);
    const served = await allBars(http);
    for (const [index, symbol] of symbols.entries()) {
      const paths = files.slice(index * days.length, (index + 1) * days.length);
      for (const interval of intervals) {
        for (const profile of profileNames) {
          await expectPrinted(served.get(`${symbol} ${interval} ${profile}`) ?? [], paths, hours, interval, profile);
        }
      }
    }
    expect(served).toEqual(await embeddedBars());
    for (const symbol of liveSymbols) {
      const expected = expectedBars(live.sent.filter((trade) => trade.symbol === symbol));
      expect(expected.length).toBeGreaterThan(10);
      await expect
        .poll(async () => valuesOf(await restBars(http, symbol, { interval: '1s', profile: 'all' })), {
          timeout: 30_000,
        })
        .toEqual(expected);
    }
  },
  600_000,
);
