/** What a real API server takes and refuses of both kinds, what it fills in, and what it shows; each rule in CEL is reached. */
import type { KubeObject } from '@tapeline/kubernetes';
import { definitionFiles } from '@tapeline/operator';
import { kubernetesForTests } from '@tapeline/testbed';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamObject } from '../../operator/test-kit/stream-world.ts';

const kubernetes = await kubernetesForTests();

type Spec = Readonly<Record<string, unknown>>;

const namespace = `op-${randomUUID().slice(0, 8)}`;
const reached = new Set<string>();

async function kubectl(args: readonly string[], options?: { readonly input: string }): Promise<string> {
  if (kubernetes.unavailable !== undefined) throw new Error(kubernetes.unavailable);
  return kubernetes.kubectl(args, options);
}

function stream(name: string, spec: Spec = {}): KubeObject {
  return { ...streamObject({ spec: { workers: undefined, ...spec } }), metadata: { name, namespace } };
}

function store(name: string, spec: Spec = {}): KubeObject {
  const cassandra = { contactPoints: ['c:9042'], datacenter: 'dc1' };
  return {
    apiVersion: 'tapeline.dev/v1alpha1',
    kind: 'TickStore',
    metadata: { name, namespace },
    spec: { cassandra, keyspace: 'tapeline', replication: { dc1: 1 }, ...spec },
  };
}

async function apply(object: KubeObject): Promise<string> {
  return kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
}

async function refusal(object: KubeObject): Promise<string> {
  return apply(object).then(
    () => 'it was taken',
    (error: unknown) => (error as Error).message,
  );
}

async function get(kind: string, name: string): Promise<KubeObject> {
  return JSON.parse(await kubectl(['get', kind, name, '-n', namespace, '-o', 'json'])) as KubeObject;
}

function feed(more: Spec): Spec {
  return { feeds: [{ name: 'one', ...more }] };
}

const replay = { claimName: 'r', paths: ['a'] };

const refused: readonly (readonly [string, KubeObject])[] = [
  ['partitions may grow and never shrink', stream('made', { partitions: 3, topic: { name: 'made' } })],
  ['topic.name is the identity of the stream', stream('made', { topic: { name: 'other' } })],
  ['topic.name is the identity of the stream', stream('made')],
  ['storeRef cannot change', stream('made', { topic: { name: 'made' }, storeRef: { name: 'other' } })],
  ['a pin names a partition that is not there', stream('a', { pins: [{ dataset: 'd', symbol: 's', partition: 4 }] })],
  [
    'hot.exitPercent has to be below hot.enterPercent',
    stream('a', { placement: { hot: { enterPercent: 20, exitPercent: 20 } } }),
  ],
  // The other share is the default's.
  ['hot.exitPercent has to be below hot.enterPercent', stream('a', { placement: { hot: { enterPercent: 20 } } })],
  ['Unsupported value: "Manual"', stream('a', { placement: { mode: 'Manual' } })],
  ['placement.movesAtOnce in body should be less than or equal to 50', stream('a', { placement: { movesAtOnce: 51 } })],
  ['placement.skewAtMostPercent in body should be', stream('a', { placement: { skewAtMostPercent: 200 } })],
  ['minInsyncReplicas is more than replicas', stream('a', { topic: { replicas: 1, minInsyncReplicas: 2 } })],
  ['cleanup.policy has to be delete', stream('a', { topic: { config: { 'cleanup.policy': 'compact' } } })],
  [
    'message.timestamp.type has to be LogAppendTime',
    stream('a', { topic: { config: { 'message.timestamp.type': 'CreateTime' } } }),
  ],
  [
    'unclean.leader.election.enable has to be false',
    stream('a', { topic: { config: { 'unclean.leader.election.enable': 'true' } } }),
  ],
  [
    'retention.ms and min.insync.replicas have fields of their own',
    stream('a', { topic: { config: { 'retention.ms': '1' } } }),
  ],
  ['replay says which files', stream('a', feed({ type: 'replay', notes: { claimName: 'n' } }))],
  ['replay says which files', stream('a', feed({ type: 'binance', replay }))],
  ['a replay needs a claim for its notes', stream('a', feed({ type: 'replay', replay }))],
  ['simulator is for feeds of that type', stream('a', feed({ type: 'binance', simulator: {} }))],
  ['tokenSecretRef is the key of finnhub.io', stream('a', feed({ type: 'finnhub' }))],
  ['metadata.name has 40 characters at most', stream('a'.repeat(41))],
  ['metadata.name has 40 characters at most', stream('a.b')],
  ['keyspace cannot change', store('made', { keyspace: 'other' })],
  ['replication has no entry for cassandra.datacenter', store('a', { replication: { dc2: 1 } })],
  ['replication names a data centre', store('a', { replication: { dc1: 1, "x'y": 1 } })],
  ['metadata.name has 63 characters at most', store('a.b')],
  ['spec.partitions: Required value', stream('a', { partitions: undefined })],
  ['spec.partitions in body should be less than or equal to 256', stream('a', { partitions: 257 })],
  ['spec.kafka.bootstrap[0] in body should match', stream('a', { kafka: { bootstrap: ['k'] } })],
  ['Unsupported value: "Sometimes"', stream('a', { deletionPolicy: 'Sometimes' })],
  ['spec.tables[0].name: Unsupported value: "snapshots"', store('a', { tables: [{ name: 'snapshots', ttl: '1d' }] })],
  ['field not declared in schema', stream('a', { partition: 4 })],
  ['template.securityContext: field not declared', stream('a', { workers: { template: { securityContext: {} } } })],
  ['spec.topic.retention in body should match', stream('a', { topic: { retention: 'soon' } })],
  ['spec.tables[0].ttl in body should match', store('a', { tables: [{ name: 'bars', ttl: 'soon' }] })],
  ['spec.workers.replicas in body should be greater than or equal to 0', stream('a', { workers: { replicas: -1 } })],
];

describe.skipIf(kubernetes.unavailable !== undefined)(
  `admission (needs an API server: ${kubernetes.unavailable ?? 'there is one'})`,
  () => {
    beforeAll(async () => {
      for (const text of definitionFiles().values())
        await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: text });
      const established = ['wait', '--for=condition=Established', '--timeout=30s'];
      await kubectl([...established, 'crd/tickstreams.tapeline.dev', 'crd/tickstores.tapeline.dev']);
      await kubectl(['create', 'namespace', namespace]);
      await apply(stream('made', { partitions: 4, topic: { name: 'made' } }));
      await apply(store('made'));
    });
    afterAll(async () => {
      await kubectl(['delete', 'namespace', namespace, '--wait=false']);
    });
    whatIsTaken();
    whatIsRefused();
  },
);

function whatIsTaken(): void {
  test('defaults are filled in, also where a whole part was left out', async () => {
    expect((await get('ts', 'made'))['spec']).toMatchObject({
      workers: { replicas: 1 },
      paused: false,
      deletionPolicy: 'Retain',
      placement: {
        mode: 'Auto',
        targetTicksPerSecond: 50_000,
        hot: { enterPercent: 50, exitPercent: 25 },
        cooldown: '10m',
        movesAtOnce: 16,
        dedicatedAtMost: 4,
        skewAtMostPercent: 130,
        movedAtMost: 65_536,
      },
    });
    expect((await get('tst', 'made'))['spec']).toMatchObject({ paused: false, deletionPolicy: 'Retain' });
  });

  test('a null setting is kept, as it means hands off', async () => {
    await apply(stream('nulls', { topic: { retention: null, config: { 'cleanup.policy': null, 'segment.ms': '1' } } }));
    expect((await get('ts', 'nulls'))['spec']).toMatchObject({
      topic: { retention: null, config: { 'cleanup.policy': null } },
    });
  });

  test('partitions may grow', async () => {
    await apply(stream('grows', { partitions: 4 }));
    await apply(stream('grows', { partitions: 6 }));
    expect((await get('ts', 'grows'))['spec']).toMatchObject({ partitions: 6 });
  });

  test('kubectl scale works on a stream', async () => {
    await kubectl(['scale', 'tickstream/made', '-n', namespace, '--replicas=4']);
    expect((await get('ts', 'made'))['spec']).toMatchObject({ workers: { replicas: 4 } });
  });

  test('an object that is applied without replicas keeps the scaled count', async () => {
    await apply(stream('made', { partitions: 4, topic: { name: 'made' }, lateness: '3s' }));
    expect((await get('ts', 'made'))['spec']).toMatchObject({ workers: { replicas: 4 }, lateness: '3s' });
  });

  whatIsShown();
}

function whatIsShown(): void {
  test('kubectl get shows live values', async () => {
    const conditions = [
      {
        type: 'Ready',
        status: 'False',
        reason: 'KafkaUnreachable',
        message: 'm',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ];
    const status = { conditions, partitions: 4, epoch: 12, moves: 3, maxLag: 7_000, workers: { ready: 2 } };
    await kubectl([
      'patch',
      'ts',
      'made',
      '-n',
      namespace,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);
    const [head = '', row = ''] = (await kubectl(['get', 'ts', 'made', '-n', namespace])).split('\n');
    expect(head.split(/\s+/).slice(0, 9)).toEqual([
      'NAME',
      'READY',
      'REASON',
      'PARTITIONS',
      'EPOCH',
      'MOVES',
      'WORKERS',
      'WANTED',
      'LAG',
    ]);
    const cells = ['made', 'False', 'KafkaUnreachable', '4', '12', '3', '2', '4', '7000'];
    expect(row.split(/\s+/).slice(0, 9)).toEqual(cells);
  });
}

function whatIsRefused(): void {
  test.each(refused)('%s is refused', async (words, object) => {
    const said = await refusal(object);
    expect(said).toContain(words);
    reached.add(words);
  });

  test('every rule in CEL was reached', () => {
    const messages = [...definitionFiles().values()].flatMap((text) =>
      [...text.matchAll(/message: "?(.+?)"?$/gm)].map(([, message]) => message ?? ''),
    );
    const rules = messages.filter((message) => message.includes(' ') && !message.includes('type:'));
    expect(rules.length).toBeGreaterThanOrEqual(18);
    expect(rules.filter((message) => ![...reached].some((words) => message.includes(words)))).toEqual([]);
  });
}
