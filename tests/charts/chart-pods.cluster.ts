/** Pods of the chart as rendered: what they may do, what they are told, which image they run. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ciValues,
  containerOf,
  envOf,
  type GivenValues,
  helmUnavailable,
  listAt,
  only,
  podsOf,
  render,
  root,
  valueAt,
} from './rendered-chart.ts';
import { restrictedProblems } from './restricted-pods.ts';

const dev = { dev: { enabled: true } };
const every: readonly (readonly [string, GivenValues])[] = [...ciValues(), ['dev alone', dev]];
const servers = ciValues().get('servers-values.yaml') ?? {};
const ours = /(^|\/)tapeline[:@]/;

describe.skipIf(helmUnavailable !== undefined)(
  'pods (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test.each(every)(
      '%s: every pod is restricted, without links and without a token that it does not need',
      (_, values) => {
        const pods = podsOf(render(values));
        expect(pods.length).toBeGreaterThan(2);
        expect(pods.flatMap(restrictedProblems)).toEqual([]);
        expect(pods.filter(({ spec }) => spec['enableServiceLinks'] !== false)).toEqual([]);
        const withToken = pods.filter(({ spec }) => spec['automountServiceAccountToken'] !== false).map(({ of }) => of);
        expect(withToken.filter((of) => !/-operator$|-objects-[0-9a-f]{8}$/.test(of))).toEqual([]);
      },
    );

    test.each(every)('%s: all names are in the namespace and labelled, and each is there once', (_, values) => {
      const objects = render(values);
      const clusterWide = ['CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding'];
      const placed = objects.filter(({ kind }) => !clusterWide.includes(kind));
      expect(placed.filter(({ metadata }) => metadata.namespace !== 'market')).toEqual([]);
      expect(objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] !== 'tapeline')).toEqual([]);
      const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    });

    test.each(every)('%s: selectors find the pods that they are for, and no others', (_, values) => {
      const objects = render(values);
      const pods = podsOf(objects);
      const selecting = objects.filter(({ kind }) => ['Service', 'Deployment', 'StatefulSet'].includes(kind));
      for (const { kind, metadata, ...object } of selecting) {
        const selector = valueAt(object, 'spec', 'selector') as Record<string, unknown>;
        const wanted = (kind === 'Service' ? selector : selector['matchLabels']) as Record<string, string>;
        const found = pods.filter(({ labels }) =>
          Object.entries(wanted).every(([key, value]) => labels[key] === value),
        );
        expect(found.map(({ of }) => of.replace(/^\S+ /, ''))).toEqual([metadata.name]);
      }
    });

    test('passwords come from Secrets alone, certificates as files of Secrets', () => {
      const objects = render(servers);
      const container = containerOf(objects, 'ingest');
      expect(envOf(container)).toMatchObject({
        TAPELINE_KAFKA_PASSWORD: { secretKeyRef: { name: 'kafka-login', key: 'password' } },
        TAPELINE_CASSANDRA_PASSWORD: { secretKeyRef: { name: 'cassandra-login', key: 'word' } },
        TAPELINE_CASSANDRA_CA: '/etc/tapeline/cassandra-ca/root.pem',
        TAPELINE_KAFKA_KEY: '/etc/tapeline/kafka-client/tls.key',
      });
      const mounts = listAt(container, 'volumeMounts').map(({ name }) => name);
      expect(mounts).toEqual(['cassandra-ca', 'kafka-ca', 'kafka-client']);
      expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    });

    test.each([
      ['ingest', servers],
      ['query', servers],
      ['operator', servers],
    ] as const)('every variable of %s is an option of that process', (component, values) => {
      const container = containerOf(render(values), component);
      const entry = path.join(root, 'image/src/entry.ts');
      const { stdout } = spawnSync(process.execPath, ['--conditions=source', entry, component, '--help'], {
        encoding: 'utf8',
      });
      const known = new Set(stdout.match(/\b(TAPELINE|POD)_[A-Z_]+\b/g));
      expect(known.size).toBeGreaterThan(5);
      expect(Object.keys(envOf(container)).filter((name) => !known.has(name))).toEqual([]);
    });
  },
);

describe.skipIf(helmUnavailable !== undefined)(
  'containers and places (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test('pods run the image of the values, each with its process as argument', () => {
      const containers = podsOf(render(servers)).flatMap(({ spec }) => listAt(spec, 'containers'));
      const image = `registry.example/tapeline@${valueAt(servers, 'image', 'digest') as string}`;
      expect(containers.map((container) => container['image'])).toEqual(containers.map(() => image));
      const processes = containers
        .map((container) => valueAt(container, 'args', 0))
        .map(String)
        .toSorted();
      expect(processes).toEqual(['apply-objects', 'check-market', 'ingest', 'operator', 'query']);
      expect(envOf(containerOf(render(servers), 'operator'))['TAPELINE_IMAGE']).toBe(image);
    });

    test('pods of one kind spread over zones and nodes, unless told otherwise', () => {
      const spreadOf = (values: GivenValues, component: string): unknown =>
        valueAt(
          only(render(values), 'Deployment', `-${component}`),
          'spec',
          'template',
          'spec',
          'topologySpreadConstraints',
        );
      for (const component of ['operator', 'ingest', 'query']) {
        const labels = { 'app.kubernetes.io/instance': 'demo', 'app.kubernetes.io/component': component };
        const constraints = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          // What cannot spread, as on one node, runs all the same.
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'tapeline', ...labels } },
          // Pods of the version before do not count.
          matchLabelKeys: ['pod-template-hash'],
        }));
        expect(spreadOf(dev, component)).toEqual(constraints);
      }
      expect(valueAt(servers, 'query', 'topologySpreadConstraints')).toEqual([]);
      expect(spreadOf(servers, 'query')).toBeUndefined();
      const own = [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }];
      expect(spreadOf({ ...dev, query: { topologySpreadConstraints: own } }, 'query')).toEqual(own);
    });

    test('the longest names of release and stream still make names that Kubernetes takes', () => {
      const long = { ...dev, fullnameOverride: 'a'.repeat(40) };
      const names = render(long).map(({ metadata }) => metadata.name);
      expect(names.filter((name) => name.length > 63 && !name.includes('.'))).toEqual([]);
    });

    test('images of our own are never pulled by a tag that moves', () => {
      const images = podsOf(render(dev)).flatMap(({ spec }) =>
        listAt(spec, 'containers').map(({ image }) => String(image)),
      );
      expect(images.filter((image) => ours.test(image)).length).toBeGreaterThan(3);
      expect(
        images.filter((image) => !/(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image) || image.endsWith(':latest')),
      ).toEqual([]);
    });
  },
);
