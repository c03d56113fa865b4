/**
 * The chart installed on a real API server whose namespaces enforce `restricted`: everything is taken as it is, upgrades keep what
 * was scaled, and what should stay when it goes stays. There are no nodes, so nothing runs, and the test does what the release's Job
 * would do: so it is an API server of its own, whatever KUBECONFIG says.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { chooseCluster, type KubeApi, openKubeApi } from '@tapeline/kubernetes';
import { silentLogger, systemClock } from '@tapeline/runtime';
import { helm, isUnavailable, type KubernetesCluster, programFile, startKubernetes } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyObjects, readDeclared } from '../../image/src/apply-objects.ts';
import { chart, ciValues, type Fields, type GivenValues, helmUnavailable, listAt, valueAt } from './rendered-chart.ts';

const dev = { dev: { enabled: true } };
const namespaces = ['market', 'other'] as const;

let cluster: KubernetesCluster;
const lack = helmUnavailable ?? (await whyNoCluster());

async function whyNoCluster(): Promise<string | undefined> {
  try {
    programFile(helm, 'helm');
    cluster = await startKubernetes({ apiOnly: true });
    return undefined;
  } catch (error) {
    if (isUnavailable(error)) return error.message;
    throw error;
  }
}

beforeAll(async () => {
  if (lack !== undefined) return;
  for (const namespace of namespaces) {
    await cluster.kubectl(['create', 'namespace', namespace]);
    const enforced = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
    await cluster.kubectl(['label', 'namespace', namespace, ...enforced]);
  }
});

afterAll(async () => {
  if (lack === undefined) await cluster.close();
});

function valuesFile(values: GivenValues): string {
  const file = path.join(cluster.directory, `values-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(values));
  return file;
}

async function helmRun(
  command: 'install' | 'upgrade',
  release: string,
  values: GivenValues,
  namespace = 'market',
): Promise<string> {
  return cluster.helm([command, release, chart, '--namespace', namespace, '--values', valuesFile(values)]);
}

async function read(...args: readonly string[]): Promise<Fields> {
  return JSON.parse(await cluster.kubectl(['get', '--namespace', 'market', '--output', 'json', ...args])) as Fields;
}

/** Waits until it holds. Throws what it was last after 30 s. */
async function until<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`after 30 s it is ${JSON.stringify(value)}`);
    await systemClock.sleep(200);
  }
}

/** The API as the Job of the release sees it: by the token of its account, with the rights of its role. */
async function apiOfJob(): Promise<KubeApi> {
  const token = await cluster.kubectl(['create', 'token', 'demo-tapeline-objects', '--namespace', 'market']);
  const config = JSON.parse(
    await cluster.kubectl(['config', 'view', '--raw', '--flatten', '--output', 'json']),
  ) as Fields;
  const users = listAt(config, 'users').map(({ name }) => ({ name, user: { token: token.trim() } }));
  const file = path.join(cluster.directory, 'job.kubeconfig');
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  const clock = systemClock;
  const found = chooseCluster({ from: 'file', path: file }, () => clock.monotonicMs());
  return openKubeApi({ cluster: found, clock });
}

/** Gives a user one of the cluster's own roles in the namespace of the release. */
async function bindUser(user: string, role: string): Promise<void> {
  const binding = ['create', 'rolebinding', user, `--clusterrole=${role}`, `--user=${user}`, '--namespace=market'];
  const text = await cluster.kubectl([...binding, '--dry-run=client', '--output=json']);
  await cluster.kubectl(['apply', '--filename', '-'], { input: text });
}

/** What the API server says to a SubjectAccessReview. */
async function mayDo(user: string, verb: string, place: string, namespace: string): Promise<boolean> {
  const [resource, subresource] = place.split('/');
  const resourceAttributes = { namespace, verb, group: 'tapeline.dev', resource, subresource };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes },
  };
  const input = JSON.stringify(review);
  const told = await cluster.kubectl(['create', '--filename', '-', '--output', 'json'], { input });
  return valueAt(JSON.parse(told), 'status', 'allowed') === true;
}

/** What the Job does, which has no node to run on here. */
async function applyAsJob(): Promise<void> {
  const maps = listAt(await read('configmap', '--selector', 'app.kubernetes.io/component=objects'), 'items');
  const texts = maps.flatMap((map) => Object.values(valueAt(map, 'data') as Record<string, string>));
  await applyObjects({
    api: await apiOfJob(),
    declared: texts.map(readDeclared),
    namespace: 'market',
    waitMs: 20_000,
    clock: systemClock,
    logger: silentLogger,
    stop: new AbortController().signal,
  });
}

describe.skipIf(lack !== undefined)(
  'a release (needs Helm and an API server: run npm run testbed -- build kubernetes)',
  () => {
    test('the API server takes every object, with every switch on', async () => {
      // Kinds of Prometheus' operator are not served here.
      for (const [, values] of ciValues()) {
        const rendered = await cluster.helm([
          'template',
          'demo',
          chart,
          '--namespace=market',
          `--values=${valuesFile(values)}`,
          '--set=monitoring.serviceMonitor.enabled=false,monitoring.rules.enabled=false',
        ]);
        const strictly = ['apply', '--dry-run=server', '--validate=strict', '--filename', '-'];
        const told = await cluster.kubectl(strictly, { input: rendered });
        expect(told.trim().split('\n').length).toBeGreaterThan(6);
      }
    });

    test('installed, it tells the next commands, and every pod is let into the namespace', async () => {
      const notes = await helmRun('install', 'demo', { ...dev, stream: { deletionPolicy: 'Delete' } });
      expect(notes).toContain('kubectl -n market get tickstreams --watch');
      expect(notes).toContain('helm -n market test demo --logs');
      expect(notes).toContain('WARNING: dev.enabled runs one Kafka and one Cassandra');
      expect(notes).toContain('WARNING: deletionPolicy Delete needs the operator');
      await helmRun('upgrade', 'demo', dev);
      const names = ['cassandra', 'ingest', 'kafka', 'objects', 'operator', 'query'];
      const component = 'app.kubernetes.io/component';
      const pods = await until(
        async () =>
          listAt(await read('pods'), 'items').map((pod) => String(valueAt(pod, 'metadata', 'labels', component))),
        (found) => names.every((name) => found.includes(name)),
      );
      expect(new Set(pods)).toEqual(new Set(names));
    });

    test('the Job’s own account applies the default objects, and may nothing else', async () => {
      await applyAsJob();
      const stream = await read('tickstream', 'demo-tapeline');
      expect(valueAt(stream, 'spec')).toMatchObject({
        partitions: 4,
        workers: { replicas: 1 },
        storeRef: { name: 'demo-tapeline' },
      });
      expect(valueAt(await read('tickstore', 'demo-tapeline'), 'spec', 'replication')).toEqual({ datacenter1: 1 });
      const api = await apiOfJob();
      const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', isNamespaced: true };
      await expect(api.list(secrets, { namespace: 'market' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });

    test('an upgrade keeps what kubectl scaled, and changes what the values say', async () => {
      await cluster.kubectl(['scale', 'tickstream/demo-tapeline', '--replicas=3', '--namespace', 'market']);
      await cluster.kubectl(['scale', 'deployment/demo-tapeline-ingest', '--replicas=2', '--namespace', 'market']);
      await helmRun('upgrade', 'demo', { ...dev, stream: { partitions: 6 }, query: { replicas: 2 } });
      await applyAsJob();
      const stream = await read('tickstream', 'demo-tapeline');
      expect(valueAt(stream, 'spec')).toMatchObject({ partitions: 6, workers: { replicas: 3 } });
      expect(valueAt(await read('deployment', 'demo-tapeline-ingest'), 'spec', 'replicas')).toBe(2);
      expect(valueAt(await read('deployment', 'demo-tapeline-query'), 'spec', 'replicas')).toBe(2);
    });

    test('fewer partitions are refused in the words of the kind', async () => {
      await helmRun('upgrade', 'demo', { ...dev, stream: { partitions: 2 } });
      await expect(applyAsJob()).rejects.toThrow('partitions may grow and never shrink');
    });
  },
);

describe.skipIf(lack !== undefined)(
  'people (needs Helm and an API server: run npm run testbed -- build kubernetes)',
  () => {
    test.each([
      ['view', ['get', 'list', 'watch'], 'tickstreams,tickstores', true],
      ['view', ['create', 'update', 'patch', 'delete'], 'tickstreams,tickstores', false],
      ['view', ['get'], 'tickstreams/scale', true],
      ['view', ['update', 'patch'], 'tickstreams/scale', false],
      ['edit', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'], 'tickstreams,tickstores', true],
      ['edit', ['get', 'update', 'patch'], 'tickstreams/scale', true],
      // A status is the operator's to write.
      ['edit', ['update', 'patch'], 'tickstreams/status,tickstores/status', false],
    ] as const)('who may %s: %j of %s, %s', async (role, verbs, resources, isAllowed) => {
      const user = `who-may-${role}`;
      await bindUser(user, role);
      for (const verb of verbs) {
        for (const resource of resources.split(',')) {
          const may = async (namespace: string): Promise<boolean> => mayDo(user, verb, resource, namespace);
          // Roles are added to the cluster's a moment after they were made.
          await until(
            async () => may('market'),
            (answer) => answer === isAllowed,
          );
          // Nothing was granted there.
          expect(await may('other')).toBe(false);
        }
      }
    });
  },
);

describe.skipIf(lack !== undefined)(
  'when it goes (needs Helm and an API server: run npm run testbed -- build kubernetes)',
  () => {
    test('another release leaves the definitions of the first alone, and says so', async () => {
      const notes = await helmRun('install', 'second', dev, 'other');
      expect(notes).toContain('NOTE: tickstreams.tapeline.dev belongs to release market/demo');
      await cluster.helm(['uninstall', 'second', '--namespace', 'other']);
    });

    test('the default objects go with the release; definitions and volumes stay, and it can come again', async () => {
      await cluster.helm(['uninstall', 'demo', '--namespace', 'market']);
      const gone = await until(
        async () => [...listAt(await read('tickstreams'), 'items'), ...listAt(await read('tickstores'), 'items')],
        (left) => left.length === 0,
      );
      expect(gone).toEqual([]);
      const claims = listAt(await read('persistentvolumeclaims'), 'items').map((claim) =>
        valueAt(claim, 'metadata', 'name'),
      );
      expect(claims).toEqual(['data-demo-tapeline-cassandra-0', 'data-demo-tapeline-kafka-0']);
      await helmRun('install', 'demo', dev);
      await applyAsJob();
      expect(valueAt(await read('tickstream', 'demo-tapeline'), 'spec', 'partitions')).toBe(4);
    });
  },
);
