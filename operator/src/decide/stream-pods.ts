/**
 * What becomes of workers and feeds. In: what was rendered and what runs. Out: findings and effects. Kafka and Cassandra need not
 * be there to scale: once a stream was made, its pods follow what is declared.
 */
import { kubeTypes, type KubeObject } from '@tapeline/kubernetes';
import { labels } from '../crd/group.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import { failedOf, type PodProblem, type SeenWorkload, type StreamObserved } from '../observe/stream-observed.ts';
import { covers } from '../workloads/covers.ts';
import type { StreamWorkloads } from '../workloads/stream-workloads.ts';
import { type Finding, finding } from './condition.ts';
import type { StreamAction } from './stream-actions.ts';
import type { StreamReason } from './stream-reasons.ts';

/** Pods as their Deployment tells them. */
export type PodsStanding = {
  readonly replicas: number;
  readonly ready: number;
  /** Every pod is of the newest template, and none of an older one is left. */
  readonly isSettled: boolean;
  /** No pod of an older template is left, not even one on its way out; those of the newest need not be ready. */
  readonly isNewest: boolean;
  readonly problem: PodProblem | undefined;
};

/** What was decided on pods. */
export type PodsDecision = {
  readonly workers: Finding<StreamReason<'WorkersReady'>>;
  readonly feeds: Finding<StreamReason<'FeedsReady'>>;
  readonly standing: PodsStanding;
  readonly feedStandings: readonly (PodsStanding & { readonly name: string })[];
  readonly actions: readonly StreamAction[];
};

/**
 * Why no move begins now though the mode is Auto; undefined = one may. A worker of an older version passes over the records of a move,
 * and one of another configuration makes states that the next cannot take.
 */
export function movesHeldBack({ placement }: TickStream, { isNewest }: PodsStanding): string | undefined {
  if (placement.mode !== 'Auto' || isNewest) return undefined;
  return 'no move begins before every worker of an older template has ended';
}

/** Decides on pods; `wanted` is undefined while they cannot be rendered, as before the stream was made: then what runs runs on. */
export function decidePods(
  stream: TickStream,
  observed: StreamObserved,
  wanted: StreamWorkloads | undefined,
): PodsDecision {
  const actions = wanted === undefined ? [] : podActions(observed, wanted);
  const applied = new Set(
    actions.flatMap(({ effect }) => (effect.kind === 'apply-object' ? [nameOf(effect.object)] : [])),
  );
  const isRendered = wanted !== undefined;
  const standing = standingOf(workerOf(observed), isRendered, applied);
  const feedStandings = stream.feeds.map(({ name }) => ({
    name,
    ...standingOf(feedOf(observed, name), isRendered, applied),
  }));
  return {
    workers: workersFinding(stream, observed, wanted, standing),
    feeds: feedsFinding(stream, observed, wanted, feedStandings),
    standing,
    feedStandings,
    actions,
  };
}

/** Effects that take away all that was made in the cluster. */
export function removalActions(observed: StreamObserved): readonly StreamAction[] {
  return observed.workloads.map(({ object }) => deleteAction(object));
}

function podActions(observed: StreamObserved, wanted: StreamWorkloads): readonly StreamAction[] {
  const isWanted = (object: KubeObject): boolean =>
    wanted.objects.some((each) => each.kind === object.kind && each.metadata.name === object.metadata.name);
  const stale = observed.workloads.filter(({ object }) => !isWanted(object)).map(({ object }) => deleteAction(object));
  const applied = wanted.objects.flatMap((object): StreamAction[] => {
    const live = observed.workloads.find(
      (each) => each.object.kind === object.kind && each.object.metadata.name === object.metadata.name,
    );
    if (live !== undefined && covers(live.object, object)) return [];
    const verb = live === undefined ? 'made' : 'changed';
    const note = `${verb} ${object.kind} ${object.metadata.name}`;
    const effect = { kind: 'apply-object', type: typeOf(object), object } as const;
    const of = concernOf(object);
    // Whoever begins to send ticks would come before the pins.
    const isBeginning = of === 'feeds' && live === undefined;
    return [{ effect, of, tells: { reason: 'WorkloadApplied', note }, ...(isBeginning ? { after: 'pins' } : {}) }];
  });
  return [...stale, ...applied];
}

function deleteAction(object: KubeObject): StreamAction {
  const { name, uid = '' } = object.metadata;
  const note = `deleted ${object.kind} ${name}`;
  const effect = { kind: 'delete-object', type: typeOf(object), name, uid } as const;
  return { effect, of: concernOf(object), tells: { reason: 'WorkloadDeleted', note } };
}

function typeOf({ kind }: KubeObject): (typeof kubeTypes)[keyof typeof kubeTypes] {
  return kind === 'Deployment' ? kubeTypes.deployment : kubeTypes.podDisruptionBudget;
}

function concernOf({ metadata }: KubeObject): 'workers' | 'feeds' {
  return metadata.labels?.[labels.role] === 'feed' ? 'feeds' : 'workers';
}

function workerOf({ workloads }: StreamObserved): SeenWorkload | undefined {
  return workloads.find(
    ({ object }) => object.kind === 'Deployment' && object.metadata.labels?.[labels.role] === 'worker',
  );
}

function feedOf({ workloads }: StreamObserved, name: string): SeenWorkload | undefined {
  return workloads.find(({ object }) => object.kind === 'Deployment' && object.metadata.labels?.[labels.feed] === name);
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}

/** A Deployment that is being applied has not even begun to be what it shall be. */
function standingOf(
  workload: SeenWorkload | undefined,
  isRendered: boolean,
  applied: ReadonlySet<string>,
): PodsStanding {
  if (workload === undefined) return { replicas: 0, ready: 0, isSettled: false, isNewest: false, problem: undefined };
  const { object, problem, templates } = workload;
  const spec = (object['spec'] ?? {}) as { readonly replicas?: number };
  const status = (object['status'] ?? {}) as Readonly<Record<string, number | undefined>>;
  const { replicas = 0, readyReplicas: ready = 0, updatedReplicas: updated = 0, observedGeneration = 0 } = status;
  const wanted = spec.replicas ?? 1;
  const isSeen = observedGeneration >= (object.metadata.generation ?? 0) && !applied.has(nameOf(object));
  return {
    replicas,
    ready,
    isSettled: isSeen && updated === wanted && replicas === wanted && ready >= wanted,
    // A Deployment does not count pods on their way out; where it has no other, those are of an older template for all that is known.
    isNewest: isRendered && isSeen && updated === replicas && templates <= Math.min(1, replicas),
    problem,
  };
}

function workersFinding(
  stream: TickStream,
  observed: StreamObserved,
  wanted: StreamWorkloads | undefined,
  standing: PodsStanding,
): PodsDecision['workers'] {
  const { ready, isSettled, problem } = standing;
  const { replicas } = stream.workers;
  const heldBack = movesHeldBack(stream, standing);
  const failed = failedOf(observed, 'workers');
  if (wanted === undefined && workerOf(observed) === undefined)
    return finding(
      'False',
      'WaitingForTopics',
      'workers start once the stream is made; see TopicsReady and StoreReady',
    );
  if (failed !== undefined) return finding('False', 'WorkersFailing', failed.message);
  if (replicas === 0)
    return finding(
      'False',
      'ScaledToZero',
      `nobody makes bars; kubectl scale tickstream/${stream.object.name} --replicas=1`,
    );
  if (isSettled) return finding('True', 'WorkersReady', `${replicas} of ${replicas} workers are ready`);
  if (problem?.kind === 'unschedulable') return finding('False', 'WorkersUnschedulable', problem.message);
  if (problem?.kind === 'failing') return finding('False', 'WorkersFailing', problem.message);
  return finding(
    'False',
    'WorkersStarting',
    `${Math.min(ready, replicas)} of ${replicas} workers are ready and of the newest template${heldBack === undefined ? '' : `; ${heldBack}`}`,
  );
}

function feedsFinding(
  stream: TickStream,
  observed: StreamObserved,
  wanted: StreamWorkloads | undefined,
  standings: PodsDecision['feedStandings'],
): PodsDecision['feeds'] {
  const failed = failedOf(observed, 'feeds');
  if (stream.feeds.length === 0) return finding('True', 'NoFeeds', 'ticks come by gRPC alone');
  if (wanted === undefined && stream.feeds.every(({ name }) => feedOf(observed, name) === undefined))
    return finding('False', 'WaitingForTopics', 'feeds start once the stream is made; see TopicsReady and StoreReady');
  if (wanted?.isIngestUnknown === true)
    return finding(
      'False',
      'IngestUnknown',
      'feeds publish to ingest, and nobody says where it is; give spec.ingest, or start the operator with --ingest HOST:PORT',
    );
  if (failed !== undefined) return finding('False', 'FeedsFailing', failed.message);
  const broken = standings.find(({ problem, isSettled }) => problem !== undefined && !isSettled);
  if (broken?.problem?.kind === 'unschedulable') return finding('False', 'FeedsUnschedulable', broken.problem.message);
  if (broken?.problem?.kind === 'failing') return finding('False', 'FeedsFailing', broken.problem.message);
  const starting = standings.filter(({ isSettled }) => !isSettled).map(({ name }) => name);
  if (starting.length > 0) return finding('False', 'FeedsStarting', `not ready yet: ${starting.join(', ')}`);
  return finding('True', 'FeedsReady', `${standings.length} feeds run`);
}
