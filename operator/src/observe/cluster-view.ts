/**
 * What the informers know, as observers ask for it. In: caches. Out: streams, stores, and what was made for a stream. It may be a
 * moment old; every effect bears that, and what comes later brings the next look.
 */
import { type KubeObject, kubeTypes, type ResourceType } from '@tapeline/kubernetes';
import { SpecError } from '../crd/fields.ts';
import { labels, tickStoreType, tickStreamType } from '../crd/group.ts';
import { readTickStore, type TickStore } from '../crd/tick-store.ts';
import { readTickStream, type TickStream } from '../crd/tick-stream.ts';
import { podProblem } from './pod-problem.ts';
import { podTemplates } from './pod-templates.ts';
import type { SeenWorkload } from './stream-observed.ts';

/** The objects of a type that are known; none of a type that nobody watches. */
export type KnownObjects = (type: ResourceType) => readonly KubeObject[];

/** Every stream that can be read. */
export function knownStreams(known: KnownObjects): readonly TickStream[] {
  return readable(known(tickStreamType), readTickStream);
}

/** Every store that can be read. */
export function knownStores(known: KnownObjects): readonly TickStore[] {
  return readable(known(tickStoreType), readTickStore);
}

/** An object that cannot be read claims nothing; its own reconcile tells it. */
function readable<Read>(objects: readonly KubeObject[], read: (object: KubeObject) => Read): readonly Read[] {
  return objects.flatMap((object) => {
    try {
      return [read(object)];
    } catch (error) {
      if (error instanceof SpecError) return [];
      throw error;
    }
  });
}

/** What was made for a stream, with the problems of its pods. */
export function workloadsOf(known: KnownObjects, stream: TickStream): readonly SeenWorkload[] {
  const isOf = ({ metadata }: KubeObject): boolean =>
    metadata.namespace === stream.object.namespace && metadata.labels?.[labels.stream] === stream.object.name;
  // Not ours: a name that another object of an earlier stream has until it is collected.
  const isOwned = ({ metadata }: KubeObject): boolean =>
    metadata.ownerReferences?.some(({ uid }) => uid === stream.object.uid) ?? false;
  const pods = known(kubeTypes.pod).filter(isOf);
  const made = [...known(kubeTypes.deployment), ...known(kubeTypes.podDisruptionBudget)];
  return made
    .filter((object) => isOf(object) && isOwned(object))
    .map((object) => {
      const wanted = [labels.role, labels.feed].map((label) => object.metadata.labels?.[label]);
      const own = pods.filter(({ metadata }) =>
        [labels.role, labels.feed].every((label, index) => metadata.labels?.[label] === wanted[index]),
      );
      if (object.kind !== 'Deployment') return { object, problem: undefined, templates: 0 };
      return { object, problem: podProblem(own), templates: podTemplates(own) };
    });
}
