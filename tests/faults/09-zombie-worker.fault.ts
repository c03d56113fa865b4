/**
 * Fault 9. A worker that stands still until another has its partitions, and then goes on where it was, changes nothing: its
 * rows lose against newer revisions, its snapshots are refused.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { inLateWorld } from './rig/late-world.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { type StreamFacts, StreamView } from './rig/stream-view.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
/** Half as long again as until a dead member's partitions are given to others. */
const stillMs = 9_000;
let damage: string = notSeen;

type Outcome = {
  readonly verdict: Verdict;
  /** How long after the stop nobody's rows of the partitions came. */
  readonly takenOverMs: number;
  /** Partitions whose newest snapshot went back when the worker woke. */
  readonly snapshotsBack: number;
};

async function throughSleep(guard: 'on' | 'off'): Promise<Outcome> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  const variant = guard === 'off' ? 'no-claims,wall-clock-timestamps' : '';
  const wish = {
    workers: 1,
    workerMain: 'tests/faults/unguarded/worker-main.ts',
    // Rows are on their way when it stops, and arrive when it goes on.
    workerEnv: { [variantVariable]: `${variant},slow-writes:2500` },
  };
  return inLateWorld(servers, wish, { seed: 9, tradesPerSecond: 200, first: 1_600 }, async (world, load) => {
    const zombie = world.workers[0];
    await zombie?.kill('SIGSTOP');
    const stoppedMs = performance.now();
    const next = world.addWorker();
    await next.restart({ [variantVariable]: variant });
    const reached = await standing(world.facts);
    await until('another worker saves snapshots', async () => {
      const now = await standing(world.facts);
      return now.every((offset, partition) => offset > (reached[partition] ?? 0));
    });
    const takenOverMs = performance.now() - stoppedMs;
    await pause(Math.max(0, stillMs - takenOverMs));
    const before = await standing(world.facts);
    await zombie?.kill('SIGCONT');
    await pause(4_000);
    const after = await standing(world.facts);
    await load.end();
    const verdict = await verdictOf(world, load, { withinMs: 60_000 });
    const snapshotsBack = before.filter((offset, partition) => (after[partition] ?? 0) < offset).length;
    return { verdict, takenOverMs, snapshotsBack };
  });
}

/** Up to which offset the newest snapshot of each partition goes. */
async function standing(facts: StreamFacts): Promise<number[]> {
  const view = await StreamView.open(facts);
  try {
    const partitions = Array.from({ length: view.log.partitionCount }, (_, partition) => partition);
    const snapshots = await Promise.all(partitions.map((partition) => view.store.snapshots(partition)));
    return snapshots.map(([newest]) => newest?.nextOffset ?? 0);
  } finally {
    await view.close();
  }
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 9: a worker wakes after its partitions were taken (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, no claims and write timestamps by wall clock: its rows stand over newer ones', async () => {
      const { verdict } = await throughSleep('off');
      expect(verdict.lost).toEqual([]);
      expect(verdict.rows.join('\n')).toMatch(/the store has .*, the log gives /);
      damage = `${howMany(verdict.rows)} rows are of an older revision`;
    });

    test('nothing of it stands', async () => {
      const { verdict, takenOverMs, snapshotsBack } = await throughSleep('on');
      expect(damageOf(verdict)).toEqual(clean);
      expect(snapshotsBack).toBe(0);
      expect(takenOverMs).toBeLessThan(30_000);
      recordFault({
        fault: 9,
        title: 'zombie worker',
        injected: `the only worker SIGSTOPped for ${stillMs / 1_000} s with rows on their way, another takes over, SIGCONT`,
        guardOff: 'no claims of snapshots, write timestamps by wall clock',
        damage,
        result:
          `${verdict.bars} rows equal the fold of the log, no snapshot went back; ` +
          `the other worker had saved snapshots of its own ${(takenOverMs / 1_000).toFixed(1)} s after the stop`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
