/** The status sums partitions, and shows the worst lag of them and every feed. */
import { expect, test } from 'vitest';
import { marketStatus } from './market-status.ts';

const partition = { state: 'live', detail: '', clockMs: 0, nextOffset: 0, endOffset: 0, lagMs: 0, ticks: 0, bars: 0 };
type Partitions = Parameters<typeof marketStatus>[0]['worker'];

function statusOf(partitions: readonly Partial<typeof partition>[]): ReturnType<typeof marketStatus> {
  const worker = { status: () => partitions.map((each, place) => ({ partition: place, ...partition, ...each })) };
  return marketStatus({
    version: '1.2.3',
    startedAt: '2024-01-02T00:00:00.000Z',
    dataDir: '/data',
    limits: ['one machine'],
    ingest: { status: () => ({ ticksPerSecond: 7 }) } as Parameters<typeof marketStatus>[0]['ingest'],
    worker: worker as unknown as Partitions,
    feeds: {
      standings: () => [{ name: 'replay', state: 'failed', detail: 'why', ticks: 5, rejected: 1, gaps: 2, refused: 3 }],
    },
  });
}

test('ticks and bars are sums, the lag is the worst, the rate is that of ingest', () => {
  expect(
    statusOf([
      { ticks: 2, bars: 3, lagMs: 10 },
      { ticks: 5, bars: 7, lagMs: 4 },
    ]),
  ).toMatchObject({
    version: '1.2.3',
    dataDir: '/data',
    limits: ['one machine'],
    ticksPerSecond: 7,
    ticksTotal: 7,
    barsTotal: 10,
    lagMs: 10,
  });
});

test('a partition that has no clock yet has none in the status', () => {
  const { partitions } = statusOf([{}, { clockMs: 1_704_153_600_000, nextOffset: 3, endOffset: 4, lagMs: 1 }]);
  expect(partitions).toEqual([
    { partition: 0, clock: null, nextOffset: 0, endOffset: 0, lagMs: 0 },
    { partition: 1, clock: '2024-01-02T00:00:00.000Z', nextOffset: 3, endOffset: 4, lagMs: 1 },
  ]);
});

test('a feed is shown with its state and counts', () => {
  expect(statusOf([]).feeds).toEqual([
    { name: 'replay', state: 'failed', detail: 'why', ticks: 5, gaps: 2, refused: 3 },
  ]);
});
