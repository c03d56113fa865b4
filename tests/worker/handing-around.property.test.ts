/**
 * Law 5 over many workers: partitions are handed around, two own one at once, workers are killed or stopped, log and store
 * fail in part, and at the end the store has the bars of the fold over the log, no revision went back, and no snapshot
 * stood before one of a later claim. With writers behind their maps, and with instruments that move, it has what one partition gives.
 */
import { StoreError } from '@tapeline/domain';
import { Random as Draw, type Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from '../properties/census.ts';
import {
  arrive,
  drawScene,
  expectUndamaged,
  finish,
  happen,
  partitions,
  type Scene,
  sceneOf,
  startOne,
  workers,
} from './owner-scene.ts';
import { forEachSeedAsync } from './seeds-async.ts';
import { drawSpreadMarket, type SpreadMarket } from './spread-market.ts';
import { differencesToOne, eventOf, foldsOf, holesInTape, restOf } from './spread-outcome.ts';
test('three workers among whom partitions are handed around leave what one leaves that is alone', async () => {
  const census = new Census('handing around');
  await forEachSeedAsync(0.01, async (random) => {
    const scene = drawScene(random, true);
    for (let at = 0; at < workers; at += 1) scene.processes.push(startOne(scene, random.chance(0.5) ? [at] : []));
    const happened = { handed: 0, shared: 0, killed: 0, stopped: 0, frozen: 0 };
    await arrive(random, scene, async () => {
      if (random.chance(0.3)) happened[await happen(random, scene)] += 1;
      for (const { view } of scene.processes) if (random.chance(0.2)) view.thaw();
    });
    await finish(scene);
    await expectUndamaged(scene);
    census.count(happened);
  });
  census.close(0.01, { handed: 0.5, shared: 0.3, killed: 0.3, stopped: 0.3, frozen: 0.3 });
});

/** Lets the market arrive while partitions are handed around, until nothing is under way. Answers how often what happened. */
async function runSpread(random: Random, market: SpreadMarket): Promise<{ scene: Scene; happened: number }> {
  const isRough = random.chance(0.5);
  const scene = sceneOf(random, market, { isGuarded: true, isRough, watch: async (run) => holesInTape(run, market) });
  // As the coordinator does before a first move, and ingest before a first tick: the row says where an instrument began.
  for (let isSettled = false; !isSettled;) {
    try {
      await scene.run.store.enterPins(market.instruments);
      isSettled = true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
  const { processes } = scene;
  // Some die between two writes, wherever that is.
  const start = (owned: Iterable<number>): ReturnType<typeof startOne> => {
    const death = { effect: random.int(1, 60), when: random.choice(['before', 'after'] as const) };
    return random.chance(0.5) ? startOne(scene, owned, death) : startOne(scene, owned);
  };
  for (let at = 0; at < workers; at += 1) processes.push(start([at % partitions]));
  let happened = 0;
  await arrive(random, scene, async () => {
    if (random.chance(0.2)) {
      await happen(random, scene);
      happened += 1;
    }
    processes.forEach(({ view, ownership }, at) => {
      if (random.chance(0.2)) view.thaw();
      if (view.isDead && random.chance(0.2)) processes[at] = start(ownership.owned);
    });
  });
  processes.forEach(({ view }, at) => {
    view.spare();
    if (view.isDead) processes[at] = startOne(scene, []);
  });
  await finish(scene, restOf(scene.run, market.fold));
  await expectUndamaged(scene);
  return { scene, happened };
}

test('with writers that know no pins or no map, three workers leave what one partition gives', async () => {
  const census = new Census('strays handed around');
  await forEachSeedAsync(0.01, async (random) => {
    const market = drawSpreadMarket(random, partitions, 0);
    const { scene, happened } = await runSpread(random, market);
    expect(await differencesToOne(scene.run, market)).toEqual([]);
    const folds = await foldsOf(scene.run, market.fold);
    const [strays, sentOn] = [eventOf(folds, 'strayForwarded'), eventOf(folds, 'sentOnForAge')];
    census.count({ happened, strays, sentOn, parked: eventOf(folds, 'parkedAway') });
  });
  census.close(0.01, { happened: 0.4, strays: 0.3, sentOn: 0.2 });
});

test('with instruments that move as well, they leave what one partition gives', async () => {
  const census = new Census('moves handed around');
  await forEachSeedAsync(0.01, async (random) => {
    const market = drawSpreadMarket(random, partitions, random.choice([1, 3, 8]));
    const { scene, happened } = await runSpread(random, market);
    expect(await differencesToOne(scene.run, market)).toEqual([]);
    const folds = await foldsOf(scene.run, market.fold);
    const events = {
      left: 0,
      leftFresh: 0,
      came: 0,
      cameBack: 0,
      handoverRepeated: 0,
      heldSentOn: 0,
      moveChained: 0,
    };
    for (const event of Object.keys(events) as (keyof typeof events)[]) events[event] = eventOf(folds, event);
    census.count({ happened, ...events });
  });
  census.close(0.01, { happened: 0.4, left: 0.5, came: 0.5, cameBack: 0.2, handoverRepeated: 0.1 });
});

test('without the guard, that is with claims that are taken again before each snapshot, older snapshots stand first', async () => {
  let damaged = 0;
  for (let seed = 1; seed <= 30; seed += 1) {
    const random = new Draw(seed);
    const scene = drawScene(random, false);
    for (let at = 0; at < workers; at += 1) scene.processes.push(startOne(scene, [0, 1, 2]));
    await arrive(random, scene, async () => {
      if (random.chance(0.3)) scene.processes[random.int(0, workers - 1)]?.view.freeze();
      for (const { view } of scene.processes) if (random.chance(0.2)) view.thaw();
    });
    await finish(scene);
    if (scene.problems.length > 0) damaged += 1;
  }
  console.log(`guard off: ${damaged} of 30 runs are damaged`);
  expect(damaged).toBeGreaterThan(5);
});
