/**
 * Fault 20. A worker never goes on over records that left the log before they were counted, nor in another log of the same
 * name: it stops, says what is gone and what to do, and what the store has by then is right.
 */
import { topicOf } from '@tapeline/kafka';
import { afterAll, describe, expect, test } from 'vitest';
import { runCql, withAdmin } from './rig/by-hand.ts';
import type { Child } from './rig/child.ts';
import { damageOfBoth, recordFault } from './rig/fault-table.ts';
import { Load } from './rig/load.ts';
import { countDifferences, howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { type StreamFacts, StreamView } from './rig/stream-view.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, verdictOf } from './rig/verdict.ts';
import { inWorld, type World, type WorldWish } from './rig/world.ts';
import { stockBrokersVariable } from './unguarded/stock-reader.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const brokers = servers.unavailable === undefined ? servers.brokers : [];
const workerMain = 'tests/faults/unguarded/worker-main.ts';
/** Else a restored fold, which counts the blocks that it reads again, may see that they are others. */
const workerArgs = ['--horizon', '1s'];
/** So long is more published while the worker stands still; shorter than the group waits for it. */
const stillMs = 2_500;
const startMs = performance.now();
/** One of each guard that was off. */
const damages: string[] = [];
/** After how many ms the real worker stopped. */
const stopsMs: number[] = [];

type Published = Pick<Load, 'acknowledged'>;

/** The worker stands still while records that it has not read leave the log. */
async function passRetention(world: World, load: Load): Promise<void> {
  const { facts, workers } = world;
  const view = await StreamView.open(facts);
  try {
    await workers[0]?.kill('SIGSTOP');
    const before = load.acknowledgedCount;
    await until('more is acknowledged', () => load.acknowledgedCount > before + 500, { withinMs: 10_000 });
    await pause(stillMs);
    const { endOffset } = await view.log.range('ticks', 0);
    await withAdmin(facts.servers, (admin) => admin.deleteRecords(topicOf(facts.stream, 'ticks'), 0, endOffset));
  } finally {
    await workers[0]?.kill('SIGCONT');
    await view.close();
  }
}

type Counts = { readonly wrong: string[]; readonly differing: number };

/** Bars of 1 s that are wrong, as far as they are shown, and how many differ or are not there. */
async function countsOf(view: StreamView, { acknowledged }: Published): Promise<Counts> {
  const rows = await view.bars(['1s'], ['all']);
  const differences = countDifferences(rows, acknowledged);
  return { wrong: differences.filter((text) => !/^(no bar of|and) /.test(text)), differing: howMany(differences) };
}

async function countsNow({ facts }: World, published: Published): Promise<Counts> {
  return viewed(facts, (view) => countsOf(view, published));
}

/** Looks with a view of one's own. */
async function viewed<Result>(facts: StreamFacts, look: (view: StreamView) => Promise<Result>): Promise<Result> {
  const view = await StreamView.open(facts);
  try {
    return await look(view);
  } finally {
    await view.close();
  }
}

/** What a process says that ended by itself because of the log. */
async function lastWords(child: Child, withinMs = 60_000): Promise<string> {
  await until('the process has stopped', () => !child.isRunning, { withinMs });
  const { code } = await child.ended;
  expect(code).toBe(2);
  return child.text();
}

async function firstBars({ facts }: World): Promise<void> {
  await viewed(facts, (view) =>
    until('there are bars', async () => (await view.bars(['1s'], ['all'])).length > 16, { everyMs: 300 }),
  );
}

/**
 * While nothing runs the topic is deleted, and all that is remembered of the stream with it, so that ingest makes another log
 * under the old name. Answers what was published to both once the new log is longer than the old one was; the worker stands
 * still by then.
 */
async function intoNewLog(world: World): Promise<Published> {
  const { facts } = world;
  const [worker, ingest] = [world.workers[0], world.ingests[0]] as [Child, Child];
  const old = await Load.start({ addresses: world.ingestAddresses, seed: 23 });
  await firstBars(world);
  await old.end();
  expect(damageOf(await verdictOf(world, old))).toEqual(clean);
  const counted = await endOfLog(world);
  await Promise.all([worker.kill('SIGKILL'), ingest.kill('SIGKILL')]);
  await withAdmin(facts.servers, (admin) => admin.deleteTopics([topicOf(facts.stream, 'ticks')]));
  await runCql(facts.servers, `DELETE FROM ${facts.keyspace}.streams WHERE stream = '${facts.stream}'`);
  await ingest.restart();
  await ingest.field('port');
  const load = await Load.start({ addresses: world.ingestAddresses, seed: 24 });
  const isLonger = async (): Promise<boolean> => (await endOfLog(world)) > counted + 50;
  await until('the new log is longer than the old one', isLonger, { everyMs: 500 });
  await load.end();
  return { acknowledged: [...old.acknowledged, ...load.acknowledged] };
}

async function endOfLog({ facts }: World): Promise<number> {
  return viewed(facts, async (view) => (await view.log.range('ticks', 0)).endOffset);
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 20: records leave the log before they are counted (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, the stock consumer: it goes on elsewhere and says nothing', async () => {
      const workerEnv = { [variantVariable]: 'stock-reader', [stockBrokersVariable]: brokers.join(',') };
      await onOne({ workerMain, workerEnv }, goesOnElsewhere);
    });

    test('guard off, any log of the name: the offset of the old one counts in the new one', async () => {
      await onOne({ workerArgs, workerMain, workerEnv: { [variantVariable]: 'any-log' } }, goesOnInAnother);
    });

    test('the real worker stops where records are gone, and says why', async () => {
      stopsMs.push(await onOne({}, stopsAtGap));
    });

    test('with the topic deleted the real worker and ingest stop, and nobody makes another', async () => {
      stopsMs.push(await onOne({}, throughDeletion));
    });

    test('the real worker does not go on in another log of the name', async () => {
      await onOne({ workerArgs }, staysOut);
      expect(stopsMs).toHaveLength(2);
      const seconds = stopsMs.map((ms) => (ms / 1_000).toFixed(1));
      recordFault({
        fault: 20,
        title: 'retention passed our offset; topic deleted, made anew',
        injected:
          'records deleted that a stopped worker had not read; topic of ticks deleted under ingest and worker; the same topic ' +
          'deleted while both are down, and what is remembered of it, so that ingest makes another one',
        guardOff: '(a) stock consumer, which moves to the oldest record that is left; (b) nobody asks which log it is',
        damage: damageOfBoth(damages),
        result:
          `the worker stops with a sentence that says what to do, after ${seconds.join(' s and ')} s, and at every new start; ` +
          'ingest takes nothing and refuses to start; no wrong bar',
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);

async function onOne<Result>(wish: WorldWish, work: (world: World) => Promise<Result>): Promise<Result> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  return inWorld(servers, { workers: 1, partitions: 1, ...wish }, work);
}

async function goesOnElsewhere(world: World): Promise<void> {
  const load = await Load.start({ addresses: world.ingestAddresses, seed: 20 });
  await firstBars(world);
  await passRetention(world, load);
  await pause(3_000);
  await load.end();
  await pause(6_000);
  expect(world.workers[0]?.isRunning).toBe(true);
  const { wrong, differing } = await countsNow(world, load);
  expect(wrong.join('\n')).toMatch(/published was/);
  damages.push(
    `${differing} bars of 1 s are missing or hold a part of their trades; the worker runs on and says nothing`,
  );
}

async function goesOnInAnother(world: World): Promise<void> {
  const [worker] = world.workers as [Child];
  const published = await intoNewLog(world);
  await worker.restart();
  const { counts } = await verdictOf(world, published, { stableMs: 8_000 });
  expect(worker.isRunning).toBe(true);
  expect(counts.join('\n')).toMatch(/no bar of|published was/);
  damages.push(`${howMany(counts)} bars of 1 s are missing or hold a part of their trades; the worker runs on`);
}

/** Answers after how many ms the worker had stopped. */
async function stopsAtGap(world: World): Promise<number> {
  const [worker] = world.workers as [Child];
  const load = await Load.start({ addresses: world.ingestAddresses, seed: 21 });
  await firstBars(world);
  await passRetention(world, load);
  const passedMs = performance.now();
  expect(await lastWords(worker)).toMatch(/deleted records before they were counted: bring them back/);
  const stoppedMs = performance.now() - passedMs;
  await load.end();
  expect((await countsNow(world, load)).wrong).toEqual([]);
  // A supervisor starts it again; the snapshot does not reach the log any more.
  await worker.restart();
  expect(await lastWords(worker)).toMatch(/cannot go on: .*the log keeps records from \d+ on/);
  expect((await countsNow(world, load)).wrong).toEqual([]);
  return stoppedMs;
}

async function staysOut(world: World): Promise<void> {
  const [worker] = world.workers as [Child];
  const published = await intoNewLog(world);
  await worker.restart();
  expect(await lastWords(worker)).toMatch(/so the log was deleted or made anew since it was counted/);
  expect((await countsNow(world, published)).wrong).toEqual([]);
}

/** The topic is deleted while both run; answers after how many ms the worker had stopped. */
async function throughDeletion(world: World): Promise<number> {
  // There is no opening the log once its topic is gone.
  return viewed(world.facts, (view) => withoutTopic(world, view));
}

async function withoutTopic(world: World, view: StreamView): Promise<number> {
  const { facts } = world;
  const [worker, ingest] = [world.workers[0], world.ingests[0]] as [Child, Child];
  const load = await Load.start({ addresses: world.ingestAddresses, seed: 22 });
  await firstBars(world);
  await withAdmin(facts.servers, (admin) => admin.deleteTopics([topicOf(facts.stream, 'ticks')]));
  const deletedMs = performance.now();
  expect(await lastWords(worker)).toMatch(/was deleted.*bring that log back/);
  const stoppedMs = performance.now() - deletedMs;
  await until('a publisher is refused', () => load.breaks.length > 0, { withinMs: 40_000 });
  const settled = load.acknowledgedCount;
  await expectUnready(ingest);
  // Neither makes another log in its place, or the second would see that one.
  for (const child of [worker, ingest]) {
    await child.restart();
    expect(await lastWords(child)).toMatch(/ticks \(.*\) was deleted \(LOG_REPLACED\)/);
  }
  expect(load.acknowledgedCount).toBe(settled);
  await load.abandon();
  expect((await countsOf(view, load)).wrong).toEqual([]);
  return stoppedMs;
}

async function expectUnready(ingest: Child): Promise<void> {
  const port = await ingest.field('metricsPort');
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringMatching(/made anew|was deleted/)]);
}
