/**
 * Law 5 over many workers: partitions are handed around, two own one at once, workers are killed or stopped, log and store
 * fail in part, and at the end the store has the bars of the fold over the log, no revision went back, and no snapshot
 * stood before one of a later claim.
 */
import type { LogRecordInput, SnapshotClaim, StoredSnapshot } from '@tapeline/domain';
import {
  barKey,
  barText,
  FaultSource,
  foldSteps,
  type Random,
  Random as Draw,
  SimulatedOwnership,
  type WriteFate,
} from '@tapeline/simulation';
import { type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { Census } from '../properties/census.ts';
import { barsTopic, recordsOf, revisionTexts, withoutRepeats } from './outputs.ts';
import { forEachSeedAsync } from './seeds-async.ts';
import { drawSharedMarket } from './shared-market.ts';
import { type Process, WorkerRun } from './worker-run.ts';

const partitions = 3;
const workers = 3;

/** Faults by chance until the end of the run. */
class PassingFaults extends FaultSource {
  isCalm = false;

  constructor(random: Random) {
    super(random, { full: 0.01, unavailable: 0.02, landedUnknown: 0.02 });
  }

  override fate(): WriteFate {
    return this.isCalm ? 'done' : super.fate();
  }
}

type Scene = {
  readonly run: WorkerRun;
  readonly faults: { readonly log: PassingFaults; readonly store: PassingFaults };
  readonly config: WorkerConfig;
  readonly processes: Process[];
  readonly waiting: LogRecordInput[][];
  readonly problems: string[];
  /** Of each snapshot that was saved, by partition and bytes: the epoch of its claim. */
  readonly epochs: Map<string, number>;
  /** By partition, the highest epoch under which a snapshot was saved. */
  readonly highest: Map<number, number>;
  readonly revisions: Map<string, readonly [number, number]>;
  readonly isGuarded: boolean;
};

function drawScene(random: Random, isGuarded: boolean): Scene {
  const market = drawSharedMarket(random, partitions);
  const config: WorkerConfig = {
    ...workerConfigDefaults,
    fold: market.fold,
    stepBytesMax: random.choice([1, 400, 100_000]),
    snapshotIntervalMs: random.choice([20, 60, 200]),
    tapeIntervalMs: random.choice([1, 30]),
    formingIntervalMs: 5,
    quietMs: random.choice([60, 1e9]),
    heldBackBytesMax: random.choice([1, 4_000, 1e6]),
    stopWaitMs: random.choice([500, 5_000]),
  };
  const faults = { log: new PassingFaults(random.fork()), store: new PassingFaults(random.fork()) };
  return {
    run: new WorkerRun(random.fork(), config, market.firstMs, partitions, faults),
    faults,
    config,
    processes: [],
    waiting: market.records.map((records) => [...records]),
    problems: [],
    epochs: new Map(),
    highest: new Map(),
    revisions: new Map(),
    isGuarded,
  };
}

function startOne(scene: Scene, owned: Iterable<number>): Process {
  const onSaved = (snapshot: StoredSnapshot, { epoch }: SnapshotClaim): void => {
    const { partition } = snapshot;
    scene.epochs.set(nameOf(snapshot), epoch);
    scene.highest.set(partition, Math.max(epoch, scene.highest.get(partition) ?? 0));
  };
  const ownership = new SimulatedOwnership(owned);
  return scene.run.start({ ownership, onSaved, claimsAlways: !scene.isGuarded });
}

function nameOf({ partition, nextOffset, bytes }: StoredSnapshot): string {
  return `${partition} ${nextOffset} ${Buffer.from(bytes).toString('base64')}`;
}

/** One thing that happens to who owns what. Answers what it was. */
async function happen(random: Random, scene: Scene): Promise<'handed' | 'shared' | 'killed' | 'stopped' | 'frozen'> {
  const { processes } = scene;
  const partition = random.int(0, partitions - 1);
  const at = random.int(0, workers - 1);
  const process = processes[at] as Process;
  const what = random.choice(['handed', 'handed', 'shared', 'killed', 'stopped', 'frozen'] as const);
  if (what === 'handed') {
    for (const other of processes) if (other !== process) other.ownership.lose(partition);
    process.ownership.gain(partition);
  } else if (what === 'shared') {
    process.ownership.gain(partition);
  } else if (what === 'frozen') {
    process.view.freeze();
  } else {
    const { owned } = process.ownership;
    if (what === 'killed') process.view.kill();
    else {
      process.view.thaw();
      await scene.run.settle(process.worker.stop(), 'stopped');
      if (!process.ownership.hasLeft) scene.problems.push('a worker that stopped did not give its partitions back');
    }
    processes[at] = startOne(scene, random.chance(0.5) ? owned : []);
  }
  return what;
}

/** What must hold at every moment. */
async function look({ run, problems, epochs, highest, revisions }: Scene): Promise<void> {
  for (const bar of run.store.judged.bars()) {
    const key = barKey(bar);
    const [version, revision] = revisions.get(key) ?? [0, 0];
    if (bar.foldVersion < version || (bar.foldVersion === version && bar.revision < revision)) {
      problems.push(`${key} went back from revision ${revision} to ${bar.revision}`);
    }
    revisions.set(key, [bar.foldVersion, bar.revision]);
  }
  for (let partition = 0; partition < partitions; partition += 1) {
    const [newest] = await run.store.snapshots(partition);
    const epoch = newest === undefined ? undefined : epochs.get(nameOf(newest));
    const bound = highest.get(partition) ?? 0;
    // One whose answer was lost is nobody's word.
    if (epoch !== undefined && epoch < bound) problems.push(`partition ${partition}: ${epoch} stands before ${bound}`);
  }
}

async function arrive(random: Random, scene: Scene, each: () => Promise<void>): Promise<void> {
  const { run, waiting } = scene;
  while (waiting.some((records) => records.length > 0)) {
    const partition = random.int(0, partitions - 1);
    await run.appendSurely((waiting[partition] ?? []).splice(0, random.int(1, 6)), partition);
    await run.turn();
    await look(scene);
    await each();
  }
}

/** Every partition gets one owner, all is counted, all workers stop, and one that comes after them leaves snapshots. */
async function finish(scene: Scene): Promise<void> {
  const { run, processes } = scene;
  for (const faults of Object.values(scene.faults)) faults.isCalm = true;
  for (const { view } of processes) view.thaw();
  for (let partition = 0; partition < partitions; partition += 1) {
    processes.forEach(({ ownership }, at) => {
      if (at === partition % workers) ownership.gain(partition);
      else ownership.lose(partition);
    });
  }
  await Promise.all(processes.map(({ worker }) => run.settle(worker.caughtUp(), 'caught up')));
  await Promise.all(processes.map(({ worker }) => run.settle(worker.stop(), 'stopped')));
  await look(scene);
  await run.finish(
    startOne(
      scene,
      Array.from({ length: partitions }, (_, partition) => partition),
    ),
  );
  await look(scene);
}

async function expectUndamaged({ run, config, problems }: Scene): Promise<void> {
  const expected: string[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const trace = foldSteps({ ...config.fold, partition }, [await recordsOf(run.log, 'ticks', partition)]);
    const last = new Map(trace.bars.map((bar) => [barKey(bar), bar]));
    expected.push(...[...last.values()].map(barText));
    const topic = (await barsTopic(run.log, partition)).flatMap(({ bars }) => bars);
    expect(revisionTexts(withoutRepeats(topic))).toEqual(revisionTexts(trace.bars));
    const { endOffset } = await run.log.range('ticks', partition);
    const [newest] = await run.store.snapshots(partition);
    expect(newest?.nextOffset ?? 0).toBe(endOffset);
  }
  expect(problems).toEqual([]);
  expect(run.store.judged.violations).toEqual([]);
  expect(run.store.judged.bars().map(barText).toSorted()).toEqual(expected.toSorted());
}

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
