/**
 * Fault 17. Where a column is missing nothing is written that lacks it: workers end and refuse to start with a sentence that
 * names the column, ticks stay in the log, and once the table is mended every row comes.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { runCql } from './rig/by-hand.ts';
import type { Child } from './rig/child.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { Load } from './rig/load.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { Supervisor, type WorkerEnd } from './rig/supervisor.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import { inWorld, type World } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
let damage: string = notSeen;

/** Whether a worker that ended had been at work. */
function wasReady({ text }: WorkerEnd): boolean {
  return text.includes('the worker takes its share');
}

async function isReady(worker: Child): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${await worker.field('metricsPort')}/readyz`)).ok;
}

/** What a worker says of why it is not ready, the first time that it is not; nothing if it was gone before. */
async function unreadiness(worker: Child): Promise<string> {
  const address = `http://127.0.0.1:${await worker.field('metricsPort')}/readyz`;
  const deadline = performance.now() + 60_000;
  try {
    while (performance.now() < deadline) {
      const response = await fetch(address);
      const text = await response.text();
      if (!response.ok) return text;
      await pause(10);
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  return '';
}

type Mended = { readonly atMs: number; readonly toldMs: number; readonly silenceMs: number };

/** Takes the column away until workers ended at work and at their start, and puts it back. */
async function withoutColumn(world: World, load: Load, supervisor: Supervisor): Promise<Mended> {
  const { servers: place, keyspace } = world.facts;
  const droppedMs = performance.now();
  await runCql(place, `ALTER TABLE ${keyspace}.bars DROP close`);
  await until('workers end at work and at their start', () => {
    const { ends } = supervisor;
    return ends.filter(wasReady).length >= 2 && !ends.every(wasReady);
  });
  const toldMs = performance.now() - droppedMs;
  const silenceMs = load.longestSilenceMs(droppedMs);
  await runCql(place, `ALTER TABLE ${keyspace}.bars ADD close bigint`);
  return { atMs: performance.now(), toldMs, silenceMs };
}

type Run = Mended & {
  readonly verdict: Verdict;
  readonly recoveredMs: number;
  readonly ends: Supervisor['ends'];
  readonly reasons: readonly string[];
  readonly keyspace: string;
};

function judge({ verdict, recoveredMs, ends, reasons, keyspace, toldMs, silenceMs }: Run): void {
  const sentence = `column ${keyspace}.bars.close (bigint) is missing`;
  expect(damageOf(verdict)).toEqual(clean);
  for (const { code, text } of ends) {
    expect(code).not.toBe(0);
    expect(text).toContain(sentence);
  }
  expect(reasons.join('\n')).toContain(sentence);
  expect(silenceMs).toBeLessThan(5_000);
  recordFault({
    fault: 17,
    title: 'a column is missing',
    injected: `ALTER TABLE bars DROP close under 200 trades/s, put back ${(toldMs / 1_000).toFixed(0)} s later`,
    guardOff: 'the column is left out of the rows',
    damage,
    result:
      `workers ended ${ends.length} times, each naming the column, in /readyz too; ticks were taken all the time ` +
      `(longest wait ${silenceMs} ms); ${verdict.bars} rows equal the fold of the log ` +
      `${(recoveredMs / 1_000).toFixed(1)} s after the column was back`,
    seconds: (performance.now() - startMs) / 1_000,
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 17: a column of the tables is missing (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, the column left out of the rows: rows lack it for good', async () => {
      if (servers.unavailable !== undefined) return;
      const workerMain = 'tests/faults/unguarded/worker-main.ts';
      const workerEnv = { [variantVariable]: 'columns-there' };
      await inWorld(servers, { workers: 2, workerMain, workerEnv }, async (world) => {
        const load = await Load.start({ addresses: world.ingestAddresses, seed: 17, tradesPerSecond: 200 });
        await until('trades are acknowledged', () => load.acknowledgedCount > 600);
        const { servers: place, keyspace } = world.facts;
        await runCql(place, `ALTER TABLE ${keyspace}.bars DROP close`);
        await pause(4_000);
        await runCql(place, `ALTER TABLE ${keyspace}.bars ADD close bigint`);
        await load.end();
        const { lost, rows } = await verdictOf(world, load);
        expect(lost).toEqual([]);
        expect(rows.join('\n')).toMatch(/the store has .*, the log gives /);
        damage = `${howMany(rows)} rows have no close`;
      });
    });

    test('the real workers refuse by name, and all rows come once it is mended', async () => {
      if (servers.unavailable !== undefined) return;
      await inWorld(servers, { workers: 2 }, async (world) => {
        const { keyspace } = world.facts;
        const load = await Load.start({ addresses: world.ingestAddresses, seed: 18, tradesPerSecond: 200 });
        await until('trades are acknowledged', () => load.acknowledgedCount > 600);
        await until('workers are ready', async () => (await Promise.all(world.workers.map(isReady))).every(Boolean));
        const reasons = Promise.all(world.workers.map(unreadiness));
        const supervisor = new Supervisor(world.workers);
        try {
          const mended = await withoutColumn(world, load, supervisor);
          await load.end();
          const verdict = await verdictOf(world, load);
          const recoveredMs = performance.now() - mended.atMs;
          await until('both workers live', () => supervisor.areRunning);
          judge({ ...mended, verdict, recoveredMs, ends: supervisor.ends, reasons: await reasons, keyspace });
        } finally {
          // Else it would start again what the test's end kills.
          await supervisor.stop();
        }
      });
    });
  },
);
