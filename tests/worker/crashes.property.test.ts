/**
 * Laws 1, 3 and 5 through crashes: whatever a worker was killed between, and whoever else wrote at the same time, store
 * and topics end as those of a run that nothing happened to, and as the reference says.
 */
import { deliver, type Delivery, drawWorld, Random, type SimulatedWorld } from '@tapeline/simulation';
import { type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { Census } from '../properties/census.ts';
import { drawStyle, everyFault } from '../properties/fault-mixes.ts';
import { countedTicks, differences } from '../properties/final-bars.ts';
import { forEachSeedAsync } from './seeds-async.ts';
import { damageOf, traceOf } from './damage.ts';
import type { Death } from './process-view.ts';
import { WorkerRun } from './worker-run.ts';

type Scene = {
  readonly world: SimulatedWorld;
  /** Whether the reference knows what its bars must be. */
  readonly isKnown: boolean;
  readonly delivery: Delivery;
  readonly config: WorkerConfig;
  readonly run: WorkerRun;
};

/** A world, how it reaches the log, and paces at which everything meets everything. */
function drawScene(random: Random): Scene {
  // Which bars are final where little is retained, and which trade was first of its date when a bar left, the reference
  // cannot know; the calm run does.
  const isKnown = random.chance(0.8);
  const wish = random.choice([{ horizon: 'tight', conditions: false } as const, { horizon: 'wide' } as const]);
  const world = drawWorld(random, isKnown ? wish : { smallRetention: random.chance(0.5) });
  const delivery = deliver(random, world, drawStyle(random, everyFault));
  const config: WorkerConfig = {
    ...workerConfigDefaults,
    fold: world.config,
    stepBytesMax: random.choice([1, 400, 100_000]),
    snapshotIntervalMs: random.choice([20, 60, 200]),
    tapeIntervalMs: random.choice([1, 30]),
    formingIntervalMs: 5,
    quietMs: random.choice([60, 1e9]),
    heldBackBytesMax: random.choice([1, 4_000, 1e6]),
  };
  return { world, isKnown, delivery, config, run: new WorkerRun(random.fork(), config, world.firstMs) };
}

function drawDeath(random: Random, effectMax: number): Death {
  return { effect: random.int(1, effectMax), when: random.chance(0.5) ? 'before' : 'after' };
}

/** Compares everything with a run that nothing happened to, and with the reference bars. */
async function expectUndamaged({ run, config, world, isKnown, delivery }: Scene): Promise<void> {
  const trace = await traceOf(run, { ...config.fold, partition: 0 });
  expect(await damageOf(run, config, trace)).toEqual([]);
  const unlike = isKnown ? differences(world, trace, countedTicks(delivery, trace)) : [];
  expect(unlike).toEqual([]);
}

/** Lets the records arrive, a few at a time, with `each` after each few. */
async function arrive(random: Random, { run, delivery }: Scene, each: () => Promise<void>): Promise<void> {
  const waiting = [...delivery.records];
  const fewMax = random.choice([1, 4, 20]);
  while (waiting.length > 0) {
    await run.append(waiting.splice(0, random.int(1, fewMax)));
    await run.turn();
    await each();
  }
}

test('killed before or after any write, again and again, a worker leaves what one leaves that was never killed', async () => {
  const census = new Census('crashes');
  await forEachSeedAsync(0.02, async (random) => {
    const scene = drawScene(random);
    const { run } = scene;
    let process = run.start({ death: drawDeath(random, 8) });
    let [deaths, restored] = [0, 0];
    await arrive(random, scene, async () => {
      if (!process.view.isDead) return;
      deaths += 1;
      restored += (await run.store.snapshots(0)).length;
      process = run.start({
        death: drawDeath(random, 8 + 4 * deaths),
        damagedSnapshots: random.choice([0, 0, 0, 1, 2]),
      });
    });
    process.view.kill();
    await run.finish(run.start());
    await expectUndamaged(scene);
    census.count({ deaths: deaths > 0, several: deaths > 2, restored });
  });
  census.close(0.02, { deaths: 0.6, several: 0.3, restored: 0.4 });
});

test('two workers on one partition, one of them frozen for a while, leave what one leaves', async () => {
  const census = new Census('zombies');
  await forEachSeedAsync(0.01, async (random) => {
    const scene = drawScene(random);
    const { run } = scene;
    let zombie = run.start();
    let owner = run.start();
    let changes = 0;
    await arrive(random, scene, async () => {
      if (!random.chance(0.2)) return;
      changes += 1;
      // Whoever was frozen goes on with writes of long ago, and the other one freezes.
      zombie.view.thaw();
      owner.view.freeze();
      [zombie, owner] = [owner, zombie];
      if (!random.chance(0.3)) return;
      owner.view.kill();
      owner = run.start();
    });
    zombie.view.thaw();
    owner.view.thaw();
    await run.finish(zombie);
    await run.finish(owner);
    await expectUndamaged(scene);
    census.count({ changes });
  });
  census.close(0.01, { changes: 0.5 });
});

test('writes that fail, land unknown or find no space are tried until they are through, and nothing is skipped', async () => {
  const census = new Census('failing writes');
  await forEachSeedAsync(0.01, async (random) => {
    const scene = drawScene(random);
    const { run } = scene;
    const process = run.start();
    let broken = 0;
    await arrive(random, scene, async () => {
      for (const { faults } of [run.store, run.log]) {
        if (random.chance(0.5)) faults.break(undefined);
        else if (random.chance(0.3)) {
          faults.break(random.choice(['full', 'unavailable', 'landed-unknown'] as const));
          broken += 1;
        }
      }
      await run.turn();
      // The arrival of the next records must not fail.
      run.log.faults.break(undefined);
    });
    run.store.faults.break(undefined);
    await run.finish(process);
    await expectUndamaged(scene);
    census.count({ broken });
  });
  census.close(0.01, { broken: 0.5 });
});

test('stopped and started again at any time, a worker goes on where it was', async () => {
  const census = new Census('stops');
  await forEachSeedAsync(0.005, async (random) => {
    const scene = drawScene(random);
    const { run } = scene;
    let process = run.start();
    let stops = 0;
    await arrive(random, scene, async () => {
      if (!random.chance(0.15)) return;
      stops += 1;
      await run.settle(process.worker.stop(), 'stopped');
      process = run.start();
    });
    await run.finish(process);
    await expectUndamaged(scene);
    census.count({ stops });
  });
  census.close(0.005, { stops: 0.3 });
});

test('without the guard, that is with snapshots before the outputs that they cover are durable, crashes lose outputs', async () => {
  let damaged = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = new Random(seed);
    const scene = drawScene(random);
    const { run, config } = scene;
    let process = run.start({ answersEarly: true, death: drawDeath(random, 12) });
    await arrive(random, scene, async () => {
      if (process.view.isDead) process = run.start({ answersEarly: true, death: drawDeath(random, 12) });
    });
    process.view.kill();
    await run.finish(run.start());
    const trace = await traceOf(run, { ...config.fold, partition: 0 });
    if ((await damageOf(run, config, trace)).length > 0) damaged += 1;
  }
  console.log(`guard off: ${damaged} of 40 runs are damaged`);
  expect(damaged).toBeGreaterThan(5);
});
