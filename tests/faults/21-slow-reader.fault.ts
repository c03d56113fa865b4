/**
 * Fault 21. A subscriber that takes 1 KB/s costs the server a bounded queue and then its stream, and once it is back a small
 * piece of the log, and nobody else anything; once it is fast again it goes on from its token and has everything.
 */
import { FaultProxy, freePorts } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { heldWhile } from './held-memory.ts';
import { BarWatch } from './rig/bar-watch.ts';
import { Child } from './rig/child.ts';
import { recordFault } from './rig/fault-table.ts';
import { Load } from './rig/load.ts';
import { startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, verdictOf } from './rig/verdict.ts';
import { inWorld, type World } from './rig/world.ts';
import { TradeReader } from './trade-reader.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const slowReaders = 8;
const slowBytesPerSecond = 1_000;
const tradesPerSecond = 5_000;
/**
 * From when they are slow until a fast reader got so many further trades, which takes so long at most, ms: in it their queues
 * fill, their streams are ended, and they come back and read the log.
 */
const windowTrades = 400_000;
const windowMsMax = 400_000;
/** So much more is in use at most in the window, with the 8 MiB that wait for all of them and what carries them, MiB. */
const boundedMiB = 100;
/** So many times that is in use where queues have no bound. */
const unboundedTimes = 3;
/** Every slow stream is ended so soon after the window, ms. */
const cutWithinMs = 60_000;
/** The longest time in which no bar may come to a reader that is fast. */
const silenceMaxMs = 15_000;
const startMs = performance.now();
/** What query had in use more in the window with its guard off, MiB. */
let unguardedMiB = 0;

/** Readers of one query process, slow by now, and what the process had in use before, MiB. */
type Readers = {
  readonly query: Child;
  readonly proxy: FaultProxy;
  readonly load: Load;
  readonly fast: TradeReader;
  readonly bars: BarWatch;
  readonly slow: readonly TradeReader[];
  readonly beforeMiB: number;
};

async function withSlowReaders<Result>(
  world: World,
  main: string,
  work: (readers: Readers) => Promise<Result>,
): Promise<Result> {
  const [port = 0] = await freePorts(1);
  const args = [...world.args, '--grpc-port', String(port), '--http-port', '0', '--intervals', '1s,5s'];
  // As in a container: without a limit Node leaves garbage lie, and memory says little.
  const env = { NODE_OPTIONS: '--max-old-space-size=384' };
  const query = new Child({ name: 'query-of-readers', main, args, env, folder: world.folder });
  const proxy = await FaultProxy.listen({ target: { host: '127.0.0.1', port }, heldBytesMax: 16_384 });
  const closings: { close(): Promise<void> | void }[] = [proxy];
  try {
    await query.field('httpPort', 60_000);
    const load = await Load.start({ addresses: world.ingestAddresses, seed: 21, tradesPerSecond });
    closings.push({ close: () => load.abandon() });
    await until('the first trades are acknowledged', () => load.acknowledgedCount > 5_000);
    const fast = new TradeReader(`127.0.0.1:${port}`, load.symbols);
    const bars = new BarWatch({ address: `127.0.0.1:${port}`, symbols: load.symbols });
    const slow = Array.from({ length: slowReaders }, () => new TradeReader(proxy.address, load.symbols));
    closings.push(fast, bars, ...slow);
    await until('all readers are live', () => [fast, ...slow].every(({ isLive }) => isLive), { withinMs: 150_000 });
    const beforeMiB = await heldWhile(query, async () => pause(10_000));
    proxy.set({ bytesPerSecond: slowBytesPerSecond });
    return await work({ query, proxy, load, fast, bars, slow, beforeMiB });
  } finally {
    for (const closing of closings.toReversed()) await closing.close();
    await query.kill('SIGKILL');
  }
}

/** What query has in use at most in the window, besides what it had before, MiB. */
async function grownInWindow({ query, fast, beforeMiB }: Readers): Promise<number> {
  const end = fast.count + windowTrades;
  const isOver = (): boolean => fast.count >= end;
  const times = { withinMs: windowMsMax, everyMs: 200 };
  return (
    (await heldWhile(query, async () => until(`a fast reader has ${windowTrades} trades more`, isOver, times))) -
    beforeMiB
  );
}

/** They are fast again and get everything, within ms. */
async function healed({ proxy, load, fast, slow }: Readers): Promise<number> {
  proxy.reset();
  await proxy.heal();
  const healedMs = performance.now();
  await load.end();
  const everything = load.acknowledged;
  const hasAll = (): boolean =>
    [fast, ...slow].every((reader) => reader.count >= everything.length && reader.missing(everything) === 0);
  await until('every reader has every trade', hasAll, { withinMs: 180_000, everyMs: 500 });
  return performance.now() - healedMs;
}

/**
 * How many streams of trades the server has ended, as its metrics have it: because more than its bound waited, or because
 * the reader's connection gave no sign of life in time.
 */
async function cutStreams(query: Child): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${await query.field('httpPort')}/metrics`);
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('tapeline_grpc_calls_total{'));
  const ended = lines.filter((line) => line.includes('StreamTrades') && /RESOURCE_EXHAUSTED|CANCELLED/.test(line));
  return ended.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 21: subscribers that read 1 KB/s (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, a queue without a bound: memory grows with time', async () => {
      if (servers.unavailable !== undefined) return;
      await inWorld(servers, { workers: 1 }, async (world) => {
        await withSlowReaders(world, 'tests/faults/unguarded/query-main.ts', async (readers) => {
          unguardedMiB = await grownInWindow(readers);
          expect(unguardedMiB).toBeGreaterThan(boundedMiB);
        });
      });
    });

    test('the real server holds little for them and lets go of them, and nobody else notices', async () => {
      if (servers.unavailable !== undefined) return;
      await inWorld(servers, { workers: 1 }, (world) =>
        withSlowReaders(world, 'services/query/src/main.ts', async (readers) => {
          const { query, bars, fast, load } = readers;
          const grownMiB = await grownInWindow(readers);
          expect(grownMiB).toBeLessThan(boundedMiB);
          expect(unguardedMiB).toBeGreaterThan(unboundedTimes * grownMiB);
          const areCut = async (): Promise<boolean> => (await cutStreams(query)) >= slowReaders;
          await until('every slow stream is ended', areCut, { withinMs: cutWithinMs, everyMs: 500 });
          expect(bars.longestSilenceMs).toBeLessThan(silenceMaxMs);
          const waitedMs = bars.longestSilenceMs;
          const caughtUpMs = await healed(readers);
          expect(damageOf(await verdictOf(world, load))).toEqual(clean);
          expect([bars.stepsBack, fast.ends]).toEqual([[], []]);
          const seconds = [waitedMs, caughtUpMs].map((ms) => (ms / 1_000).toFixed(1));
          recordFault({
            fault: 21,
            title: 'slow gRPC readers',
            injected: `${slowReaders} readers of all trades behind a proxy of ${slowBytesPerSecond} bytes/s, ${tradesPerSecond} trades/s`,
            guardOff: 'a queue without a bound for each reader, whose connection need not give a sign of life',
            damage: `query had ${Math.round(unguardedMiB)} MiB more in use after ${windowTrades} further trades, and goes on`,
            result: `query had ${Math.round(grownMiB)} MiB more in use at most in such a window; it ended all their streams, and they went on from the log; a reader of bars waited ${seconds[0]} s at most; every reader had every trade ${seconds[1]} s after it was fast again`,
            seconds: (performance.now() - startMs) / 1_000,
          });
        }),
      );
    });
  },
);
