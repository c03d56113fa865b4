/** What the placement service refuses, and what it says of a pin that cannot be followed now. */
import {
  InstrumentMap,
  type InstrumentPin,
  LogError,
  Placement,
  placementPolicyDefaults,
  planPlacement,
  StoreError,
} from '@tapeline/domain';
import type { LeadStatus } from '@tapeline/control';
import { connectGrpc, type GrpcServer, processLimits, serveGrpc } from '@tapeline/grpc';
import { createHealth, createMetrics, silentLogger } from '@tapeline/runtime';
import { descriptorSet, errorDetails, wirePlacement } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { placementService, type PlacementServiceParts } from './placement-service.ts';

const { fullName, methods } = wirePlacement.PlacementServiceDefinition;
const open: GrpcServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close(0);
});

function status(facts: Partial<LeadStatus> = {}): LeadStatus {
  const ticksPerSec = new InstrumentMap<number>();
  ticksPerSec.set('d', 'S', 100);
  return {
    mode: 'auto',
    policy: placementPolicyDefaults,
    state: 'idle',
    token: 1,
    placement: Placement.atHome(4),
    partitions: 4,
    preparing: [],
    preparingSinceMs: 0,
    moves: [],
    ended: [],
    planned: undefined,
    rates: { logTimeMs: 0, measuredMs: 0, ticksPerSec },
    unfit: new Map([[2, 'silent']]),
    reports: [],
    ...facts,
  };
}

/** A service over rows of S in one dataset and T in two, and a way to call it. */
async function served(
  known: LeadStatus | undefined,
  keeps: () => void = () => undefined,
  dryRun: PlacementServiceParts['placement']['lead']['dryRun'] = async () =>
    Promise.reject(new RangeError('not asked')),
) {
  let pins: readonly InstrumentPin[] = [];
  const parts: PlacementServiceParts = {
    placement: {
      pins: () => pins,
      changePins: async (change) => {
        keeps();
        pins = change(pins);
      },
      lead: {
        status: () => known,
        dryRun,
        grow: async (count) => Promise.reject(new Error(`${count} are too many`)),
      },
    },
    store: {
      instrumentsNamed: async (symbol, dataset) => {
        const datasets = { S: ['d'], T: ['d', 'e'] }[symbol] ?? [];
        const terms = { currency: 'USD', calendar: 'continuous', priceScale: 2, sizeScale: 0 };
        const named = datasets.filter((each) => dataset === undefined || each === dataset);
        return named.map((each) => ({ dataset: each, symbol, terms: terms as never }));
      },
    },
    nowMs: () => 0,
    partitionsMax: 100,
  };
  const server = await serveGrpc({
    at: { 'grpc-host': '127.0.0.1', 'grpc-port': 0 },
    on: { logger: silentLogger, metrics: createMetrics({ ofProcess: false }), health: createHealth() },
    services: [placementService(parts)],
    limits: processLimits,
    descriptorSet,
    errorCodec: errorDetails,
  });
  open.push(server);
  const channel = connectGrpc({ address: `127.0.0.1:${server.port}`, errorCodec: errorDetails });
  const pin = async (symbol: string, partition: number, dataset = '') =>
    channel.unary(methods.pin, fullName, { instrument: { dataset, symbol }, partition });
  return { channel, pin, kept: () => pins };
}

test('a pin is kept with the dataset that was found, and a second one takes its place', async () => {
  const { pin, kept } = await served(status());
  const home = Placement.atHome(4).lookUp({ dataset: 'd', symbol: 'S' }).partition;
  const other = (home + 1) % 4;
  expect(await pin('S', other)).toMatchObject({
    pin: { dataset: 'd', symbol: 'S', partition: other },
    partition: home,
  });
  expect((await pin('S', home)).text).toBe(`S of d is in ${home} and stays there`);
  expect(kept()).toEqual([{ dataset: 'd', symbol: 'S', partition: home }]);
});

test.each([
  ['propose', 'idle', 'nothing moves in mode propose; start the market with --placement-mode auto'],
  ['auto', 'follower', 'another process coordinates moves now'],
] as const)('in mode %s as %s a pin says what stands in its way', async (mode, state, text) => {
  const { pin } = await served(status({ mode, state }));
  const home = Placement.atHome(4).lookUp({ dataset: 'd', symbol: 'S' }).partition;
  expect((await pin('S', (home + 1) % 4)).text).toContain(text);
});

test('a symbol of several datasets is refused until one is named', async () => {
  const { pin } = await served(status());
  await expect(pin('T', 0)).rejects.toMatchObject({
    reason: 'INSTRUMENT_AMBIGUOUS',
    message: '"T" is in several datasets: d, e; say which one with --dataset',
  });
  expect((await pin('T', 0, 'e')).pin).toMatchObject({ dataset: 'e' });
});

test('unknown instruments, partitions that are not there and missing pins are refused', async () => {
  const { channel, pin } = await served(status());
  await expect(pin('X', 0)).rejects.toMatchObject({ status: 'NOT_FOUND', reason: 'INSTRUMENT_UNKNOWN' });
  await expect(pin('S', 4)).rejects.toMatchObject({ status: 'OUT_OF_RANGE', facts: { max: '3' } });
  const unpin = channel.unary(methods.unpin, fullName, { instrument: { dataset: '', symbol: 'S' } });
  await expect(unpin).rejects.toMatchObject({ reason: 'PIN_UNKNOWN' });
  const grow = async (partitions: number) => channel.unary(methods.addPartitions, fullName, { partitions });
  await expect(grow(4)).rejects.toMatchObject({ reason: 'FIELD_INVALID' });
  await expect(grow(101)).rejects.toMatchObject({
    reason: 'FIELD_INVALID',
    message: expect.stringContaining('give 5 to 100, the most that the log can have') as string,
  });
  await expect(grow(9)).rejects.toMatchObject({ message: 'no partitions were added: 9 are too many' });
});

test('a pin of which nobody knows whether it is kept is no success', async () => {
  const { pin } = await served(status(), () => {
    throw new LogError('LOG_UNAVAILABLE', 'the log does not answer');
  });
  await expect(pin('S', 0)).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'LOG_UNAVAILABLE' });
});

test('before control is read to its end nothing is told', async () => {
  const { pin } = await served(undefined);
  await expect(pin('S', 0)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
});

test('the placement tells partitions, why they are unfit, and the busiest instruments', async () => {
  const { channel } = await served(status());
  const answer = await channel.unary(methods.getPlacement, fullName, { busiest: 5, instruments: [] });
  expect(answer.partitions.map(({ unfit }) => unfit)).toEqual(['', '', 'silent', '']);
  expect(answer.partitions.reduce((sum, { ticksPerSecond }) => sum + ticksPerSecond, 0)).toBe(100);
  expect(answer.busiest).toMatchObject([{ symbol: 'S', standing: 'first', ticksPerSecond: 100 }]);
  await expect(
    channel.unary(methods.getPlacement, fullName, { busiest: 1_001, instruments: [] }),
  ).rejects.toMatchObject({ reason: 'FIELD_INVALID' });
});

test('a partition that was silent when the plan was made and reports now is for nothing yet', async () => {
  const silent = [0, 1, 2, 3].map((partition) => [partition, 'silent'] as const);
  const [placement, instruments] = [Placement.atHome(4), new InstrumentMap<never>()];
  const input = { placement, partitions: 4, logTimeMs: 0, instruments, policy: placementPolicyDefaults };
  const plan = planPlacement({ ...input, unfit: new Map(silent) });
  const { channel } = await served(status({ planned: { plan, wanted: [], measuringMs: 0 } }));
  const answer = await channel.unary(methods.getPlacement, fullName, { busiest: 0, instruments: [] });
  expect(answer.partitions.map(({ role }) => role)).toEqual(['', '', 'unfit', '']);
});

test('in mode off pins and partitions are refused with what to do, and what is known is shown', async () => {
  const { channel, pin, kept } = await served(status({ mode: 'off', state: 'follower' }));
  const refusal = {
    status: 'FAILED_PRECONDITION',
    reason: 'PLACEMENT_OFF',
    message: expect.stringMatching(/in mode off; .*kubectl tapeline.*--placement-mode auto/) as string,
  };
  await expect(pin('S', 0)).rejects.toMatchObject(refusal);
  const instrument = { dataset: 'd', symbol: 'S' };
  await expect(channel.unary(methods.unpin, fullName, { instrument })).rejects.toMatchObject(refusal);
  await expect(channel.unary(methods.addPartitions, fullName, { partitions: 5 })).rejects.toMatchObject(refusal);
  expect(kept()).toEqual([]);
  const answer = await channel.unary(methods.getPlacement, fullName, { busiest: 1, instruments: [] });
  expect(answer.partitions).toHaveLength(4);
});

test('a plan tells which partitions give or take nothing now, and why', async () => {
  const unfit = new Map([...Array.from({ length: 9 }, (_, at) => [at + 4, 'silent'] as const), [1, 'behind'] as const]);
  const input = {
    placement: Placement.atHome(4),
    partitions: 4,
    logTimeMs: 0,
    instruments: new InstrumentMap<never>(),
  };
  const plan = planPlacement({ ...input, policy: placementPolicyDefaults });
  const { channel } = await served(status({ unfit }), undefined, async () => plan);
  const { text } = await channel.unary(methods.dryRun, fullName, {});
  expect(text).toBe(
    'partition 4, 5, 6, 7, 8, 9, 10, 11 and 1 more is silent: nothing goes to it or from it; ' +
      'partition 1 is more than 5 s behind: it gives nothing but what is pinned until it has caught up',
  );
});

test('a plan is made with no more partitions than the log can have, one at a time', async () => {
  let fail: (error: Error) => void = () => undefined;
  const plans: number[] = [];
  const { channel } = await served(status(), undefined, async (_, partitions) => {
    plans.push(partitions);
    return new Promise((_resolve, reject) => {
      fail = reject;
    });
  });
  const plan = async (partitions: number) => channel.unary(methods.dryRun, fullName, { partitions });
  await expect(plan(101)).rejects.toMatchObject({ reason: 'FIELD_INVALID' });
  const first = Promise.allSettled([plan(100)]);
  await expect.poll(() => plans).toEqual([100]);
  await expect(plan(4)).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'PLANS_TOO_MANY' });
  fail(new StoreError('STORE_UNAVAILABLE', 'no answer'));
  expect(await first).toMatchObject([{ status: 'rejected', reason: { reason: 'STORE_UNAVAILABLE' } }]);
  // One that failed holds nobody up.
  const next = Promise.allSettled([plan(4)]);
  await expect.poll(() => plans).toEqual([100, 4]);
  fail(new StoreError('STORE_UNAVAILABLE', 'no answer'));
  expect(await next).toMatchObject([{ status: 'rejected', reason: { reason: 'STORE_UNAVAILABLE' } }]);
});
