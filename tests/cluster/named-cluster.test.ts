/** A cluster that KUBECONFIG names is left as it was found, and what it lacks is said before anything is installed in it. */
import { type KubernetesForTests, TestbedError } from '@tapeline/testbed';
import { describe, expect, test } from 'vitest';
import { helmUnavailable } from '../charts/rendered-chart.ts';
import { openNamedCluster } from './rig/named-cluster.ts';

const ours = 'tapeline:0.1.0';
const next = 'docker.io/library/tapeline:next';

type Pod = { spec: { nodeName: string; containers: { name: string; image: string; imagePullPolicy: string }[] } };

/** What kubectl and helm do to it, as far as they are asked. */
class Scripted implements KubernetesForTests {
  readonly kubeconfig = '/somewhere/config';
  readonly external = true;
  readonly namespaces = new Set<string>();
  readonly kinds = new Set<string>();
  /** Of our images, by node; all others can be pulled. */
  readonly images = new Map<string, readonly string[]>();
  readonly typed: string[] = [];
  pods: Pod[] = [];

  readonly forwardPort = async (): Promise<undefined> => Promise.resolve(undefined);

  readonly helm = async (args: readonly string[]): Promise<string> => {
    this.typed.push(`helm ${args.join(' ')}`);
    // It keeps the kinds.
    return Promise.resolve('');
  };

  readonly kubectl = async (args: readonly string[], { input = '' } = {}): Promise<string> => {
    this.typed.push(`kubectl ${args.join(' ')}`);
    const [verb, what = '', name = ''] = args;
    if (verb === 'create' && what === 'namespace') this.namespaces.add(name);
    else if (verb === 'create') this.pods = (JSON.parse(input) as { items: Pod[] }).items;
    else if (verb === 'delete' && what === 'namespace') this.namespaces.delete(name);
    else if (verb === 'delete' && what === 'crd') this.kinds.delete(name.replace('.tapeline.dev', ''));
    else if (verb === 'get') return Promise.resolve(this.#get(what, name));
    return Promise.resolve('');
  };

  #get(what: string, name: string): string {
    if (what === '--raw') throw new TestbedError('TOOL_FAILED', 'the server could not find the requested resource');
    if (what === 'namespace') return this.namespaces.has(name) ? `namespace/${name}` : '';
    if (what === 'serviceaccount') return 'serviceaccount/default';
    if (what.startsWith('crd/')) return [...this.kinds].map((kind) => `crd/${kind}.tapeline.dev`).join('\n');
    if (what === 'nodes') return JSON.stringify({ items: [...this.images.keys()].map(nodeCalled) });
    if (what === 'pods') return JSON.stringify({ items: this.pods.map((pod) => this.#statusOf(pod)) });
    return '';
  }

  #statusOf(pod: Pod): unknown {
    const has = this.images.get(pod.spec.nodeName) ?? [];
    const containerStatuses = pod.spec.containers.map(({ name, image, imagePullPolicy }) => {
      const isMissing = imagePullPolicy === 'Never' && !has.includes(image);
      return {
        name,
        state: isMissing ? { waiting: { reason: 'ErrImageNeverPull' } } : { terminated: { exitCode: 0 } },
      };
    });
    return { ...pod, status: { containerStatuses } };
  }
}

/** The control plane takes no pods. */
function nodeCalled(name: string): unknown {
  const taints = name === 'control' ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : [];
  return { metadata: { name }, spec: { taints } };
}

describe.skipIf(helmUnavailable !== undefined)(
  'a cluster that KUBECONFIG names (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test('a node without our image is told with the lines that load it, and nothing is installed', async () => {
      const scripted = new Scripted();
      scripted.images.set('control', []).set('one', [ours, next]).set('two', [ours]);
      const cluster = await openNamedCluster(scripted, [next]);
      expect(cluster).toMatchObject({ isNamed: true, hasMetrics: false, dnsAddress: undefined });
      const told = String(await cluster.prepare().catch((error: unknown) => error));
      expect(told).toContain(`images are missing:\n  ${next} on two (ErrImageNeverPull)\n`);
      expect(told).toContain(`kind load docker-image --name tapeline ${ours} tapeline:next`);
      expect(told).toContain('npm run testbed -- load kubernetes kafka cassandra tapeline tapeline:next');
      await cluster.close();
      expect([...scripted.namespaces]).toEqual([]);
      scripted.images.set('two', [ours, next]);
      const again = await openNamedCluster(scripted, [next]);
      expect(await again.prepare()).toBeUndefined();
      await again.close();
    });

    test('its namespace and the kinds that came with it go, kinds that were there stay', async () => {
      const scripted = new Scripted();
      scripted.images.set('one', [ours]);
      scripted.kinds.add('tickstores');
      const cluster = await openNamedCluster(scripted, []);
      await cluster.prepare();
      expect([...scripted.namespaces]).toEqual(['market']);
      scripted.kinds.add('tickstreams');
      await cluster.close();
      expect([...scripted.kinds]).toEqual(['tickstores']);
      expect([...scripted.namespaces]).toEqual([]);
    });

    test('a namespace that is there already is refused, and not taken away', async () => {
      const scripted = new Scripted();
      scripted.namespaces.add('market');
      const cluster = await openNamedCluster(scripted, []);
      await expect(cluster.prepare()).rejects.toThrow('has a namespace market already');
      await cluster.close();
      expect([...scripted.namespaces]).toEqual(['market']);
      expect(scripted.typed.filter((line) => /uninstall|delete/.test(line))).toEqual([]);
    });
  },
);
