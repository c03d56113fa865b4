/** The runtime on a real API server that is reset, frozen, killed and compacted, and with two processes for one lease. */
import { randomBytes } from 'node:crypto';
import { type KubeApi, keyText, kubeTypes, type ResourceType } from '@tapeline/kubernetes';
import { createHealth, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { kubernetesForTests, type KubernetesCluster, startKubernetes } from '@tapeline/testbed';
import { afterAll, expect, test } from 'vitest';
import { Controller } from '../../../operator/src/runtime/controller.ts';
import { informerMetrics } from '../../../operator/src/runtime/controller-metrics.ts';
import { EventRecorder } from '../../../operator/src/runtime/event-recorder.ts';
import { fencedApi } from '../../../operator/src/runtime/fenced-api.ts';
import { Informer } from '../../../operator/src/runtime/informer.ts';
import { LeaderElection } from '../../../operator/src/runtime/leader-election.ts';
import { leaseRecordOf } from '../../../operator/src/runtime/lease-record.ts';
import { runControllers } from '../../../operator/src/runtime/run-controllers.ts';
import { writeStatus } from '../../../operator/src/runtime/status-writer.ts';
import { WorkQueue } from '../../../operator/src/runtime/work-queue.ts';
import { apiOf, eventually, makeNamespace, makeType, proxyTo } from './api-on-server.ts';
import { CountedMetrics } from './counted-metrics.ts';

// Whether there is one at all; what is broken here is a server of this file's own, whatever KUBECONFIG says.
const { unavailable } = await kubernetesForTests({ ...process.env, KUBECONFIG: '' });
const isThere = unavailable === undefined;
const own: { cluster?: KubernetesCluster } = {};

async function ownCluster(): Promise<KubernetesCluster> {
  own.cluster ??= await startKubernetes({ apiOnly: true, env: { ...process.env, KUBECONFIG: '' } });
  return own.cluster;
}

afterAll(async () => {
  await own.cluster?.close();
});

const parts = { clock: systemClock, random: systemRandom, logger: silentLogger };

/** An informer of config maps in a namespace, with what it heard. */
function informed(
  api: KubeApi,
  namespace: string,
  idleMs: number,
): { informer: Informer; heard: Map<string, string>; metrics: CountedMetrics } {
  const metrics = new CountedMetrics();
  const informer = new Informer({
    api,
    type: kubeTypes.configMap,
    namespace,
    ...parts,
    idleMs,
    metrics: informerMetrics(metrics, 'ConfigMap'),
  });
  const heard = new Map<string, string>();
  informer.listen({
    changed: ({ kind, key, object }) => {
      if (kind === 'deleted') heard.delete(key);
      else heard.set(key, (object['data'] as { value?: string } | undefined)?.value ?? '');
    },
  });
  return { informer, heard, metrics };
}

async function put(api: KubeApi, namespace: string, name: string, value: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: { value } };
  await api.apply(kubeTypes.configMap, object, { fieldManager: 'test', force: true });
}

test.skipIf(!isThere)(
  'an informer outlives resets, a silent network, a killed and a frozen server, and a compacted history (needs Kubernetes: build the testbed)',
  async () => {
    const cluster = await ownCluster();
    const direct = apiOf(cluster.kubeconfig);
    const namespace = await makeNamespace(direct);
    const { proxy, kubeconfig } = await proxyTo(cluster.kubeconfig);
    const { informer, heard, metrics } = informed(apiOf(kubeconfig), namespace, 4_000);
    const stop = new AbortController();
    const running = informer.run(stop.signal);
    const restarts = (reason: string): number =>
      metrics.value('tapeline_operator_watch_restarts_total', { kind: 'ConfigMap', reason });
    const hears = async (name: string): Promise<number> => {
      const beganMs = systemClock.monotonicMs();
      await eventually(`${name} is heard`, () => heard.get(`${namespace}/a`) === name, 45_000);
      return Math.round(systemClock.monotonicMs() - beganMs);
    };
    const times: Record<string, number> = {};
    try {
      await put(direct, namespace, 'a', 'first');
      await hears('first');
      for (let round = 0; round < 3; round += 1) {
        proxy.reset();
        await put(direct, namespace, 'a', `reset-${round}`);
        times[`reset ${round}`] = await hears(`reset-${round}`);
      }
      proxy.swallowReplies();
      await put(direct, namespace, 'a', 'silent');
      await eventually('the silence is noticed', () => restarts('idle') >= 1, 20_000);
      await proxy.heal();
      times['silent network'] = await hears('silent');
      await cluster.apiServer.kill();
      await eventually('the end is noticed', () => restarts('failed') + restarts('closed') >= 4, 20_000);
      await cluster.apiServer.start();
      await put(direct, namespace, 'a', 'killed');
      times['killed'] = await hears('killed');
      await cluster.apiServer.stop();
      await eventually('the standstill is noticed', () => restarts('idle') >= 2, 20_000);
      await cluster.apiServer.cont();
      await eventually(
        'it answers',
        async () => (await direct.get(kubeTypes.namespace, { name: namespace })) !== undefined,
      );
      await put(direct, namespace, 'a', 'frozen');
      times['frozen'] = await hears('frozen');
      proxy.swallowReplies();
      await put(direct, namespace, 'a', 'between');
      await cluster.apiServer.forget();
      await proxy.heal();
      await put(direct, namespace, 'a', 'compacted');
      times['compacted'] = await hears('compacted');
      expect(restarts('gone')).toBeGreaterThanOrEqual(1);
      expect(metrics.sum('tapeline_operator_cache_misses_total')).toBe(0);
      console.log('from a write to its being heard, ms:', JSON.stringify(times), JSON.stringify(await metrics.text()));
    } finally {
      stop.abort();
      await running;
      await proxy.close();
    }
  },
  240_000,
);

/** A process of an operator whose reconcile writes who did it into the status of each thing. */
function startProcess(
  api: KubeApi,
  { type, namespace, identity }: { type: ResourceType; namespace: string; identity: string },
): {
  stop: () => void;
  readonly ended: Promise<'stopped' | 'lost'>;
  readonly election: LeaderElection;
  readonly tokens: number[];
} {
  const queue = new WorkQueue({ clock: systemClock });
  const informer = new Informer({ api, type, namespace, ...parts, idleMs: 20_000 });
  informer.listen({ changed: ({ key }) => queue.add(key), resynced: (key) => queue.add(key, 'resync') });
  const events = new EventRecorder({ api, controller: 'tapeline.dev/test', instance: identity, ...parts });
  const tokens: number[] = [];
  const controller = new Controller({
    name: 'thing',
    queue,
    workers: 2,
    timeoutMs: 10_000,
    clock: systemClock,
    logger: silentLogger,
    reconcile: async (key, { term, signal }) => {
      if (tokens.at(-1) !== term.token) tokens.push(term.token);
      const object = informer.get(keyText(key));
      if (object === undefined) return {};
      const status = { by: identity };
      const written = await writeStatus(
        { api: fencedApi(api, term), fieldManager: 'test-operator' },
        { type, object, status, signal },
      );
      if (written !== undefined) {
        const note = `The status is of ${identity}.`;
        events.record(object, { type: 'Normal', reason: 'StatusWritten', action: 'WriteStatus', note });
      }
      return {};
    },
  });
  const election = new LeaderElection({ api, lease: { namespace, name: 'test-operator' }, identity, ...parts });
  const stop = new AbortController();
  const ended = runControllers(
    {
      informers: [informer],
      controllers: [{ controller }],
      election,
      events,
      clock: systemClock,
      logger: silentLogger,
      readiness: createHealth(),
      liveness: createHealth(),
    },
    stop.signal,
  );
  return { stop: () => stop.abort(), ended, election, tokens };
}

test.skipIf(!isThere)(
  'of two processes one works; cut off it stops before the other begins; a stop hands over at once (needs Kubernetes: build the testbed)',
  async () => {
    const cluster = await ownCluster();
    const direct = apiOf(cluster.kubeconfig);
    const type = await makeType(direct);
    const namespace = await makeNamespace(direct);
    const thing = {
      apiVersion: `${type.group}/v1`,
      kind: 'Thing',
      metadata: { namespace, name: 'a' },
      spec: { size: 1 },
    };
    await direct.create(type, thing);
    const by = async (): Promise<unknown> =>
      ((await direct.get(type, { namespace, name: 'a' }))?.['status'] as { by?: string } | undefined)?.by;
    const { proxy, kubeconfig } = await proxyTo(cluster.kubeconfig);
    const name = randomBytes(3).toString('hex');
    const first = startProcess(apiOf(kubeconfig), { type, namespace, identity: `first-${name}` });
    await eventually('the first one works', async () => (await by()) === `first-${name}`);
    const second = startProcess(direct, { type, namespace, identity: `second-${name}` });
    let both = 0;
    const watching = new AbortController();
    const checking = (async (): Promise<void> => {
      while (!watching.signal.aborted) {
        if (first.election.isLeading() && second.election.isLeading()) both += 1;
        await systemClock.sleep(5, watching.signal);
      }
    })();
    try {
      await systemClock.sleep(3_000);
      proxy.swallowReplies();
      const cutMs = systemClock.monotonicMs();
      expect(await first.ended).toBe('lost');
      const lostMs = Math.round(systemClock.monotonicMs() - cutMs);
      await eventually('the second one works', async () => (await by()) === `second-${name}`, 40_000);
      const takenMs = Math.round(systemClock.monotonicMs() - cutMs);
      await proxy.heal();
      const third = startProcess(apiOf(kubeconfig), { type, namespace, identity: `third-${name}` });
      await systemClock.sleep(3_000);
      second.stop();
      const stoppedMs = systemClock.monotonicMs();
      expect(await second.ended).toBe('stopped');
      await eventually('the third one works', async () => (await by()) === `third-${name}`, 10_000);
      const handedMs = Math.round(systemClock.monotonicMs() - stoppedMs);
      const lease = await direct.get(kubeTypes.lease, { namespace, name: 'test-operator' });
      expect(lease === undefined ? 0 : leaseRecordOf(lease).transitions).toBe(third.tokens[0]);
      const tokens = [...first.tokens, ...second.tokens, ...third.tokens];
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
      expect([new Set(tokens).size, both]).toEqual([3, 0]);
      const notes = async (): Promise<string[]> =>
        (await direct.list(kubeTypes.event, { namespace })).items.map((event) => String(event['note']));
      await eventually('the event of the third one is there', async () =>
        (await notes()).includes(`The status is of third-${name}.`),
      );
      third.stop();
      expect(await third.ended).toBe('stopped');
      console.log(
        `cut off: the leader stopped after ${lostMs} ms, the other worked after ${takenMs} ms; handed over in ${handedMs} ms`,
      );
    } finally {
      watching.abort();
      first.stop();
      second.stop();
      await checking;
      await proxy.close();
    }
  },
  180_000,
);
