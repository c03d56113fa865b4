/**
 * Fault 20. A worker never goes on over records that left the log before they were counted: it stops, says what is gone and
 * what to do, and what the store has by then is right.
 */
import { kafkaAdmin, topicOf } from '@tapeline/kafka';
import { afterAll, describe, expect, test } from 'vitest';
import type { Child } from './rig/child.ts';
import { recordFault } from './rig/fault-table.ts';
import { Load } from './rig/load.ts';
import { countDifferences, howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { StreamView } from './rig/stream-view.ts';
import { pause, until } from './rig/until.ts';
import { inWorld, type World } from './rig/world.ts';
import { stockBrokersVariable } from './unguarded/stock-reader.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const [oneWorker, onePartition] = [{ workers: 1 }, { partitions: 1 }];
/** So long is more published while the worker stands still; shorter than the group waits for it. */
const stillMs = 2_500;
const startMs = performance.now();
let damage = 'not seen';

/** The worker stands still while records that it has not read leave the log. */
async function passRetention(world: World, load: Load): Promise<void> {
  const { facts, workers } = world;
  const connection = { brokers: facts.servers.brokers, clientId: 'test' };
  const admin = kafkaAdmin({ connection });
  const view = await StreamView.open(facts);
  try {
    await workers[0]?.kill('SIGSTOP');
    const before = load.acknowledgedCount;
    await until('more is acknowledged', () => load.acknowledgedCount > before + 500, { withinMs: 10_000 });
    await pause(stillMs);
    const { endOffset } = await view.log.range('ticks', 0);
    await admin.deleteRecords(topicOf(facts.stream, 'ticks'), 0, endOffset);
  } finally {
    await workers[0]?.kill('SIGCONT');
    admin.close();
    await view.close();
  }
}

/** Bars of 1 s that are wrong, as far as they are shown, and how many differ or are not there. */
async function countsOf(world: World, load: Load): Promise<{ readonly wrong: string[]; readonly differing: number }> {
  const view = await StreamView.open(world.facts);
  try {
    const rows = await view.bars(['1s'], ['all']);
    const differences = countDifferences(rows, load.acknowledged);
    return { wrong: differences.filter((text) => !/^(no bar of|and) /.test(text)), differing: howMany(differences) };
  } finally {
    await view.close();
  }
}

/** What a worker says that ended by itself because of the log. */
async function lastWords(worker: Child, withinMs = 60_000): Promise<string> {
  await until('the worker has stopped', () => !worker.isRunning, { withinMs });
  const { code } = await worker.ended;
  expect(code).toBe(2);
  return worker.text();
}

async function firstBars(world: World): Promise<void> {
  const view = await StreamView.open(world.facts);
  try {
    await until('there are bars', async () => (await view.bars(['1s'], ['all'])).length > 16, { everyMs: 300 });
  } finally {
    await view.close();
  }
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 20: records leave the log before they are counted (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, the stock consumer: it goes on elsewhere and says nothing', async () => {
      if (servers.unavailable !== undefined) return;
      const workerMain = 'tests/faults/unguarded/worker-main.ts';
      const workerEnv = { [variantVariable]: 'stock-reader', [stockBrokersVariable]: servers.brokers.join(',') };
      await inWorld(servers, { ...oneWorker, ...onePartition, workerMain, workerEnv }, async (world) => {
        const load = await Load.start({ addresses: world.ingestAddresses, seed: 20 });
        await firstBars(world);
        await passRetention(world, load);
        await pause(6_000);
        await load.end();
        await pause(6_000);
        expect(world.workers[0]?.isRunning).toBe(true);
        const { wrong, differing } = await countsOf(world, load);
        expect(wrong.join('\n')).toMatch(/published was/);
        damage = `${differing} bars of 1 s are missing or hold a part of their trades; the worker runs on and says nothing`;
      });
    });

    test('the real worker stops and says why', async () => {
      if (servers.unavailable !== undefined) return;
      const retention = await inWorld(servers, { ...oneWorker, ...onePartition }, async (world) => {
        const load = await Load.start({ addresses: world.ingestAddresses, seed: 21 });
        await firstBars(world);
        await passRetention(world, load);
        const passedMs = performance.now();
        const [worker] = world.workers as [Child];
        expect(await lastWords(worker)).toMatch(/deleted records before they were counted: bring them back/);
        const stoppedMs = performance.now() - passedMs;
        await load.end();
        expect((await countsOf(world, load)).wrong).toEqual([]);
        // A supervisor starts it again; the snapshot does not reach the log any more.
        await worker.restart();
        expect(await lastWords(worker)).toMatch(/cannot go on: .*the log keeps records from \d+ on/);
        expect((await countsOf(world, load)).wrong).toEqual([]);
        return stoppedMs;
      });
      const deleted = await inWorld(servers, { ...oneWorker, ...onePartition }, (world) => throughDeletion(world));
      const seconds = [retention, deleted].map((ms) => (ms / 1_000).toFixed(1));
      recordFault({
        fault: 20,
        title: 'retention passed our offset; topic deleted, made anew',
        injected:
          'records deleted that a stopped worker had not read; topic of ticks deleted under ingest and worker, then made anew',
        guardOff: 'stock consumer, which moves to the oldest record that is left',
        damage,
        result: `the worker stops with a sentence that says what to do, after ${seconds.join(' s and ')} s, and at every new start; ingest takes nothing; no wrong bar`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);

/** The topic is deleted while both run; answers after how many ms the worker had stopped. */
async function throughDeletion(world: World): Promise<number> {
  const { facts } = world;
  const connection = { brokers: facts.servers.brokers, clientId: 'test' };
  const admin = kafkaAdmin({ connection });
  const [worker, ingest] = [world.workers[0], world.ingests[0]] as [Child, Child];
  try {
    const load = await Load.start({ addresses: world.ingestAddresses, seed: 22 });
    await firstBars(world);
    await admin.deleteTopics([topicOf(facts.stream, 'ticks')]);
    const deletedMs = performance.now();
    expect(await lastWords(worker)).toMatch(/was deleted.*bring that log back/);
    const stoppedMs = performance.now() - deletedMs;
    await until('a publisher is refused', () => load.breaks.length > 0, { withinMs: 40_000 });
    const settled = load.acknowledgedCount;
    // Whoever starts next makes the topic anew: another log, which is not this one's.
    await worker.restart();
    expect(await lastWords(worker)).toMatch(/so the log was deleted or made anew since it was counted/);
    await pause(3_000);
    expect(load.acknowledgedCount).toBe(settled);
    await expectUnready(ingest);
    await load.abandon();
    expect((await countsOf(world, load)).wrong).toEqual([]);
    return stoppedMs;
  } finally {
    admin.close();
  }
}

async function expectUnready(ingest: Child): Promise<void> {
  const port = await ingest.field('metricsPort');
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringMatching(/made anew|was deleted/)]);
}
