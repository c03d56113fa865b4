/**
 * Fault 12. Trades that come late and in any order count in the bar of their own time, as a higher revision; those that come
 * later than a bar can be revised change nothing, and are counted as late.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { sumOf } from './rig/counters.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { Load, type LoadTrade } from './rig/load.ts';
import { howMany } from './rig/oracles.ts';
import { sendAgain } from './rig/send-again.ts';
import { startServers } from './rig/servers.ts';
import { StreamView } from './rig/stream-view.ts';
import { until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import { inWorld, type World } from './rig/world.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
const shuffleMs = 4_000;
const horizonMs = 30_000;
const tooLate = 60;
const lateness = ['--lateness', '200ms'];
let damage: string = notSeen;

type Outcome = {
  readonly verdict: Verdict;
  readonly late: number;
  readonly revisedBars: number;
  readonly revisionMax: number;
};

async function throughDisorder(workerArgs: readonly string[]): Promise<Outcome> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  return inWorld(servers, { workers: 2, workerArgs: [...lateness, ...workerArgs] }, async (world) => {
    const { ingestAddresses: addresses } = world;
    const load = await Load.start({ addresses, seed: 12, tradesPerSecond: 300, shuffleMs });
    await until('trades are acknowledged', () => load.acknowledgedCount > 1_500);
    const trades = tradesBefore(Date.now() - 2 * horizonMs, load.symbols);
    const sent = await sendAgain({ address: addresses[0] ?? '', trades, keepsIdentity: false });
    expect(sent).toBe(tooLate);
    await until('more trades are acknowledged', () => load.acknowledgedCount > 4_000);
    await load.end();
    const verdict = await verdictOf(world, load);
    const revisions = await revisionsOf(world);
    const revisedBars = revisions.filter((revision) => revision > 1).length;
    return {
      verdict,
      late: await sumOf(world.workers, /^tapeline_worker_late_total\S* (\d+)/gm),
      revisedBars,
      revisionMax: Math.max(...revisions),
    };
  });
}

/** Trades that nobody has published, at a time and a little after it. */
function tradesBefore(timeMs: number, symbols: readonly string[]): LoadTrade[] {
  return Array.from({ length: tooLate }, (_, place) => ({
    publisherId: 0n,
    sequence: place + 1,
    symbol: symbols[place % symbols.length] ?? 'AAA',
    price: 10_000,
    size: 1,
    timeNs: BigInt(timeMs + place) * 1_000_000n,
  }));
}

async function revisionsOf({ facts }: World): Promise<number[]> {
  const view = await StreamView.open(facts);
  try {
    const bars = await view.bars(['1s'], ['all']);
    return bars.map(({ revision }) => revision);
  } finally {
    await view.close();
  }
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 12: trades come late and out of order (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, bars cannot be revised: late trades are missing in them', async () => {
      const { verdict } = await throughDisorder(['--horizon', '0ms']);
      expect([verdict.lost, verdict.rows]).toEqual([[], []]);
      expect(verdict.counts.length).toBeGreaterThan(0);
      damage = `${howMany(verdict.counts)} bars of 1 s lack trades`;
    });

    test('they are revised, and what is too late is counted', async () => {
      const { verdict, late, revisedBars, revisionMax } = await throughDisorder(['--horizon', `${horizonMs}ms`]);
      expect(damageOf(verdict)).toEqual(clean);
      expect(late).toBe(tooLate);
      expect(revisedBars).toBeGreaterThan(0);
      recordFault({
        fault: 12,
        title: 'late and out of order',
        injected: `300 trades/s up to ${shuffleMs / 1_000} s late in any order, and ${tooLate} later than the horizon of ${horizonMs / 1_000} s`,
        guardOff: 'no horizon: a closed bar stays as it is',
        damage,
        result:
          `${verdict.bars} rows hold every trade; ${revisedBars} bars of 1 s were revised, up to revision ${revisionMax}; ` +
          `${late} trades beyond the horizon are counted as late`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
