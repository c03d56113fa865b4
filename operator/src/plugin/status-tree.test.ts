/** The tree says in one look what works and what does not, and why a deletion hangs. */
import { expect, test } from 'vitest';
import { streamObject } from '../../test-kit/stream-world.ts';
import { statusTree, storesWithout } from './status-tree.ts';

function condition(type: string, status: string, reason: string, message = 'so'): object {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

function storeWith(...conditions: readonly object[]) {
  return {
    apiVersion: 'tapeline.dev/v1alpha1',
    kind: 'TickStore',
    metadata: { name: 'bars', namespace: 'market' },
    spec: { keyspace: 'tapeline' },
    status: { nodes: 3, migrations: 3, conditions },
  };
}

const store = storeWith(
  condition('Ready', 'True', 'Working'),
  condition('ReplicationConsistent', 'False', 'RepairNeeded', 'run nodetool repair'),
);

/** What is said of a stream with these conditions, besides what every stream has. */
function saidOf(...conditions: readonly object[]): readonly string[] {
  const lines = statusTree({ streams: [streamObject({ status: { conditions } })], stores: [] });
  return lines.filter((line) => line.startsWith('TickStream') || line.includes('!'));
}

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
        condition('Degraded', 'True', 'WorkersFailing', 'pod x crashes'),
        condition('Paused', 'False', 'NotPaused'),
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

test('what moves, how uneven it is, and gaps that nobody read', () => {
  const stream = streamObject({
    status: {
      partitions: 16,
      basePartitions: 4,
      placedPartitions: 16,
      epoch: 12,
      moves: 3,
      conditions: [
        condition('Ready', 'True', 'Working'),
        condition('Skewed', 'True', 'Spreading', 'instruments are being moved'),
        condition('OrderProtected', 'False', 'GapUnread', '3 ticks never came'),
        condition('Degraded', 'True', 'GapUnread', '3 ticks never came'),
      ],
    },
  });
  const lines = statusTree({ streams: [stream], stores: [] });
  expect(lines.slice(1, 4)).toEqual([
    '├─ partitions: 16 of 4 declared',
    '│  ├─ epoch 12, 3 moves under way',
    '│  └─ ! Spreading: instruments are being moved',
  ]);
  expect(lines.filter((line) => line.includes('GapUnread'))).toEqual(['└─ ! GapUnread: 3 ticks never came']);
});

test('why a deletion hangs comes first, with the way out', () => {
  const why = 'no broker answers; or let it go: kubectl annotate tickstream/us-equities tapeline.dev/abandon=uid-1';
  const conditions = [
    condition('Ready', 'False', 'Deleting', 'its deletion was asked for'),
    condition('Progressing', 'False', 'Waiting', why),
    condition('Degraded', 'True', 'DeletionBlocked', why),
    condition('TopicsReady', 'Unknown', 'KafkaUnreachable', 'no broker answers'),
  ];
  expect(saidOf(...conditions)).toEqual([
    'TickStream market/us-equities  Deleting: its deletion was asked for',
    `├─ ! DeletionBlocked: ${why}`,
    '└─ ! KafkaUnreachable: no broker answers',
  ]);
  const tree = statusTree({ streams: [], stores: [], loneStores: [storeWith(...conditions.slice(0, 3))] });
  expect(tree).toEqual([
    'TickStore market/bars  Deleting: its deletion was asked for',
    `├─ ! DeletionBlocked: ${why}`,
    '└─ keyspace tapeline on 3 nodes, migration 3',
  ]);
});

test('a deletion that is under way says what it does', () => {
  expect(
    saidOf(
      condition('Ready', 'False', 'Deleting', 'its deletion was asked for'),
      condition('Progressing', 'True', 'Deleting', 'what was made is being deleted'),
      condition('Degraded', 'False', 'AsExpected'),
    ),
  ).toEqual(['TickStream market/us-equities  Deleting: its deletion was asked for; what was made is being deleted']);
});

test.each([
  [
    'a pause',
    [condition('Ready', 'True', 'Working'), condition('Paused', 'True', 'PausedBySpec', 'nothing is changed')],
    ['├─ ! PausedBySpec: nothing is changed'],
  ],
  [
    'replicas that differ',
    [condition('Ready', 'True', 'Working'), condition('Degraded', 'True', 'ReplicasDiffer', 'move them')],
    ['└─ ! ReplicasDiffer: move them'],
  ],
  [
    'that nobody counts gaps yet, not at all',
    [condition('Ready', 'True', 'Working'), condition('OrderProtected', 'Unknown', 'NotReported', 'x')],
    [],
  ],
  [
    'a spec that cannot be read, once',
    [condition('Ready', 'False', 'InvalidSpec', 'x'), condition('Degraded', 'True', 'InvalidSpec', 'x')],
    [],
  ],
  [
    'a reason that a later operator has',
    [condition('Ready', 'True', 'Working'), condition('Degraded', 'True', 'SomethingNew', 'do this')],
    ['└─ ! SomethingNew: do this'],
  ],
])('%s is told', (_name, conditions, told) => {
  expect(saidOf(...conditions).slice(1)).toEqual(told);
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

test('a store that no stream of its namespace names is one by itself', () => {
  const elsewhere = { ...store, metadata: { name: 'bars', namespace: 'other' } };
  expect(storesWithout([streamObject()], [store, elsewhere])).toEqual([elsewhere]);
  expect(statusTree({ streams: [], stores: [] })).toEqual([]);
});
