/** Why the runtime has an informer of its own: what the client library's does at the first broken connection, on a real server. */
import { KubeConfig, type KubernetesObject, makeInformer } from '@kubernetes/client-node';
import { systemClock, silentLogger, systemRandom } from '@tapeline/runtime';
import { kubernetesForTests } from '@tapeline/testbed';
import { expect, test } from 'vitest';
import { Informer } from '../../../operator/src/runtime/informer.ts';
import { apiOf, eventually, makeNamespace, proxyTo } from './api-on-server.ts';
import { kubeTypes } from '@tapeline/kubernetes';

const kubernetes = await kubernetesForTests();

test.skipIf(kubernetes.unavailable !== undefined)(
  "one reset connection ends the library's informer for good, and ours goes on (needs Kubernetes: build the testbed)",
  async () => {
    if (kubernetes.unavailable !== undefined) throw new Error(kubernetes.unavailable);
    const direct = apiOf(kubernetes.kubeconfig);
    const namespace = await makeNamespace(direct);
    const { proxy, kubeconfig } = await proxyTo(kubernetes.kubeconfig);
    const through = apiOf(kubeconfig);
    const write = async (name: string): Promise<void> => {
      await direct.create(kubeTypes.configMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } });
    };

    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const list = async (): Promise<{ metadata: { resourceVersion: string }; items: KubernetesObject[] }> => {
      const { items, resourceVersion } = await through.list(kubeTypes.configMap, { namespace });
      return { metadata: { resourceVersion }, items: items as unknown as KubernetesObject[] };
    };
    const theirs = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list as never);
    const theirErrors: unknown[] = [];
    const theyHeard = new Set<string>();
    theirs.on('error', (error: unknown) => theirErrors.push(error));
    theirs.on('add', (object: KubernetesObject) => theyHeard.add(object.metadata?.name ?? ''));

    const ours = new Informer({
      api: through,
      type: kubeTypes.configMap,
      namespace,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
    const weHeard = new Set<string>();
    ours.listen({ changed: ({ object }) => weHeard.add(object.metadata.name) });
    const stop = new AbortController();
    const running = ours.run(stop.signal);
    try {
      await theirs.start();
      await write('before');
      await eventually('both hear', () => theyHeard.has('before') && weHeard.has('before'));
      expect(proxy.reset()).toBeGreaterThanOrEqual(2);
      await eventually('the library tells its one error', () => theirErrors.length === 1);
      await write('after');
      await eventually('ours hears', () => weHeard.has('after'));
      // Its longest wait between two watches would be 30 s; it makes none, since it has ended.
      await systemClock.sleep(3_000);
      await write('much-later');
      await eventually('ours still hears', () => weHeard.has('much-later'));
      expect([theyHeard.has('after'), theyHeard.has('much-later'), theirErrors.length]).toEqual([false, false, 1]);
    } finally {
      stop.abort();
      await theirs.stop();
      await running;
      await proxy.close();
    }
  },
  60_000,
);
