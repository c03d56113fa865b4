/**
 * Nodes of one's own: pods run on them, find each other and this machine, keep their volumes, and survive a power cut. Needs
 * root, and what `npm run testbed -- build kubernetes` builds. Runs alone.
 */
import { imageNames, type KubernetesCluster, shellImage, startKubernetes } from '@tapeline/testbed';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

let cluster: KubernetesCluster;

beforeAll(async () => {
  cluster = await startKubernetes({ nodes: 2, metrics: true });
  await cluster.loadImage(await shellImage());
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(web) });
  await cluster.kubectl(['rollout', 'status', 'statefulset/web', '--timeout=60s']);
}, 300_000);

afterAll(async () => {
  await cluster.close();
});

const labels = { app: 'web' };
const script = 'mkdir -p /data/site; hostname >> /data/site/names; exec httpd -f -p 8080 -h /data/site';
const web = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        serviceName: 'web',
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            securityContext: { runAsNonRoot: true, runAsUser: 1000 },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: 'topology.kubernetes.io/zone',
                whenUnsatisfiable: 'DoNotSchedule',
                labelSelector: { matchLabels: labels },
              },
            ],
            tolerations: [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }],
            containers: [
              {
                name: 'web',
                image: imageNames.shell,
                imagePullPolicy: 'Never',
                command: ['sh', '-c', script],
                readinessProbe: { httpGet: { path: '/names', port: 8080 }, periodSeconds: 1 },
                resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } },
          },
        ],
      },
    },
  ],
};

async function inPod(pod: string, command: string): Promise<string> {
  return cluster.kubectl(['exec', pod, '--', 'sh', '-c', command]);
}

async function nodesOfPods(): Promise<string[]> {
  const jsonpath = '-o=jsonpath={range .items[*]}{.spec.nodeName}{"\\n"}{end}';
  return (await cluster.kubectl(['get', 'pods', '-l', 'app=web', jsonpath])).trim().split('\n').toSorted();
}

async function until(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<number> {
  const from = performance.now();
  while (!(await holds())) {
    if (performance.now() - from > withinMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(250);
  }
  return performance.now() - from;
}

async function isReady(node: string): Promise<boolean> {
  const jsonpath = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  return (await cluster.kubectl(['get', 'node', node, jsonpath])) === 'True';
}

/**
 * What a Service says, over a connection of its own. Empty while it does not answer: a connection that began before the
 * node knew the Service, or went through a node that is gone, never comes to an end.
 */
async function said(url: string): Promise<string> {
  try {
    return await (await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(1_000) })).text();
  } catch (error) {
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) return '';
    throw error;
  }
}

test('pods are spread over the zones and run', async () => {
  expect(await nodesOfPods()).toEqual(['node1', 'node2']);
});

test('this machine reaches pods through a Service, and pods reach each other by name and this machine by address', async () => {
  const address = await cluster.kubectl(['get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}']);
  const heard = new Set<string>();
  await until('both pods answer', 20_000, async () => {
    heard.add(await said(`http://${address}/names`));
    return heard.has('web-0\n') && heard.has('web-1\n');
  });
  expect(await inPod('web-0', 'wget -q -O - http://web-1.web.default.svc.cluster.local:8080/names')).toBe('web-1\n');
  const server = createServer((_request, response) => response.end('from the machine\n'));
  await new Promise<void>((resolve) => server.listen(0, cluster.network?.host, resolve));
  try {
    const at = server.address();
    const port = typeof at === 'object' ? at?.port : 0;
    expect(await inPod('web-1', `wget -q -O - http://${cluster.network?.host}:${port}/`)).toBe('from the machine\n');
  } finally {
    server.close();
  }
});

test('what a pod wrote into its volume is there for the next one', async () => {
  await cluster.kubectl(['delete', 'pod', 'web-0', '--wait=true']);
  await cluster.kubectl(['rollout', 'status', 'statefulset/web', '--timeout=60s']);
  expect(await inPod('web-0', 'cat /data/site/names')).toBe('web-0\nweb-0\n');
});

test('there are figures of CPU and memory', async () => {
  await until('the first figures', 60_000, async () => {
    try {
      return /^node2 /m.test(await cluster.kubectl(['top', 'nodes']));
    } catch (error) {
      if (/metrics not available yet|not found/i.test(String(error))) return false;
      throw error;
    }
  });
});

test('a node without power is noticed, and comes back with its pods', async () => {
  const second = cluster.nodes[1];
  if (second === undefined) throw new Error('there is no second node');
  await second.stop();
  expect(second.isRunning).toBe(false);
  const noticed = await until('node2 is not ready', 90_000, async () => !(await isReady('node2')));
  expect(await isReady('node1')).toBe(true);
  await second.start();
  const back = await until('node2 is ready', 60_000, () => isReady('node2'));
  await until('two pods serve', 60_000, async () => {
    const ready = await cluster.kubectl(['get', 'statefulset', 'web', '-o', 'jsonpath={.status.readyReplicas}']);
    return ready === '2' && (await nodesOfPods()).join(' ') === 'node1 node2';
  });
  console.log(`noticed after ${Math.round(noticed)} ms, ready ${Math.round(back)} ms after power came back`);
}, 300_000);

test('Services are reached while the first node has no power', async () => {
  const first = cluster.nodes[0];
  if (first === undefined) throw new Error('there is no first node');
  const podOfSecond = await cluster.kubectl([
    'get',
    'pods',
    '-l',
    'app=web',
    '--field-selector',
    'spec.nodeName=node2',
    '-o',
    'jsonpath={.items[0].metadata.name}',
  ]);
  await cluster.kubectl(['expose', 'pod', podOfSecond, '--name=second', '--port=80', '--target-port=8080']);
  const address = await cluster.kubectl(['get', 'service', 'second', '-o', 'jsonpath={.spec.clusterIP}']);
  await until('the Service answers', 20_000, async () => (await said(`http://${address}/names`)) !== '');
  await first.stop();
  await until('it answers through the other node', 10_000, async () => (await said(`http://${address}/names`)) !== '');
  await first.start();
  await until('node1 is ready', 90_000, () => isReady('node1'));
}, 300_000);

test('another cluster at the same time has a network and objects of its own', async () => {
  const other = await startKubernetes({ nodes: 1 });
  try {
    expect(other.network?.slot).not.toBe(cluster.network?.slot);
    expect((await other.kubectl(['get', 'nodes', '-o', 'name'])).trim()).toBe('node/node1');
    expect(await other.kubectl(['get', 'statefulsets', '-A', '-o', 'name'])).toBe('');
  } finally {
    await other.close();
  }
  expect(await isReady('node1')).toBe(true);
}, 300_000);
