/** What is known of leaders: by the number of each partition, the newest epoch, in whatever order brokers tell them. */
import { systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { ClusterView } from './cluster-view.ts';
import type { KafkaCalls } from './kafka-calls.ts';
import type { ClusterFacts, PartitionFacts } from './wire-requests.ts';

type Told = readonly (readonly [partition: number, leader: number, leaderEpoch: number])[];

function viewOf(answers: readonly Told[]): ClusterView {
  let asked = 0;
  const metadata = async (): Promise<ClusterFacts> => {
    const told = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    const partitions: PartitionFacts[] = told.map(([partition, leader, leaderEpoch]) => ({
      partition,
      leader,
      leaderEpoch,
      code: 0,
    }));
    return { nodes: [], topics: [{ code: 0, name: 't', id: 'id', partitions }] };
  };
  const calls = { metadata } as unknown as KafkaCalls;
  return new ClusterView({ calls, topics: ['t'], clock: systemClock, maxAgeMs: 1_000 });
}

function leadersOf(view: ClusterView): (string | undefined)[] {
  return [0, 1, 2].map((partition) => {
    const leader = view.leader({ topic: 't', partition });
    return leader && `${leader.node}@${leader.epoch}`;
  });
}

test('a leader is that of its partition, in whatever order brokers name them, at the start and later', async () => {
  const view = viewOf([
    [
      [2, 3, 9],
      [0, 1, 5],
      [1, 2, 1],
    ],
    [
      [1, 2, 1],
      [2, 3, 9],
      [0, 1, 5],
    ],
  ]);
  await view.start();
  expect(leadersOf(view)).toEqual(['1@5', '2@1', '3@9']);
  await view.refresh();
  expect(leadersOf(view)).toEqual(['1@5', '2@1', '3@9']);
});

test('a broker that is behind brings back no older leader, and one that leaves a partition out takes none away', async () => {
  const view = viewOf([
    [
      [1, 2, 4],
      [0, 1, 5],
    ],
    [[1, 3, 3]],
    [
      [0, 3, 6],
      [1, -1, 5],
    ],
  ]);
  await view.start();
  await view.refresh();
  expect(leadersOf(view)).toEqual(['1@5', '2@4', undefined]);
  await view.refresh();
  expect(leadersOf(view)).toEqual(['3@6', undefined, undefined]);
});
