/**
 * Fault 3. A reply that is lost after the append leaves exactly one copy of each trade in the log and in the bars, however
 * often what lacks a reply is sent again.
 */
import type { KafkaNode } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import type { WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers({ kafka: { brokers: 1, proxied: true } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const rounds = 4;
const swallowedMs = 700;
const startMs = performance.now();
let damage: string = notSeen;

type Outcome = { readonly verdict: Verdict; readonly longestMs: number; readonly swallowed: number };

async function throughLostReplies(wish: WorldWish): Promise<Outcome> {
  const node: KafkaNode | undefined = servers.unavailable === undefined ? servers.kafka?.nodes[0] : undefined;
  const proxy = node?.proxy;
  if (servers.unavailable !== undefined || proxy === undefined) throw new Error('there is no proxied broker');
  return inLoadedWorld(servers, { ...wish, workers: 2, partitions: 2 }, { seed: 3 }, async (world, load) => {
    const sinceMs = performance.now();
    const before = proxy.counts.bytesSwallowed;
    for (let round = 0; round < rounds; round += 1) {
      proxy.swallowReplies();
      await pause(swallowedMs);
      proxy.reset();
      await proxy.heal();
      const acknowledged = load.acknowledgedCount;
      await until('acknowledgements go on', () => load.acknowledgedCount > acknowledged + 500, { withinMs: 40_000 });
    }
    const longestMs = load.longestSilenceMs(sinceMs);
    await load.end();
    const verdict = await verdictOf(world, load);
    expect(world.memory.differences(600)).toEqual([]);
    return { verdict, longestMs, swallowed: proxy.counts.bytesSwallowed - before };
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 3: replies are lost after the append (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, a new identity for a record without a reply: trades count twice', async () => {
      const { verdict } = await throughLostReplies({
        ingestMain: 'tests/faults/unguarded/ingest-main.ts',
        ingestEnv: { [variantVariable]: 'fresh-identity' },
      });
      expect(verdict.rows).toEqual([]);
      expect(verdict.counts.length).toBeGreaterThan(0);
      damage = `${howMany(verdict.counts)} bars of 1 s count trades twice`;
    });

    test('the real system has one copy of each', async () => {
      const { verdict, longestMs, swallowed } = await throughLostReplies({});
      expect(damageOf(verdict)).toEqual(clean);
      expect(verdict.repeats).toBe(0);
      expect(swallowed).toBeGreaterThan(0);
      expect(longestMs).toBeLessThan(30_000);
      recordFault({
        fault: 3,
        title: 'reply lost after the append',
        injected: `${rounds} times all replies of the broker swallowed for ${swallowedMs} ms, then connections reset`,
        guardOff: 'stock producer; a record without a reply is sent again under a new identity',
        damage,
        result: `one copy of each trade in the log, ${verdict.bars} rows exact; longest wait for an acknowledgement ${longestMs} ms`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
