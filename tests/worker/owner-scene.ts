/**
 * Several workers on one log and store among whom partitions are handed around. In: a market, a seed. Out: workers that are killed,
 * stopped and frozen while its records arrive and log and store fail in part; what holds at every moment, watched; and at the end one
 * owner for each partition, everything counted, and snapshots of it.
 */
import { type Bar, encodeLogRecord, type SnapshotClaim, type StoredSnapshot } from '@tapeline/domain';
import {
  barKey,
  barText,
  FaultSource,
  foldSteps,
  type Random,
  SimulatedOwnership,
  type WriteFate,
} from '@tapeline/simulation';
import { type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { expect } from 'vitest';
import { barsTopic, recordsOf, revisionTexts, withoutRepeats } from './outputs.ts';
import { drawSharedMarket, type SharedMarket } from './shared-market.ts';
import type { Arrival } from './spread-market.ts';
import type { Death } from './process-view.ts';
import { type Process, WorkerRun } from './worker-run.ts';

const timeRecord = encodeLogRecord([{ kind: 'time' }]);
/** How many there are. */
export const partitions = 3;
/** See `partitions`. */
export const workers = 3;

/** Faults by chance until the end of the run. */
class PassingFaults extends FaultSource {
  isCalm = false;

  constructor(random: Random, isRough: boolean) {
    const usual = { full: 0.01, unavailable: 0.02, landedUnknown: 0.02 };
    super(random, isRough ? { full: 0.1, unavailable: 0.2, landedUnknown: 0.05 } : usual);
  }

  override fate(): WriteFate {
    return this.isCalm ? 'done' : super.fate();
  }
}

/** One run. */
export type Scene = {
  readonly run: WorkerRun;
  readonly faults: { readonly log: PassingFaults; readonly store: PassingFaults };
  readonly config: WorkerConfig;
  readonly processes: Process[];
  readonly waiting: Arrival[];
  readonly problems: string[];
  /** Of each snapshot that was saved, by partition and bytes: the epoch of its claim. */
  readonly epochs: Map<string, number>;
  /** By partition, the highest epoch under which a snapshot was saved. */
  readonly highest: Map<number, number>;
  readonly revisions: Map<string, readonly [number, number]>;
  readonly isGuarded: boolean;
  /** What else must hold at every moment; answers what does not. */
  readonly watch: (run: WorkerRun) => Promise<string[]>;
};

/** Records of each partition in their order, those of different ones in any. */
function mixed(random: Random, { records }: SharedMarket): Arrival[] {
  const left = records.map((own) => [...own]);
  const arrivals: Arrival[] = [];
  while (left.some((own) => own.length > 0)) {
    const partition = random.int(0, partitions - 1);
    for (const record of (left[partition] ?? []).splice(0, random.int(1, 6))) arrivals.push({ partition, record });
  }
  return arrivals;
}

/** A market of which each partition has instruments of its own, and its scene. */
export function drawScene(random: Random, isGuarded: boolean): Scene {
  const market = drawSharedMarket(random, partitions);
  return sceneOf(random, { ...market, arrivals: mixed(random, market) }, { isGuarded });
}

/** How a scene is. */
export type SceneStyle = Pick<Scene, 'isGuarded'> & {
  readonly watch?: Scene['watch'];
  /** Whether writes fail often, and outputs wait long beside each other. */
  readonly isRough?: boolean;
};

type Market = Pick<SharedMarket, 'fold' | 'firstMs'> & { readonly arrivals: readonly Arrival[] };

/** A scene before its first record; no worker is there yet. */
export function sceneOf(
  random: Random,
  market: Market,
  { isGuarded, isRough = false, watch = async () => [] }: SceneStyle,
): Scene {
  const config: WorkerConfig = {
    ...workerConfigDefaults,
    fold: market.fold,
    stepBytesMax: random.choice([1, 400, 100_000]),
    snapshotIntervalMs: random.choice([20, 60, 200]),
    tapeIntervalMs: random.choice(isRough ? [1, 250] : [1, 30]),
    formingIntervalMs: 5,
    quietMs: random.choice([60, 1e9]),
    heldBackBytesMax: random.choice([1, 4_000, 1e6]),
    stopWaitMs: random.choice([500, 5_000]),
  };
  const faults = {
    log: new PassingFaults(random.fork(), isRough),
    store: new PassingFaults(random.fork(), isRough),
  };
  return {
    run: new WorkerRun(random.fork(), config, market.firstMs, partitions, faults),
    faults,
    config,
    processes: [],
    waiting: [...market.arrivals],
    problems: [],
    epochs: new Map(),
    highest: new Map(),
    revisions: new Map(),
    isGuarded,
    watch,
  };
}

/** One more worker, which owns these, and which dies of itself where that is said. */
export function startOne(scene: Scene, owned: Iterable<number>, death?: Death): Process {
  const onSaved = (snapshot: StoredSnapshot, { epoch }: SnapshotClaim): void => {
    const { partition } = snapshot;
    scene.epochs.set(nameOf(snapshot), epoch);
    scene.highest.set(partition, Math.max(epoch, scene.highest.get(partition) ?? 0));
  };
  const ownership = new SimulatedOwnership(owned);
  const dies = death === undefined ? {} : { death };
  return scene.run.start({ ownership, onSaved, claimsAlways: !scene.isGuarded, ...dies });
}

function nameOf({ partition, nextOffset, bytes }: StoredSnapshot): string {
  return `${partition} ${nextOffset} ${Buffer.from(bytes).toString('base64')}`;
}

/** One thing that happens to who owns what. Answers what it was. */
export async function happen(
  random: Random,
  scene: Scene,
): Promise<'handed' | 'shared' | 'killed' | 'stopped' | 'frozen'> {
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
      process.view.spare();
      process.view.thaw();
      if (!process.view.isDead) await scene.run.settle(process.worker.stop(), 'stopped');
      if (!process.ownership.hasLeft && !process.view.isDead)
        scene.problems.push('a worker that stopped did not give its partitions back');
    }
    processes[at] = startOne(scene, random.chance(0.5) ? owned : []);
  }
  return what;
}

/** Whether each partition has a snapshot of its end. */
async function isSaved({ log, store }: WorkerRun): Promise<boolean> {
  for (let partition = 0; partition < partitions; partition += 1) {
    const { endOffset } = await log.range('ticks', partition);
    const [newest] = await store.snapshots(partition);
    if ((newest?.nextOffset ?? 0) < endOffset) return false;
  }
  return true;
}

/** What must hold at every moment. */
async function look({ run, problems, epochs, highest, revisions, watch }: Scene): Promise<void> {
  problems.push(...(await watch(run)).slice(0, 5));
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

/** Everything arrives; `each` happens between. */
export async function arrive(random: Random, scene: Scene, each: () => Promise<void>): Promise<void> {
  const { run, waiting } = scene;
  while (waiting.length > 0) {
    for (const { partition, record } of waiting.splice(0, random.int(1, 6)))
      await run.appendSurely([record], partition);
    await run.turn();
    await look(scene);
    await each();
  }
}

/**
 * Every partition gets one owner, all is counted, all workers stop, and one that comes after them leaves snapshots. `atRest` is asked
 * before the stop whether nothing is under way any more, and every partition gets two seconds of log time until it says so.
 */
export async function finish(scene: Scene, atRest: () => Promise<boolean> = async () => true): Promise<void> {
  const { run, processes } = scene;
  for (const faults of Object.values(scene.faults)) faults.isCalm = true;
  for (const { view } of processes) view.thaw();
  for (let partition = 0; partition < partitions; partition += 1) {
    processes.forEach(({ ownership }, at) => {
      if (at === partition % workers) ownership.gain(partition);
      else ownership.lose(partition);
    });
  }
  const caughtUp = async (): Promise<unknown> =>
    Promise.all(processes.map(({ worker }) => run.settle(worker.caughtUp(), 'caught up')));
  await caughtUp();
  for (let rounds = 0; !(await atRest()); rounds += 1) {
    if (rounds > 100) throw new RangeError('it does not come to rest');
    run.logClock.advanceBy(2_000);
    for (let to = 0; to < partitions; to += 1) await run.log.append('ticks', to, timeRecord);
    await caughtUp();
    await look(scene);
  }
  await Promise.all(processes.map(({ worker }) => run.settle(worker.stop(), 'stopped')));
  await look(scene);
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  // One that goes on from an older snapshot may send once more what others then have to read.
  for (let tries = 0; tries === 0 || !(await isSaved(run)); tries += 1) {
    if (tries > 10) throw new RangeError('the snapshots never come to the end of the log');
    await run.finish(startOne(scene, all));
  }
  await look(scene);
}

/** Expects what the folds over the logs say, and that nothing was seen that must not be. */
export async function expectUndamaged({ run, config, problems }: Scene): Promise<void> {
  const newestOf = new Map<string, Bar>();
  for (let partition = 0; partition < partitions; partition += 1) {
    const settings = { ...config.fold, partition, basePartitions: partitions };
    const trace = foldSteps(settings, [await recordsOf(run.log, 'ticks', partition)]);
    for (const bar of trace.bars) {
      if (bar.revision > (newestOf.get(barKey(bar))?.revision ?? 0)) newestOf.set(barKey(bar), bar);
    }
    const topic = (await barsTopic(run.log, partition)).flatMap(({ bars }) => bars);
    expect(revisionTexts(withoutRepeats(topic))).toEqual(revisionTexts(trace.bars));
    const { endOffset } = await run.log.range('ticks', partition);
    const [newest] = await run.store.snapshots(partition);
    expect(newest?.nextOffset ?? 0).toBe(endOffset);
  }
  expect(problems).toEqual([]);
  expect(run.store.judged.violations).toEqual([]);
  expect(run.store.judged.bars().map(barText).toSorted()).toEqual([...newestOf.values()].map(barText).toSorted());
}
