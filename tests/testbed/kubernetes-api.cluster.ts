/** An API server of one's own: it keeps kinds and objects, acts on them, and is killed, frozen and made to forget. */
import { isUnavailable, kubernetesForTests, startKubernetes, type KubernetesCluster } from '@tapeline/testbed';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

const kubernetes = await kubernetesForTests({ ...process.env, KUBECONFIG: '' });
const lack = kubernetes.unavailable;
let cluster: KubernetesCluster;

beforeAll(async () => {
  if (lack === undefined) cluster = await startKubernetes({ apiOnly: true, audit: true });
});

afterAll(async () => {
  if (lack === undefined) await cluster.close();
});

const lamps = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'lamps.testbed.tapeline.dev' },
  spec: {
    group: 'testbed.tapeline.dev',
    scope: 'Namespaced',
    names: { kind: 'Lamp', plural: 'lamps', singular: 'lamp' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { watts: { type: 'integer', maximum: 100 } } } },
          },
        },
      },
    ],
  },
};
const lampsPath = '/apis/testbed.tapeline.dev/v1/namespaces/default/lamps';

function lamp(name: string, watts: number): string {
  return JSON.stringify({ apiVersion: 'testbed.tapeline.dev/v1', kind: 'Lamp', metadata: { name }, spec: { watts } });
}

type Watch = { readonly lines: string[]; readonly ended: Promise<string>; close(): void };

/** Lines of a watch as they come; `ended` says how it ended. */
function watch(path: string): Watch {
  type Config = {
    clusters: [{ cluster: { 'certificate-authority-data': string } }];
    users: [{ user: Record<'client-certificate-data' | 'client-key-data', string> }];
  };
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as Config;
  const { user } = config.users[0];
  const text = (base64: string): string => Buffer.from(base64, 'base64').toString();
  const asked = request(new URL(path, cluster.apiServer.url), {
    ca: text(config.clusters[0].cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
    agent: false,
  });
  const lines: string[] = [];
  const ended = new Promise<string>((resolve) => {
    asked.on('error', (error) => resolve(error.message));
    asked.on('response', (response) => {
      let rest = '';
      response.on('data', (piece: Buffer) => {
        const [last = '', ...whole] = (rest + piece.toString()).split('\n').toReversed();
        rest = last;
        lines.push(...whole.toReversed());
      });
      response.on('error', (error) => resolve(error.message));
      response.on('end', () => resolve('end'));
    });
  });
  asked.end();
  return { lines, ended, close: () => asked.destroy() };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > giveUp) throw new Error(`${what}: not within 30 s`);
    await sleep(50);
  }
}

async function resourceVersion(): Promise<string> {
  const list = JSON.parse(await cluster.kubectl(['get', '--raw', lampsPath])) as {
    metadata: { resourceVersion: string };
  };
  return list.metadata.resourceVersion;
}

test.skipIf(lack !== undefined)(
  'a kind of ours is checked, kept and watched (needs the programs of Kubernetes: npm run testbed -- build kubernetes)',
  async () => {
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(lamps) });
    await cluster.kubectl(['wait', '--for=condition=Established', `crd/${lamps.metadata.name}`, '--timeout=30s']);
    const watching = watch(`${lampsPath}?watch=1&resourceVersion=${await resourceVersion()}`);
    await cluster.kubectl(['apply', '-f', '-'], { input: lamp('first', 40) });
    await until('the watch sees it', () => watching.lines.some((line) => line.includes('"ADDED"')));
    watching.close();
    await expect(cluster.kubectl(['apply', '-f', '-'], { input: lamp('bright', 101) })).rejects.toThrow(
      'spec.watts in body should be less than or equal to 100',
    );
  },
);

test.skipIf(lack !== undefined)(
  'controllers act: what is owned goes with its owner (needs the programs of Kubernetes: npm run testbed -- build kubernetes)',
  async () => {
    await cluster.kubectl(['create', 'deployment', 'owner', '--image=localhost/none:v1', '--replicas=2']);
    const pods = async (): Promise<number> =>
      (await cluster.kubectl(['get', 'pods', '-l', 'app=owner', '-o', 'name'])).split('\n').filter(Boolean).length;
    await until('two pods are made', async () => (await pods()) === 2);
    await cluster.kubectl(['delete', 'deployment', 'owner']);
    await until('they are gone', async () => (await pods()) === 0);
  },
);

test.skipIf(lack !== undefined)(
  'a killed API server drops its watches and comes back with every object (needs the programs of Kubernetes: npm run testbed -- build kubernetes)',
  async () => {
    const watching = watch(`${lampsPath}?watch=1`);
    await until('the watch lists', () => watching.lines.length > 0);
    const { pid } = cluster.apiServer;
    await cluster.apiServer.kill();
    expect(await watching.ended).not.toBe('');
    await expect(cluster.kubectl(['get', 'lamps', '--request-timeout=2s'])).rejects.toThrow('refused');
    await cluster.apiServer.start();
    expect(cluster.apiServer.pid).not.toBe(pid);
    expect(await cluster.kubectl(['get', 'lamps', '-o', 'name'])).toBe('lamp.testbed.tapeline.dev/first\n');
  },
);

test.skipIf(lack !== undefined)(
  'a frozen API server says nothing until it goes on (needs the programs of Kubernetes: npm run testbed -- build kubernetes)',
  async () => {
    await cluster.apiServer.stop();
    await expect(cluster.kubectl(['get', 'lamps'], { withinMs: 1_500 })).rejects.toThrow('was ended by SIGKILL');
    await cluster.apiServer.cont();
    expect(await cluster.kubectl(['get', 'lamps', '-o', 'name'])).toContain('first');
  },
);

test.skipIf(lack !== undefined)(
  'a version that was forgotten is answered with 410 (needs the programs of Kubernetes: npm run testbed -- build kubernetes)',
  async () => {
    const before = await resourceVersion();
    await cluster.kubectl(['apply', '-f', '-'], { input: lamp('second', 60) });
    await cluster.apiServer.forget();
    let told = '';
    await until('the watch is answered for good', async () => {
      const watching = watch(`${lampsPath}?watch=1&resourceVersion=${before}`);
      await until('the watch is answered', () => watching.lines.length > 0);
      watching.close();
      told = watching.lines[0] ?? '';
      // 429 while the server reads its objects again.
      return !told.includes('"code":429');
    });
    expect(JSON.parse(told)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  },
);

test.skipIf(lack !== undefined)(
  'every request is noted for who asks what was written (needs the programs of Kubernetes: npm run testbed -- build kubernetes)',
  async () => {
    await cluster.kubectl(['label', 'lamp', 'first', 'room=hall']);
    const writes = readFileSync(cluster.apiServer.auditFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { verb: string; objectRef?: { resource: string; name?: string } })
      .filter(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'lamps');
    expect(writes.map(({ objectRef }) => objectRef?.name)).toContain('first');
  },
);

test.skipIf(lack !== undefined)(
  'the API server of a run is one for all who ask (needs the programs of Kubernetes: npm run testbed -- build kubernetes)',
  async () => {
    if (kubernetes.unavailable !== undefined) throw new Error(kubernetes.unavailable);
    const again = await kubernetesForTests({ ...process.env, KUBECONFIG: '' });
    expect(again).toMatchObject({ kubeconfig: kubernetes.kubeconfig, external: false });
    expect(await kubernetes.kubectl(['get', 'namespace', 'default', '-o', 'name'])).toBe('namespace/default\n');
  },
);

test('a cluster that KUBECONFIG names is used as it is', async () => {
  expect(await kubernetesForTests({ KUBECONFIG: '/somewhere/config' })).toMatchObject({
    kubeconfig: '/somewhere/config',
    external: true,
  });
});

test('without the programs there is none, with the command that builds them', async () => {
  const env = { ...process.env, KUBECONFIG: '', TAPELINE_CACHE: '/nowhere', TAPELINE_TESTBED_RUN: '' };
  const started = await startKubernetes({ apiOnly: true, env }).catch((error: unknown) => error);
  expect(isUnavailable(started)).toBe(true);
  expect(String(started)).toMatch(/kube is not built yet: run npm run testbed -- build kubernetes/);
});
