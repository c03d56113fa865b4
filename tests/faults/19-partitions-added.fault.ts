/**
 * Fault 19. Partitions that are added to a running stream's topics move nothing: an instrument stays where it is, its old
 * ticks are still read, and no bar is made of two halves.
 */
import { topicNames } from '@tapeline/domain';
import { topicOf } from '@tapeline/kafka';
import { afterAll, describe, expect, test } from 'vitest';
import { runCql, withAdmin } from './rig/by-hand.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import type { World } from './rig/world.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const [before, after] = [4, 8];
const startMs = performance.now();
let damage: string = notSeen;

async function addPartitions({ facts }: World): Promise<void> {
  await withAdmin(facts.servers, async (admin) => {
    for (const topic of topicNames) await admin.addPartitions(topicOf(facts.stream, topic), after);
  });
}

/** Takes the guard: what is remembered of the stream says that it always had as many partitions as it has now. */
async function forgetBase({ facts: { servers: place, keyspace, stream } }: World): Promise<void> {
  await runCql(place, `UPDATE ${keyspace}.streams SET base_partitions = ${after} WHERE stream = '${stream}'`);
}

async function grow(meanwhile: (world: World) => Promise<void>): Promise<Verdict> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  return inLoadedWorld(servers, { ingests: 2, workers: 2, partitions: before }, { seed: 19 }, async (world, load) => {
    await addPartitions(world);
    await meanwhile(world);
    // One after the other, so that old and new processes run side by side for a while.
    for (const child of [...world.ingests, ...world.workers]) {
      await child.restart();
      await pause(500);
    }
    const acknowledged = load.acknowledgedCount;
    await until('trades go on', () => load.acknowledgedCount > acknowledged + 1_000);
    await load.end();
    const verdict = await verdictOf(world, load);
    expect(world.memory.differences(600)).toEqual([]);
    return verdict;
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 19: partitions are added while running (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, instruments spread over as many partitions as there are now: bars are split', async () => {
      const { lost, counts } = await grow(forgetBase);
      expect(lost).toEqual([]);
      expect(counts.length).toBeGreaterThan(0);
      damage = `${howMany(counts)} bars of 1 s lack trades`;
    });

    test('an instrument stays where it is', async () => {
      const verdict = await grow(async () => undefined);
      expect(damageOf(verdict)).toEqual(clean);
      recordFault({
        fault: 19,
        title: 'partitions added while running',
        injected: `all topics raised from ${before} to ${after} partitions under load, every process restarted after it`,
        guardOff: 'an instrument lives in hash modulo the partitions that there are now',
        damage,
        result: `${verdict.bars} rows are exact; the new partitions stay empty`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
