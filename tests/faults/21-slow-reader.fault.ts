/**
 * Fault 21. A subscriber that takes 1 KB/s costs the server a bounded queue and then its stream, and nobody else anything;
 * once it is fast again it goes on from its token and has everything.
 */
import { FaultProxy, freePorts } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { BarWatch } from './rig/bar-watch.ts';
import { Child } from './rig/child.ts';
import { recordFault } from './rig/fault-table.ts';
import { Load } from './rig/load.ts';
import { MemoryWatch } from './rig/memory-watch.ts';
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
/** So much more is held for readers without a bound, in time; 8 MiB for each and what carries them is less. */
const unboundedMiB = 200;
/** Within this the queue of each is full, or that much is held, ms. */
const fullWithinMs = 150_000;
/** Once they are let go of, so long nothing more is held than so much, ms and MiB. */
const afterMs = 15_000;
const afterMaxMiB = 60;
/** The longest time in which no bar may come to a reader that is fast. */
const silenceMaxMs = 15_000;
const startMs = performance.now();
let damage = 'not seen';

type Outcome = { readonly grewMiB: number; readonly afterMiB: number; readonly tookMs: number };
type Healed = { readonly silenceMs: number; readonly caughtUpMs: number };

/** Readers are slow until `isFull`; `healed` has the rest. */
async function withSlowReaders(
  world: World,
  main: string,
  isFull: (query: Child, grewMiB: number) => boolean | Promise<boolean>,
  healed: (outcome: Outcome & Healed) => void,
): Promise<Outcome> {
  const [port = 0] = await freePorts(1);
  const args = [...world.args, '--grpc-port', String(port), '--http-port', '0', '--intervals', '1s,5s'];
  const query = new Child({ name: 'query-of-readers', main, args, folder: world.folder });
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
    await until('all readers are live', () => [fast, ...slow].every(({ isLive }) => isLive));
    await pause(5_000);
    proxy.set({ bytesPerSecond: slowBytesPerSecond });
    const base = await peakWhile(query, () => pause(2_000));
    let grewMiB = 0;
    const isNowFull = async (): Promise<boolean> => {
      grewMiB = Math.max(grewMiB, (await peakWhile(query, () => pause(1_000))) - base);
      return isFull(query, grewMiB);
    };
    const tookMs = await until('queues are full', isNowFull, { withinMs: fullWithinMs });
    const afterMiB = (await peakWhile(query, () => pause(afterMs))) - base - grewMiB;
    const silenceMs = bars.longestSilenceMs;
    const outcome = { grewMiB, afterMiB, tookMs };
    if (healed === nothingMore) return outcome;
    proxy.reset();
    await proxy.heal();
    const healedMs = performance.now();
    await load.end();
    const everything = load.acknowledged;
    const hasAll = (): boolean => [fast, ...slow].every((reader) => reader.missing(everything) === 0);
    await until('every reader has every trade', hasAll, { withinMs: 90_000, everyMs: 500 });
    const caughtUpMs = performance.now() - healedMs;
    expect(damageOf(await verdictOf(world, load))).toEqual(clean);
    expect([bars.stepsBack, fast.ends]).toEqual([[], []]);
    healed({ ...outcome, silenceMs, caughtUpMs });
    return outcome;
  } finally {
    for (const closing of closings.toReversed()) await closing.close();
    await query.kill('SIGKILL');
  }
}

/** With the guard off readers never get what waits for them. */
function nothingMore(): void {}

/** The most memory that a process holds meanwhile, MiB. */
async function peakWhile(child: Child, work: () => Promise<void>): Promise<number> {
  const memory = new MemoryWatch(() => [child]);
  try {
    await work();
    return memory.peaks.get(child.command.name) ?? 0;
  } finally {
    memory.close();
  }
}

/** How many streams of trades the server has ended because their readers were too slow, as its metrics have it. */
async function cutStreams(query: Child): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${await query.field('httpPort')}/metrics`);
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('tapeline_grpc_calls_total{'));
  const exhausted = lines.filter((line) => line.includes('StreamTrades') && line.includes('RESOURCE_EXHAUSTED'));
  return exhausted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 21: subscribers that read 1 KB/s (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, a queue without a bound: memory grows with time', async () => {
      if (servers.unavailable !== undefined) return;
      await inWorld(servers, { workers: 1 }, async (world) => {
        const { growthMiB } = await withSlowReaders(world, 'tests/faults/unguarded/query-main.ts', false);
        expect(growthMiB).toBeGreaterThan(growthMaxMiB);
        damage = `query holds ${Math.round(growthMiB)} MiB more after each ${slowMs / 2_000} s`;
      });
    });

    test('the real server lets go of them, and nobody else notices', async () => {
      if (servers.unavailable !== undefined) return;
      await inWorld(servers, { workers: 1 }, async (world) => {
        const { growthMiB, silenceMs, cut, caughtUpMs } = await withSlowReaders(
          world,
          'services/query/src/main.ts',
          true,
        );
        expect(cut).toBe(slowReaders);
        expect(growthMiB).toBeLessThan(growthMaxMiB);
        expect(silenceMs).toBeLessThan(silenceMaxMs);
        recordFault({
          fault: 21,
          title: 'slow gRPC readers',
          injected: `${slowReaders} readers of all trades behind a proxy of ${slowBytesPerSecond} bytes/s for ${slowMs / 1_000} s, ${tradesPerSecond} trades/s`,
          guardOff: 'a queue without a bound for each reader',
          damage,
          result: `query held ${Math.round(growthMiB)} MiB more in the second half of that time than in the first (bound ${growthMaxMiB}); the streams of all ${cut} ended with RESOURCE_EXHAUSTED; a reader of bars waited ${(silenceMs / 1_000).toFixed(1)} s at most; every reader had every trade ${(caughtUpMs / 1_000).toFixed(1)} s after it was fast again`,
          seconds: (performance.now() - startMs) / 1_000,
        });
      });
    });
  },
);
