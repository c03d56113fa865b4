/** Who owns numbers of pods, and what the default objects say. */
import { foldConfigDefaults } from '@tapeline/domain';
import { describe, expect, test } from 'vitest';
import {
  ciValues,
  containerOf,
  declaredObject,
  envOf,
  type GivenValues,
  helmUnavailable,
  only,
  render,
  valueAt,
} from './rendered-chart.ts';

const dev = { dev: { enabled: true } };
const mebibyte = 2 ** 20;
const servers = ciValues().get('servers-values.yaml') ?? {};

describe.skipIf(helmUnavailable !== undefined)(
  'what is declared (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test('numbers that nobody gave are left out, so that who scales keeps them', () => {
      const objects = render(dev);
      for (const component of ['ingest', 'query']) {
        expect(valueAt(only(objects, 'Deployment', `-${component}`), 'spec')).not.toHaveProperty('replicas');
      }
      expect(valueAt(declaredObject(objects, 'stream'), 'spec', 'workers')).not.toHaveProperty('replicas');
      expect(objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')).toEqual([]);
    });

    test('numbers that are given are the chart’s, zero too', () => {
      const given = { ...dev, ingest: { replicas: 0 }, query: { replicas: 3 }, stream: { workers: { replicas: 0 } } };
      const objects = render(given);
      expect(valueAt(only(objects, 'Deployment', '-ingest'), 'spec', 'replicas')).toBe(0);
      expect(valueAt(only(objects, 'Deployment', '-query'), 'spec', 'replicas')).toBe(3);
      expect(valueAt(declaredObject(objects, 'stream'), 'spec', 'workers', 'replicas')).toBe(0);
    });

    test('an autoscaler has its target, and its target no number', () => {
      const objects = render(servers);
      const targets = objects
        .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
        .map((object) => valueAt(object, 'spec', 'scaleTargetRef'));
      expect(targets).toEqual([
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'demo-tapeline-ingest' },
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'demo-tapeline-query' },
        { apiVersion: 'tapeline.dev/v1alpha1', kind: 'TickStream', name: 'us-equities' },
      ]);
      expect(valueAt(only(objects, 'Deployment', '-ingest'), 'spec')).not.toHaveProperty('replicas');
      expect(valueAt(declaredObject(objects, 'stream'), 'spec', 'workers')).not.toHaveProperty('replicas');
    });

    test('one worker may hold what all partitions keep to revise bars from', () => {
      const spec = valueAt(declaredObject(render(dev), 'stream'), 'spec');
      const limit = /^(\d+)Mi$/.exec(String(valueAt(spec, 'workers', 'resources', 'limits', 'memory')))?.[1];
      const kept = Number(valueAt(spec, 'partitions')) * foldConfigDefaults.retainedBytesMax;
      expect(Number(limit) * mebibyte).toBeGreaterThan(kept + 256 * mebibyte);
    });

    test('the default objects say what the values say, and nothing that was not given', () => {
      const objects = render(servers);
      expect(valueAt(declaredObject(objects, 'store'), 'spec')).toEqual({
        cassandra: {
          contactPoints: ['cassandra-0.cassandra:9042'],
          datacenter: 'dc1',
          tls: { caSecretRef: { name: 'cassandra-ca', key: 'root.pem' } },
          login: { username: 'tapeline', passwordSecretRef: { name: 'cassandra-login', key: 'word' } },
        },
        keyspace: 'tapeline',
        replication: { dc1: 3 },
        tables: valueAt(servers, 'store', 'tables'),
        deletionPolicy: 'Retain',
      });
      expect(valueAt(declaredObject(objects, 'stream'), 'spec')).toMatchObject({
        kafka: {
          bootstrap: ['kafka-0.kafka:9093', 'kafka-1.kafka:9093'],
          tls: { caSecretRef: { name: 'kafka-ca', key: 'ca.crt' }, clientSecretRef: { name: 'kafka-client' } },
          sasl: { mechanism: 'scram-sha-512', username: 'tapeline' },
        },
        // Null = the operator keeps its hands off it.
        topic: { replicas: 3, config: { 'compression.type': 'zstd', 'segment.bytes': null } },
        storeRef: { name: 'demo-tapeline' },
        ingest: ['demo-tapeline-ingest.market.svc.cluster.local:50051'],
        pins: [{ dataset: 'iex', symbol: 'SPY', partition: 11 }],
      });
      const fewest = declaredObject(render(dev), 'stream');
      const fields = ['deletionPolicy', 'feeds', 'ingest', 'kafka', 'partitions', 'storeRef', 'topic', 'workers'];
      expect(Object.keys(valueAt(fewest, 'spec') as object).toSorted()).toEqual(fields);
      expect(valueAt(fewest, 'spec', 'topic')).toEqual({ replicas: 1 });
    });
  },
);

describe.skipIf(helmUnavailable !== undefined)(
  'what goes with it (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test('dev brings one Kafka and one Cassandra that everything is told of', () => {
      const objects = render(dev);
      const env = envOf(containerOf(objects, 'query'));
      expect(env['TAPELINE_KAFKA']).toBe('demo-tapeline-kafka.market.svc.cluster.local:9092');
      expect(env['TAPELINE_CASSANDRA']).toBe('demo-tapeline-cassandra.market.svc.cluster.local:9042');
      expect(objects.filter(({ kind }) => kind === 'StatefulSet').map(({ metadata }) => metadata.name)).toEqual([
        'demo-tapeline-cassandra',
        'demo-tapeline-kafka',
      ]);
      const properties = String(valueAt(only(objects, 'ConfigMap', '-kafka'), 'data', 'server.properties'));
      expect(properties).toContain(`advertised.listeners=PLAINTEXT://${env['TAPELINE_KAFKA'] as string}`);
      expect(valueAt(declaredObject(objects, 'stream'), 'spec', 'feeds')).toEqual([
        { name: 'simulator', type: 'simulator' },
      ]);
      const own = { ...dev, stream: { feeds: [{ name: 'coins', type: 'binance' }] } };
      expect(valueAt(declaredObject(render(own), 'stream'), 'spec', 'feeds')).toEqual([
        { name: 'coins', type: 'binance' },
      ]);
      expect(render(servers).filter(({ kind }) => kind === 'StatefulSet')).toEqual([]);
    });

    test('a budget lets one pod of a kind go at a time, however many there are', () => {
      const budgets = render(dev).filter(({ kind }) => kind === 'PodDisruptionBudget');
      expect(budgets.map(({ metadata }) => metadata.name)).toEqual([
        'demo-tapeline-operator',
        'demo-tapeline-ingest',
        'demo-tapeline-query',
      ]);
      for (const budget of budgets) expect(valueAt(budget, 'spec', 'maxUnavailable')).toBe(1);
    });

    test('the Job that applies the objects has another name when they or the image change', () => {
      const jobName = (values: GivenValues): string => only(render(values), 'Job').metadata.name;
      const [first, other, image] = [
        dev,
        { ...dev, stream: { partitions: 5 } },
        { ...dev, image: { tag: 'next' } },
      ].map(jobName);
      expect(new Set([first, other, image]).size).toBe(3);
      expect(jobName(dev)).toBe(first);
    });
  },
);
