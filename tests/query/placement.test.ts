/** The placement over HTTP: loads by partition, moves as they happen, where one instrument lives, and what there is without a map. */
import { InstrumentMap, type PartitionReport } from '@tapeline/domain';
import { afterEach, expect, test } from 'vitest';
import { ScriptedPlacement } from '../../services/query/test-kit/scripted-placement.ts';
import { barRecord, QueryRig, type RigOptions } from './query-rig.ts';

const rigs: QueryRig[] = [];

async function rigWith(options: RigOptions): Promise<QueryRig> {
  const rig = await QueryRig.start(options);
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

type Json = Record<string, unknown> & { readonly moves: readonly Record<string, unknown>[] };

async function placementOf(rig: QueryRig, query: string = ''): Promise<Json> {
  const response = await fetch(rig.url(`/v1/placement${query}`));
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

/** What the owner of a partition says: ticks a second of its instruments, decayed for long. */
function reportOf(
  partition: number,
  rates: Readonly<Record<string, number>>,
  changes: Partial<PartitionReport> = {},
): PartitionReport {
  const halfLifeMs = 30_000;
  const ticks = new InstrumentMap<number>();
  for (const [symbol, rate] of Object.entries(rates)) ticks.set('d', symbol, (rate * halfLifeMs) / 1_000 / Math.LN2);
  return {
    partition,
    worker: `worker-${partition}:50053`,
    nextOffset: 10,
    lagMs: 7,
    form: '1/1',
    rates: { partition, logTimeMs: 10_000_000, sinceMs: 0, halfLifeMs, ticks, forgottenTicks: 0 },
    steps: [],
    declaredGaps: 1,
    orderViolations: 0,
    strays: 3,
    parkedEntries: 2,
    parkedBytes: 200,
    heldTicks: 4,
    ...changes,
  };
}

test('without a map all is where it was first, and it says so', async () => {
  const rig = await rigWith({ partitions: 2 });
  const placement = await placementOf(rig, '?symbol=SPY');
  expect(placement).toMatchObject({
    hasMap: false,
    epoch: 0,
    basePartitions: 2,
    partitionCount: 2,
    skew: null,
    moves: [],
    instrument: { dataset: 'd', symbol: 'SPY', partition: rig.homeOf(), epoch: 0, standing: 'first', moves: [] },
  });
});

test('partitions have their owner, rate and busiest instruments, counted where those live', async () => {
  const control = new ScriptedPlacement(2);
  const rig = await rigWith({ partitions: 2, control });
  const home = rig.homeOf();
  const override = { dataset: 'd', symbol: 'SPY', partition: 2, epoch: 1, standing: 'dedicated' } as const;
  control.put({ partitions: 3, overrides: [override], epochTimes: [{ epoch: 1, logTimeMs: 5 }] });
  const now = Date.now();
  const other = home === 0 ? 1 : 0;
  control.reports.partitions = [
    { report: reportOf(home, { SPY: 600, QQQ: 100 }), appendTimeMs: now },
    { report: reportOf(other, { IWM: 50 }), appendTimeMs: now - 60_000 },
  ];
  const placement = await placementOf(rig);
  expect(placement).toMatchObject({
    hasMap: true,
    epoch: 1,
    partitionCount: 3,
    overrides: 1,
    skew: 1.33,
    ticksPerSecond: 750,
    declaredGaps: 2,
    orderViolations: 0,
  });
  const partitions = placement['partitions'] as Record<string, unknown>[];
  expect(partitions[home]).toMatchObject({
    role: 'base',
    worker: `worker-${home}:50053`,
    silent: false,
    ticksPerSecond: 100,
    lagMs: 7,
    instruments: 1,
    parkedEntries: 2,
    parkedBytes: 200,
    heldTicks: 4,
    strays: 3,
  });
  expect(partitions[other]).toMatchObject({ role: 'base', silent: true, ticksPerSecond: 50 });
  expect(partitions[2]).toMatchObject({
    role: 'dedicated',
    worker: null,
    silent: true,
    ticksPerSecond: 600,
    lagMs: null,
    top: [{ dataset: 'd', symbol: 'SPY', ticksPerSecond: 600, epoch: 1, standing: 'dedicated' }],
  });
});

test('a move is seen from its map to its arrival, and stays in the history of its instrument', async () => {
  const control = new ScriptedPlacement(2);
  const rig = await rigWith({ partitions: 2, control });
  const [from, to] = [rig.homeOf(), 1 - rig.homeOf()];
  const override = { dataset: 'd', symbol: 'SPY', partition: to, epoch: 1, standing: 'spread' } as const;
  const phases = async (): Promise<unknown[]> =>
    (await placementOf(rig, '?symbol=SPY')).moves.map((move) => [
      move['phase'],
      move['from'],
      move['to'],
      move['epoch'],
    ]);
  const listed = { dataset: 'd', symbol: 'SPY', epoch: 1, fromEpoch: 0, from, to };
  control.put({ overrides: [override], moves: [listed], epochTimes: [{ epoch: 1, logTimeMs: 5 }] });
  expect(await phases()).toEqual([['published', from, to, 1]]);
  control.put({ moves: [] });
  expect(await phases()).toEqual([['moved', from, to, 1]]);
  const instrument = { dataset: 'd', symbol: 'SPY' };
  const departures = [{ instrument, epoch: 1, toPartition: to, clockTimeNs: 5n }];
  await rig.log.append('bars', from, barRecord([], 1, { departures }));
  await expect.poll(phases).toEqual([['handed-over', from, to, 1]]);
  await rig.log.append('bars', to, barRecord([], 1, { arrivals: [{ instrument, epoch: 1 }] }));
  await expect.poll(phases).toEqual([]);
  const after = await placementOf(rig, '?symbol=SPY&dataset=d');
  expect(after['recent']).toMatchObject([{ symbol: 'SPY', phase: 'arrived', epoch: 1 }]);
  expect(after['instrument']).toMatchObject({
    partition: to,
    epoch: 1,
    firstPartition: from,
    standing: 'spread',
    moves: [{ phase: 'arrived', from, to }],
  });
});

test('a move whose arrival an owner reports is over, and a symbol that there is not is refused', async () => {
  const control = new ScriptedPlacement(2);
  const rig = await rigWith({ partitions: 2, control });
  const [from, to] = [rig.homeOf(), 1 - rig.homeOf()];
  const override = { dataset: 'd', symbol: 'SPY', partition: to, epoch: 1, standing: 'spread' } as const;
  const listed = { dataset: 'd', symbol: 'SPY', epoch: 1, fromEpoch: 0, from, to };
  control.put({ overrides: [override], moves: [listed], epochTimes: [{ epoch: 1, logTimeMs: 5 }] });
  const steps = [{ dataset: 'd', symbol: 'SPY', epoch: 1, step: 'arrived', logTimeMs: 20 }] as const;
  control.reports.partitions = [{ report: reportOf(to, {}, { steps }), appendTimeMs: Date.now() }];
  expect((await placementOf(rig)).moves).toEqual([]);
  const refused = await fetch(rig.url('/v1/placement?symbol=NONE'));
  expect([refused.status, await refused.json()]).toMatchObject([404, { error: { code: 'INSTRUMENT_UNKNOWN' } }]);
  expect((await fetch(rig.url('/v1/placement?other=1'))).status).toBe(400);
});
