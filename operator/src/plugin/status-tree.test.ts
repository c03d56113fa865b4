/** The tree says in one look what works and what does not. */
import { expect, test } from 'vitest';
import { streamObject } from '../../test-kit/stream-world.ts';
import { statusTree } from './status-tree.ts';

function condition(type: string, status: string, reason: string, message = 'so'): object {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

const store = {
  apiVersion: 'tapeline.dev/v1alpha1',
  kind: 'TickStore',
  metadata: { name: 'bars', namespace: 'market' },
  spec: { keyspace: 'tapeline' },
  status: {
    nodes: 3,
    migrations: 3,
    conditions: [
      condition('Ready', 'True', 'Working'),
      condition('ReplicationConsistent', 'False', 'RepairNeeded', 'run nodetool repair'),
    ],
  },
};

test('a stream with what belongs to it, and what is wrong', () => {
  const stream = streamObject({
    status: {
      partitions: 6,
      basePartitions: 4,
      maxLag: 3_000,
      laggingPartition: 2,
      topics: [{ name: 'us-equities.ticks', id: 'abc', partitions: 6, replicas: 3 }],
      workers: { ready: 5 },
      feeds: [{ name: 'sim', ready: 1 }],
      conditions: [
        condition('Ready', 'False', 'WorkersFailing', 'pod x crashes'),
        condition('WorkersReady', 'False', 'WorkersFailing', 'pod x crashes'),
        condition('OverProvisioned', 'True', 'MoreWorkersThanPartitions', '1 stands by'),
        condition('TopicsReady', 'True', 'TopicsFit'),
      ],
    },
  });
  expect(statusTree({ streams: [stream], stores: [store] })).toEqual([
    'TickStream market/us-equities  WorkersFailing: pod x crashes',
    '├─ partitions: 6 of 4 declared, instruments live on 4 of them',
    '│  └─ us-equities.ticks  6 partitions of 3 replicas  id abc',
    '├─ TickStore bars  Working: so',
    '│  ├─ keyspace tapeline on 3 nodes, migration 3',
    '│  └─ ! RepairNeeded: run nodetool repair',
    '├─ workers: 5 of 2 ready',
    '│  └─ ! MoreWorkersThanPartitions: 1 stands by',
    '├─ feed sim: 1 of 1 ready',
    '├─ lag: about 3000 records in partition 2',
    '└─ ! WorkersFailing: pod x crashes',
  ]);
});

test('one that nobody has looked at, without its store', () => {
  expect(statusTree({ streams: [streamObject()], stores: [] })).toEqual([
    'TickStream market/us-equities  not looked at yet: is the operator running?',
    '├─ partitions: ? of 4 declared',
    '├─ TickStore bars  is not there',
    '├─ workers: 0 of 2 ready',
    '└─ lag: not seen yet',
  ]);
});

test('nothing is said as nothing', () => {
  expect(statusTree({ streams: [], stores: [] })).toEqual([
    'there is no TickStream here; make one, or name another namespace with -n',
  ]);
});
