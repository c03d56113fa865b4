/** The rendered pods: restricted, told everything by environment, secrets by reference alone, and the same bytes each time. */
import type { KubeObject } from '@tapeline/kubernetes';
import { expect, test } from 'vitest';
import { settings, storeOf, streamOf } from '../../test-kit/stream-world.ts';
import { streamWorkloads, type StreamWorkloads, workerSelectorText } from './stream-workloads.ts';

type Env = { readonly name: string; readonly value?: string; readonly valueFrom?: unknown };
type Pod = {
  readonly containers: readonly [
    { readonly env: readonly Env[]; readonly args: readonly string[]; readonly securityContext: unknown },
  ];
  readonly volumes: readonly { readonly name: string }[];
  readonly securityContext: unknown;
};

const secured = {
  kafka: {
    bootstrap: ['k:9093'],
    tls: { caSecretRef: { name: 'kafka-ca', key: 'ca.crt' }, clientSecretRef: { name: 'kafka-client' } },
    sasl: { mechanism: 'scram-sha-512', username: 'ada', passwordSecretRef: { name: 'kafka-login', key: 'password' } },
  },
};

function render(spec: Readonly<Record<string, unknown>> = {}, secrets = 'digest'): StreamWorkloads {
  return streamWorkloads({ stream: streamOf({ spec }), store: storeOf(), secrets, settings });
}

function podOf({ objects }: StreamWorkloads, name: string): Pod {
  const found = objects.find((object) => object.kind === 'Deployment' && object.metadata.name === name);
  if (found === undefined) throw new Error(`no Deployment ${name}`);
  return (found['spec'] as { template: { spec: Pod } }).template.spec;
}

function env(pod: Pod): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    pod.containers[0].env.map(({ name, value, valueFrom }) => [name, value ?? JSON.stringify(valueFrom)]),
  );
}

test('workers are told the stream, its servers and where they are reached', () => {
  expect(env(podOf(render({ intervals: ['1s', '1m'], lateness: '3s' }), 'us-equities-worker'))).toMatchObject({
    TAPELINE_KAFKA: 'kafka:9092',
    TAPELINE_STREAM: 'us-equities',
    TAPELINE_CASSANDRA: 'cassandra:9042',
    TAPELINE_CASSANDRA_DC: 'dc1',
    TAPELINE_KEYSPACE: 'tapeline',
    TAPELINE_KAFKA_CREATE_TOPICS: 'false',
    TAPELINE_CASSANDRA_CREATE_KEYSPACE: 'false',
    TAPELINE_START_WAIT: '10m',
    TAPELINE_INTERVALS: '1s,1m',
    TAPELINE_LATENESS: '3s',
    TAPELINE_ADVERTISE: '$(POD_IP):50053',
  });
});

test('what people set goes before defaults and behind what the stream says; every name stands once', () => {
  const pod = podOf(
    render({
      workers: {
        template: {
          env: [
            { name: 'TAPELINE_LOG_FORMAT', value: 'text' },
            { name: 'TAPELINE_STREAM', value: 'other' },
          ],
        },
      },
    }),
    'us-equities-worker',
  );
  expect(env(pod)).toMatchObject({ TAPELINE_LOG_FORMAT: 'text', TAPELINE_STREAM: 'us-equities' });
  const names = pod.containers[0].env.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a secret is a reference or a file, never a value', () => {
  const pod = podOf(render(secured), 'us-equities-worker');
  expect(env(pod)).toMatchObject({
    TAPELINE_KAFKA_TLS: 'true',
    TAPELINE_KAFKA_CA: '/etc/tapeline/kafka-ca/ca.crt',
    TAPELINE_KAFKA_CERT: '/etc/tapeline/kafka-client/tls.crt',
    TAPELINE_KAFKA_USERNAME: 'ada',
    TAPELINE_KAFKA_PASSWORD: '{"secretKeyRef":{"name":"kafka-login","key":"password"}}',
  });
  expect(pod.volumes.map(({ name }) => name)).toEqual(['kafka-ca', 'kafka-client', 'tmp']);
});

test('pods are restricted', () => {
  const pod = podOf(render({ feeds: [{ name: 'sim', type: 'simulator' }] }), 'us-equities-feed-sim');
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(pod.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('a changed secret, and nothing else, starts pods again', () => {
  const text = (rendered: StreamWorkloads): string => JSON.stringify(rendered);
  expect(text(render())).toBe(text(render()));
  expect(text(render({}, 'another'))).not.toBe(text(render()));
  // More partitions change no pod: workers follow what the stream was made with.
  expect(text(render({ partitions: 9 }))).toBe(text(render()));
});

test('one worker has no budget, or its node could never be drained', () => {
  const kinds = (replicas: number): string[] => render({ workers: { replicas } }).objects.map(({ kind }) => kind);
  expect([kinds(1), kinds(2)]).toEqual([['Deployment'], ['Deployment', 'PodDisruptionBudget']]);
});

test.each([
  [
    { type: 'simulator', simulator: { rate: 50, backfill: '1h' } },
    { TAPELINE_SIM_RATE: '50', TAPELINE_SIM_BACKFILL: '0s' },
    ['feed'],
  ],
  [
    { type: 'simulator', simulator: { backfill: '1h' }, notes: { claimName: 'n' } },
    { TAPELINE_SIM_BACKFILL: '1h' },
    ['feed'],
  ],
  [
    {
      type: 'replay',
      replay: { claimName: 'r', paths: ['a.csv'], speed: 'max', calendar: 'XNYS' },
      notes: { claimName: 'n' },
    },
    { TAPELINE_SPEED: 'max' },
    ['feed', '--calendar', 'XNYS', '--replay', '/var/lib/tapeline/recordings/a.csv'],
  ],
  [
    { type: 'finnhub', tokenSecretRef: { name: 't' } },
    { FINNHUB_TOKEN: '{"secretKeyRef":{"name":"t","key":"token"}}' },
    ['feed'],
  ],
  [
    { type: 'binance', symbols: ['BTCUSDT', 'ETHUSDT'], dataset: 'b' },
    { TAPELINE_SYMBOLS: 'BTCUSDT,ETHUSDT', TAPELINE_DATASET: 'b' },
    ['feed'],
  ],
])('feed %j', (feed, variables, args) => {
  const pod = podOf(render({ feeds: [{ name: 'one', ...feed }] }), 'us-equities-feed-one');
  expect(env(pod)).toMatchObject({ TAPELINE_FEED: feed.type, TAPELINE_INGEST: 'ingest:50051', ...variables });
  expect(pod.containers[0].args).toEqual(args);
});

test('everything goes with the stream and is selected by labels that never change', () => {
  const owners = render().objects.map(({ metadata }: KubeObject) => metadata.ownerReferences?.[0]);
  expect(owners).toEqual([
    expect.objectContaining({ uid: 'uid-1', controller: true }),
    expect.objectContaining({ uid: 'uid-1' }),
  ]);
  expect(workerSelectorText(streamOf())).toBe('tapeline.dev/stream=us-equities,tapeline.dev/role=worker');
});
