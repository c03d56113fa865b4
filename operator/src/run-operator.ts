/**
 * The operator as a process. In: the values of its options and a stop. Out: streams and stores made as they are declared while this
 * process leads, until the stop. Which API server it speaks to is decided once, at the start.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { chooseCluster, type KubeAccess, type KubeObject, openKubeApi } from '@tapeline/kubernetes';
import {
  createHealth,
  createMetrics,
  type Logger,
  type Metrics,
  type OptionValues,
  type ProcessParts,
  type RandomSource,
  startProbes,
  systemClock,
  systemRandom,
} from '@tapeline/runtime';
import { openServers } from './apply/open-servers.ts';
import { reconcileStore } from './apply/reconcile-store.ts';
import { reconcileStream, type RoundParts } from './apply/reconcile-stream.ts';
import { RoundWaits } from './apply/round-waits.ts';
import type { OperatorOptions } from './operator-options.ts';
import { coordinatorOpener } from './placement/open-coordinator.ts';
import { StreamCoordinators } from './placement/stream-coordinators.ts';
import { Controller } from './runtime/controller.ts';
import {
  callCounter,
  controllerMetrics,
  eventCounter,
  foreignMetricPrefixes,
  leaderGauge,
} from './runtime/controller-metrics.ts';
import { type EventFacts, EventRecorder } from './runtime/event-recorder.ts';
import { LeaderElection } from './runtime/leader-election.ts';
import { runControllers, type RunControllersConfig } from './runtime/run-controllers.ts';
import { WorkQueue } from './runtime/work-queue.ts';
import { watchCluster } from './watch-cluster.ts';

type Values = OptionValues<OperatorOptions>;

/** The operator cannot go on; the message says why. */
export class OperatorEndedError extends Error {
  override name = 'OperatorEndedError';
}

/** Longer than the longest effect: a schema change that every node has to have. */
const roundMsMax = 180_000;
/** One label set for each of so many kinds and reasons, and for each phase of moves of so many streams. */
const labelSetsMax = 1_000;

/** What is wrong with options that are right one by one. */
export function operatorProblems({ image }: Values): readonly string[] {
  return image === undefined ? ['--image names no image for workers and feeds; give it, or set TAPELINE_IMAGE'] : [];
}

/** What opens the way to everything outside; a test puts something before it. */
export type Outside = {
  readonly openKubeApi: typeof openKubeApi;
  readonly openServers: typeof openServers;
  readonly coordinatorOpener: typeof coordinatorOpener;
};

/** Runs until `stop`. Rejects with `OperatorEndedError` if the lease was lost, with `KubeError` without a cluster to choose. */
export async function runOperator(
  values: Values,
  { logger, stop }: ProcessParts,
  outside: Outside = { openKubeApi, openServers, coordinatorOpener },
): Promise<void> {
  const [clock, random] = [systemClock, systemRandom];
  const metrics = createMetrics({ labelSetsMax, foreignPrefixes: foreignMetricPrefixes });
  const [readiness, liveness] = [createHealth(), createHealth()];
  const cluster = chooseCluster(accessOf(values), () => clock.monotonicMs());
  const onWarning = (what: string, warning: string): void => logger.warn('the API server warns', { what, warning });
  const api = outside.openKubeApi({ cluster, clock, onCall: callCounter(metrics), onWarning });
  const identity = `${values['pod-name'] ?? hostname()}_${randomUUID()}`;
  const servers = outside.openServers({ clock, random, logger, metrics });
  const seams = { api, clock, random, logger };
  const events = new EventRecorder({
    ...seams,
    controller: 'tapeline.dev/operator',
    instance: identity,
    onOutcome: eventCounter(metrics),
  });
  const record = (about: KubeObject, facts: EventFacts): void => events.record(about, facts);
  const streams = queueOf(metrics, 'tickstream', clock);
  const coordinators = new StreamCoordinators({
    open: outside.coordinatorOpener({ clock, random, logger, metrics }),
    record,
    onChange: (key) => void streams.queue.add(key),
    clock,
    random,
    logger,
  });
  const round = { api, servers, coordinators, settings: settingsOf(values), clock, record };
  const { informers, controllers } = controllersOf(values, { round, streams, random, logger, metrics });
  const lease = { namespace: values['lease-namespace'] ?? cluster.namespace, name: values.lease };
  const election = new LeaderElection({ ...seams, lease, identity, onLeading: leaderGauge(metrics, values.lease) });
  const probes = await startProbes({
    host: values['metrics-host'],
    port: values['metrics-port'],
    health: readiness,
    liveness,
    metrics,
  });
  try {
    logger.info('the operator begins', {
      server: cluster.server,
      namespaces: values.namespaces?.join(',') ?? 'all',
      identity,
    });
    const parts = {
      informers,
      controllers,
      election,
      events,
      clock,
      logger,
      readiness,
      liveness,
      graceMs: values.grace,
      beside: coordinators,
    };
    const ended = await runControllers(parts, stop);
    if (ended === 'lost') {
      const remedy = 'so another operator may lead; whoever supervises this one should start it again';
      throw new OperatorEndedError(`lease ${lease.namespace}/${lease.name} was lost, ${remedy}`);
    }
  } finally {
    await coordinators.close();
    await servers.close();
    await probes.stop();
  }
}

type Queued = { readonly metrics: ReturnType<typeof controllerMetrics>; readonly queue: WorkQueue };

function queueOf(registry: Metrics, kind: string, clock: RoundParts['clock']): Queued {
  const metrics = controllerMetrics(registry, kind);
  return { metrics, queue: new WorkQueue({ clock, observer: metrics.queue }) };
}

type ControllerParts = {
  readonly round: Omit<RoundParts, 'known' | 'waits'>;
  readonly streams: Queued;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** A controller for each kind, and the informers that fill their queues. */
function controllersOf(
  { namespaces = [], workers }: Values,
  { round, streams: ofStreams, random, logger, metrics }: ControllerParts,
): Pick<RunControllersConfig, 'informers' | 'controllers'> {
  const { api, clock } = round;
  const ofStores = queueOf(metrics, 'tickstore', clock);
  const [streams, stores] = [ofStreams.queue, ofStores.queue];
  const { informers, known } = watchCluster({ api, namespaces, streams, stores, clock, random, logger, metrics });
  const streamRound = { ...round, known, waits: new RoundWaits(random) };
  const storeRound = { ...round, known, waits: new RoundWaits(random) };
  const shape = { workers, timeoutMs: roundMsMax, clock, logger };
  const controllers = [
    { name: 'tickstream', ...ofStreams, reconcile: reconcileStream.bind(undefined, streamRound) },
    { name: 'tickstore', ...ofStores, reconcile: reconcileStore.bind(undefined, storeRound) },
  ].map((own) => ({ controller: new Controller({ ...shape, ...own }), metrics: own.metrics }));
  return { informers, controllers };
}

function accessOf({ kubeconfig }: Values): KubeAccess {
  if (kubeconfig !== undefined) return { from: 'file', path: kubeconfig };
  const isNamed = (process.env['KUBECONFIG'] ?? '') !== '';
  return isNamed || process.env['KUBERNETES_SERVICE_HOST'] === undefined ? { from: 'default' } : { from: 'pod' };
}

function settingsOf(values: Values): RoundParts['settings'] {
  return {
    image: values.image ?? '',
    imagePullPolicy: values['image-pull-policy'],
    imagePullSecrets: values['image-pull-secrets'] ?? [],
    serviceAccount: values['workload-service-account'],
    ingest: values.ingest ?? [],
  };
}
