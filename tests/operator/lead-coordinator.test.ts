/**
 * The coordinator of a stream as the operator runs it, over a simulated `control`: tokens of its term alone, modes and pins as they are
 * declared, what it tells of moves, and partitions that were added while it runs.
 */
import { encodeControl, encodePartitionReport, type PlacementEvent } from '@tapeline/control';
import {
  decodeEntryOfMoves,
  decodeLogRecord,
  homePartition,
  InstrumentMap,
  placementPolicyDefaults,
} from '@tapeline/domain';
import { createMetrics, silentLogger } from '@tapeline/runtime';
import { afterEach, expect, test } from 'vitest';
import type { CoordinatorPlan } from '../../operator/src/decide/coordinator-wish.ts';
import { decideStream } from '../../operator/src/decide/decide-stream.ts';
import { seen } from '../../operator/src/decide/failure.ts';
import { bookOf } from '../../operator/src/observe/read-secrets.ts';
import { leadCoordinator, tokenOf } from '../../operator/src/placement/lead-coordinator.ts';
import type { RunningCoordinator } from '../../operator/src/placement/stream-coordinators.ts';
import {
  rememberingStatus,
  settings,
  storeOf,
  streamObject,
  streamOf,
  working,
} from '../../operator/test-kit/stream-world.ts';
import { LedStream, reportsOverMs } from '../control/led-stream.ts';

const home = homePartition('d', 'S', 2);
const other = 1 - home;
const pinned = { ...placementPolicyDefaults, pins: [{ dataset: 'd', symbol: 'S', partition: other }] };
const term = { token: 28_333_333, ended: new AbortController().signal };
const firstToken = term.token * 65_536;

let stream = new LedStream();
let running: RunningCoordinator | undefined;
afterEach(async () => {
  const closed = running?.close();
  await stream.clock.advance(6_000);
  await closed;
  running = undefined;
  stream = new LedStream();
});

function planOf(changes: Partial<CoordinatorPlan> = {}): CoordinatorPlan {
  const made = { stream: 's', basePartitions: 2, partitions: 2, retentionMs: Infinity, topicIds: {} };
  return { ...made, mode: 'Auto', policy: placementPolicyDefaults, ...changes };
}

type Begun = { readonly coordinator: RunningCoordinator; readonly told: PlacementEvent[] };

function begin(plan: Partial<CoordinatorPlan> = {}, isHeld = (): boolean => true): Begun {
  const told: PlacementEvent[] = [];
  let known = stream.partitions;
  const seams = {
    control: stream.control.beside(),
    ticks: {
      basePartitions: 2,
      get partitionCount() {
        return known;
      },
      refreshPartitions: async () => (known = stream.partitions),
      append: async (_topic: string, partition: number, bytes: Uint8Array) => {
        for (const entry of decodeLogRecord(bytes)) {
          if (!('start' in entry) || entry.kind === 'tickBlock') continue;
          stream.moves.push({ ...decodeEntryOfMoves(bytes, entry), partition });
        }
        return { offset: stream.moves.length, appendTimeMs: 0 };
      },
    },
    partitions: { addPartitions: async () => Promise.reject(new Error('the operator grows topics by itself')) },
    store: {
      instrumentsNamed: async (symbol: string, dataset = 'd') => [{ dataset, symbol, terms: undefined as never }],
    },
  };
  const parts = {
    clock: stream.clock,
    random: { next: () => 0, bits: () => 0n },
    logger: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
  };
  const order = {
    object: streamObject(),
    term: { ...term, isHeld },
    kafka: streamOf().kafka,
    cassandra: storeOf().cassandra,
    keyspace: 'k',
    secrets: bookOf(new Map()),
    plan: planOf(plan),
  };
  const listener = {
    changed: () => undefined,
    told: (event: PlacementEvent) => void told.push(event),
    lost: (error: unknown) => {
      throw error;
    },
  };
  const coordinator = leadCoordinator(parts, seams, order, listener);
  running = coordinator;
  return { coordinator, told };
}

test('a pin of an instrument that lives elsewhere is followed under the token of the term, and each phase is told', async () => {
  const { coordinator, told } = begin({ policy: pinned });
  expect(coordinator.look()).toBeUndefined();
  // Trades that corrections need go ahead for half a minute at most.
  await stream.pass(60_000);
  expect(stream.view().token).toBe(firstToken);
  const { moves = [], placement } = coordinator.look() ?? {};
  expect(moves).toMatchObject([{ symbol: 'S', from: home, to: other, phase: 'Moved' }]);
  expect([placement?.lookUp({ dataset: 'd', symbol: 'S' }).partition, stream.moves.at(-1)?.kind]).toEqual([
    other,
    'move',
  ]);
  const [move] = moves;
  expect(Math.abs((move?.sinceMs ?? 0) - stream.clock.nowMs())).toBeLessThan(60_000);
  const epoch = move?.epoch ?? 0;
  stream.steps.push({ dataset: 'd', symbol: 'S', epoch, step: 'left', logTimeMs: 0 });
  await stream.pass(1_000);
  expect(coordinator.look()?.moves).toMatchObject([{ phase: 'HandedOver' }]);
  stream.steps.push({ dataset: 'd', symbol: 'S', epoch, step: 'arrived', logTimeMs: 0 });
  await stream.pass(1_000);
  expect(coordinator.look()?.moves).toEqual([]);
  expect(told.map(({ kind }) => kind).filter((kind) => kind !== 'MoveStuck')).toEqual(['Published', 'Arrived']);
});

test('what is prepared is shown, from where it lives', async () => {
  const { coordinator } = begin({ policy: pinned });
  await stream.pass(15_000);
  expect(coordinator.look()?.moves).toMatchObject([
    { symbol: 'S', epoch: 2, from: home, to: other, phase: 'Preparing' },
  ]);
});

test('in mode Propose it is only planned, in mode Off not even that, and steering begins it', async () => {
  const { coordinator } = begin({ mode: 'Propose', policy: pinned });
  await stream.pass(60_000);
  expect([coordinator.look()?.plan?.moves.length, coordinator.look()?.placement.epoch]).toEqual([1, 1]);
  coordinator.steer(planOf({ mode: 'Off', policy: pinned }));
  await stream.pass(6_000);
  expect([coordinator.look()?.plan, coordinator.look()?.placement.epoch]).toEqual([undefined, 1]);
  coordinator.steer(planOf({ policy: pinned }));
  await stream.pass(60_000);
  expect(coordinator.look()?.placement.lookUp({ dataset: 'd', symbol: 'S' }).partition).toBe(other);
});

test('partitions that were added are named by the map and filled', async () => {
  for (let n = 0; n < 40; n += 1) stream.rates.set(`S${n}`, 2_000);
  const { coordinator } = begin();
  await stream.pass(20_000);
  expect(coordinator.look()?.placement.partitions).toBe(2);
  stream.partitions = 4;
  await stream.pass(170_000);
  const { placement, busiest = [], isMeasured, plan } = coordinator.look() ?? {};
  expect([placement?.partitions, isMeasured]).toEqual([4, true]);
  const moved = new Set(placement?.overrides.map(({ partition }) => partition));
  expect([moved.has(2), moved.has(3)]).toContain(true);
  expect(plan?.skew.before).toBeLessThan(1.6);
  expect(busiest).toHaveLength(10);
  for (const { dataset, symbol, partition } of busiest) {
    expect(partition).toBe(placement?.lookUp({ dataset, symbol }).partition);
  }
});

test('gaps and breaks of order are added up over partitions that report', async () => {
  stream.facts = { declaredGaps: 2, orderViolations: 1 };
  const { coordinator } = begin();
  await stream.pass(12_000);
  expect(coordinator.look()?.order).toEqual({ declaredGaps: 4, violations: 2, reporting: 2 });
});

/** A partition reports so many gaps once. */
async function reportGaps(partition: number, declaredGaps: number): Promise<void> {
  const ticks = new InstrumentMap<number>();
  const rates = { partition, logTimeMs: 1_000_000, sinceMs: 0, halfLifeMs: 30_000, ticks, forgottenTicks: 0 };
  const counts = { declaredGaps, orderViolations: 0, strays: 0, parkedEntries: 0, parkedBytes: 0, heldTicks: 0 };
  const own = { partition, worker: 'w', nextOffset: 0, lagMs: 0, form: 'v1', steps: [] };
  const { key, bytes } = encodePartitionReport({ ...own, rates, ...counts });
  await stream.control.append(key, bytes);
}

test('gaps of a partition that fell silent count on, so that those of another one are not hidden behind them', async () => {
  const { coordinator } = begin();
  await reportGaps(0, 0);
  await reportGaps(1, 5);
  await stream.pass(1_000, false);
  expect(coordinator.look()?.order).toEqual({ declaredGaps: 5, violations: 0, reporting: 2 });
  // Partition 1 is silent, and all that was told was read.
  await stream.pass(reportsOverMs, false);
  await reportGaps(0, 3);
  await stream.pass(1_000, false);
  const placement = coordinator.look();
  expect(placement?.order).toEqual({ declaredGaps: 8, violations: 0, reporting: 1 });
  const object = streamOf({
    metadata: { annotations: { 'tapeline.dev/gaps-read': '5' } },
    status: { ...rememberingStatus, order: { declaredGaps: 5, violations: 0 } },
  });
  if (placement === undefined) throw new Error('it knows nothing');
  const { status } = decideStream(object, working(object, { placement: seen(placement) }), settings);
  expect(status?.conditions.find(({ type }) => type === 'OrderProtected')).toMatchObject({
    status: 'False',
    reason: 'GapUnread',
    message: expect.stringContaining('8 ticks never came'),
  });
});

test('what was reported before it began counts, too', async () => {
  await reportGaps(1, 5);
  await stream.pass(reportsOverMs, false);
  const { coordinator } = begin();
  await stream.pass(1_000, false);
  expect(coordinator.look()?.order).toEqual({ declaredGaps: 5, violations: 0, reporting: 0 });
});

test('a token is one of the term, above what was read, and none once the term is not held', () => {
  const held = { ...term, isHeld: () => true };
  expect(tokenOf(held, 0)).toBe(firstToken);
  expect(tokenOf(held, firstToken + 3)).toBe(firstToken + 4);
  expect(tokenOf({ ...held, isHeld: () => false }, 0)).toBeUndefined();
  expect(tokenOf(held, Number.MAX_SAFE_INTEGER)).toBeUndefined();
});

test('who does not hold the lease any more claims nothing', async () => {
  begin({ policy: pinned }, () => false);
  await stream.pass(30_000);
  expect(stream.view().token).toBe(0);
});

test('another one that leads is told once it has led for long, with what to do', async () => {
  const { coordinator } = begin();
  await stream.pass(5_000);
  for (const { key, bytes } of encodeControl({ kind: 'claim', token: Number.MAX_SAFE_INTEGER })) {
    await stream.control.append(key, bytes);
  }
  await stream.pass(30_000);
  expect(coordinator.problem()).toBeUndefined();
  await stream.pass(70_000);
  expect(coordinator.problem()).toMatch(/^another process coordinates the moves of s, .* end what else leads it/);
});
