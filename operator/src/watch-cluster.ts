/**
 * What the operator watches, and which objects a change concerns. In: the API, namespaces, queues. Out: informers that fill the
 * queues, and what they know. A change of pods concerns their stream, one of a store every stream that has it.
 */
import { type KubeApi, keyOf, keyText, type KubeObject, kubeTypes, type ResourceType } from '@tapeline/kubernetes';
import type { Clock, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import { labels, tickStoreType, tickStreamType } from './crd/group.ts';
import type { KnownObjects } from './observe/cluster-view.ts';
import { podProblem } from './observe/pod-problem.ts';
import { isOnlyStatus } from './only-status.ts';
import { informerMetrics } from './runtime/controller-metrics.ts';
import { Informer } from './runtime/informer.ts';
import type { CacheChange } from './runtime/object-cache.ts';
import { isSameValue } from './runtime/same-value.ts';
import type { WorkQueue } from './runtime/work-queue.ts';

/** What watching needs. */
export type WatchParts = {
  readonly api: KubeApi;
  /** Empty = all. */
  readonly namespaces: readonly string[];
  readonly streams: WorkQueue;
  readonly stores: WorkQueue;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** The informers, and what they know. */
export type WatchedCluster = { readonly informers: readonly Informer[]; readonly known: KnownObjects };

const ours = { 'app.kubernetes.io/managed-by': 'tapeline-operator' } as const;

/** Makes the informers; they watch once they run. */
export function watchCluster(parts: WatchParts): WatchedCluster {
  const informers = new Map<string, Informer[]>();
  const watch = (type: ResourceType, only?: typeof ours): readonly Informer[] => {
    const { api, clock, random, logger, metrics } = parts;
    const made = (parts.namespaces.length === 0 ? [undefined] : parts.namespaces).map(
      (namespace) =>
        new Informer({
          api,
          type,
          clock,
          random,
          logger,
          metrics: informerMetrics(metrics, type.kind, namespace),
          ...(namespace === undefined ? {} : { namespace }),
          ...(only === undefined ? {} : { labels: only }),
        }),
    );
    informers.set(type.kind, made);
    return made;
  };
  const known: KnownObjects = ({ kind }) => (informers.get(kind) ?? []).flatMap((informer) => informer.list());
  for (const informer of watch(tickStreamType)) listenToStreams(parts, informer);
  for (const informer of watch(tickStoreType)) listenToStores(parts, informer, known);
  const made = [kubeTypes.deployment, kubeTypes.podDisruptionBudget, kubeTypes.pod];
  for (const informer of made.flatMap((type) => watch(type, ours))) listenToPods(parts, informer);
  return { informers: [...informers.values()].flat(), known };
}

function listenToStreams({ streams, stores }: WatchParts, informer: Informer): void {
  informer.listen({
    changed: (change) => {
      if (isOwnWrite(change)) return;
      streams.add(change.key);
      // A store that waits for its streams to go, or is another's from now on.
      for (const object of [change.object, change.before]) {
        const key = object === undefined ? undefined : storeKeyOf(object);
        if (key !== undefined && change.kind !== 'updated') stores.add(key, 'resync');
      }
    },
    resynced: (key) => void streams.add(key, 'resync'),
  });
}

function listenToStores({ streams, stores }: WatchParts, informer: Informer, known: KnownObjects): void {
  informer.listen({
    changed: (change) => {
      for (const stream of known(tickStreamType)) {
        if (storeKeyOf(stream) === change.key) streams.add(keyText(keyOf(stream)));
      }
      if (!isOwnWrite(change)) stores.add(change.key);
    },
    resynced: (key) => void stores.add(key, 'resync'),
  });
}

function listenToPods({ streams }: WatchParts, informer: Informer): void {
  informer.listen({
    changed: ({ object, before, kind }) => {
      const name = object.metadata.labels?.[labels.stream];
      if (name === undefined) return;
      const isNews = before === undefined || kind !== 'updated' || object.kind !== 'Pod';
      // Pods tell a lot about themselves; only what keeps them from work concerns anybody here.
      if (!isNews && isSameValue(podProblem([before]), podProblem([object]))) return;
      const { namespace } = object.metadata;
      streams.add(keyText(namespace === undefined ? { name } : { namespace, name }));
    },
  });
}

function isOwnWrite({ kind, object, before }: CacheChange): boolean {
  return kind === 'updated' && before !== undefined && isOnlyStatus(before, object);
}

function storeKeyOf(stream: KubeObject): string | undefined {
  const { storeRef } = (stream['spec'] ?? {}) as { readonly storeRef?: { readonly name?: string } };
  if (storeRef?.name === undefined) return undefined;
  const { namespace } = stream.metadata;
  return keyText(namespace === undefined ? { name: storeRef.name } : { namespace, name: storeRef.name });
}
