/**
 * Fault 15. A store that is slow, stands still, or takes a write and never says so changes no row: a write is tried again as
 * the same write, so one that lands late loses against a newer revision.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { storeFailures } from './rig/counters.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { inLateWorld } from './rig/late-world.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { pause } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import type { WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers({ cassandra: { proxied: true } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
/** Of an answer: half on the way there, half on the way back. */
const slowMs = 500;
const slowForMs = 8_000;
const stillMs = 5_000;
const answersLost = 3;
let damage: string = notSeen;

type Outcome = {
  readonly verdict: Verdict;
  readonly silenceMs: number;
  readonly recoveredMs: number;
  readonly failures: number;
};

async function throughSlowness(wish: WorldWish): Promise<Outcome> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  const node = servers.cassandra?.nodes[0];
  const proxy = node?.proxy;
  if (node === undefined || proxy === undefined) throw new Error('there is no node behind a proxy');
  const rate = { seed: 15, tradesPerSecond: 100, first: 400 };
  return inLateWorld(servers, { ...wish, workers: 2 }, rate, async (world, load) => {
    const faultMs = performance.now();
    try {
      proxy.set({ latencyMs: slowMs / 2 });
      await pause(slowForMs);
      await proxy.heal();
      await node.kill('SIGSTOP');
      await pause(stillMs);
      await node.kill('SIGCONT');
      for (let times = 0; times < answersLost; times += 1) {
        proxy.set({ blackHole: 'toClient' });
        await pause(1_000);
        proxy.reset();
        await proxy.heal();
        await pause(1_000);
      }
    } finally {
      await node.kill('SIGCONT');
      await proxy.heal();
    }
    const silenceMs = load.longestSilenceMs(faultMs);
    await load.end();
    const endMs = performance.now();
    const verdict = await verdictOf(world, load, { withinMs: 90_000 });
    return { verdict, silenceMs, recoveredMs: performance.now() - endMs, failures: await storeFailures(world.workers) };
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 15: Cassandra is slow, stands still, loses answers (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, an unanswered write sent again as a new one: older revisions stand over newer ones', async () => {
      const { verdict } = await throughSlowness({
        workerMain: 'tests/faults/unguarded/worker-main.ts',
        workerEnv: { [variantVariable]: 'try-anew:400' },
      });
      expect(verdict.lost).toEqual([]);
      expect(verdict.rows.join('\n')).toMatch(/the store has .*, the log gives /);
      damage = `${howMany(verdict.rows)} rows are of an older revision`;
    });

    test('the real workers write each revision as itself', async () => {
      const { verdict, silenceMs, recoveredMs, failures } = await throughSlowness({});
      expect(damageOf(verdict)).toEqual(clean);
      // It did hurt: requests failed and were sent again.
      expect(failures).toBeGreaterThan(0);
      expect(silenceMs).toBeLessThan(5_000);
      expect(recoveredMs).toBeLessThan(60_000);
      recordFault({
        fault: 15,
        title: 'Cassandra slow, still, or silent',
        injected:
          `${slowMs} ms an answer for ${slowForMs / 1_000} s, SIGSTOP for ${stillMs / 1_000} s, answers of a second lost ` +
          `${answersLost} times with a reset; 100 trades/s up to 2.5 s late`,
        guardOff: 'a write without an answer is sent again later with a new timestamp',
        damage,
        result:
          `${verdict.bars} rows equal the fold of the log after ${failures} failed requests; ticks were taken all the time ` +
          `(longest wait ${silenceMs} ms); all rows there ${(recoveredMs / 1_000).toFixed(1)} s after the load ended`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
