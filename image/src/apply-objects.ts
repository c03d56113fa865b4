/**
 * Applies objects to Kubernetes. In: objects, each with what it goes with. Out: all of them as given, or `ApplyError` for the first
 * that is refused. What was applied before and is given no more is left alone; a field that is left out is nobody's, so that
 * what `kubectl scale` or an autoscaler wrote stays. Kinds that are not served yet are waited for, `waitMs` at most.
 */
import {
  apiVersionOf,
  hasCode,
  isTransient,
  type KubeApi,
  KubeError,
  type KubeObject,
  kubeTypes,
  type OwnerReference,
  type ResourceType,
} from '@tapeline/kubernetes';
import type { Clock, Logger } from '@tapeline/runtime';

/** Who owns the fields that are applied. */
export const chartFieldManager = 'tapeline-chart';

/** An object, and the ConfigMap with which it goes: it is deleted when that is. */
export type DeclaredObject = { readonly owner: string; readonly object: KubeObject };

/** What is applied and how. */
export type ObjectsToApply = {
  readonly api: KubeApi;
  /** In their order. */
  readonly declared: readonly DeclaredObject[];
  readonly namespace: string;
  /** How long to wait for kinds and for the API, ms. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
};

/** What keeps an object from being applied, in one sentence. */
export class ApplyError extends Error {
  override name = 'ApplyError';
}

/** The kinds that a chart declares objects of, by what stands in the object. */
const pluralByKind: Readonly<Record<string, string>> = { TickStream: 'tickstreams', TickStore: 'tickstores' };
const group = 'tapeline.dev';
const retryMs = 500;

/** Applies them; answers how many. Rejects with `ApplyError`. */
export async function applyObjects(work: ObjectsToApply): Promise<number> {
  const { api, declared, namespace, logger, stop } = work;
  for (const { owner, object } of declared) {
    const type = typeOf(object);
    const what = `${object.kind} ${object.metadata.name}`;
    const applied = await patiently(work, what, async () => {
      const metadata = { ...object.metadata, namespace, ownerReferences: [await referenceTo(work, owner)] };
      return api.apply(type, { ...object, metadata }, { fieldManager: chartFieldManager, force: true, signal: stop });
    });
    logger.info('applied', { object: what, generation: applied.metadata.generation ?? 0 });
  }
  return declared.length;
}

/** An object from the text of a file: `{"owner": …, "object": …}`. Throws `ApplyError`. */
export function readDeclared(text: string): DeclaredObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApplyError(`it is no JSON (${String(error)}); render the chart again`, { cause: error });
  }
  const { owner, object } = (value ?? {}) as Partial<DeclaredObject>;
  if (typeof owner !== 'string' || typeof object?.kind !== 'string' || typeof object.metadata?.name !== 'string') {
    throw new ApplyError('it has no owner, or an object without kind or name; render the chart again');
  }
  typeOf(object);
  return { owner, object };
}

function typeOf({ kind, apiVersion }: KubeObject): ResourceType {
  const plural = pluralByKind[kind];
  const [, version = ''] = String(apiVersion).split('/');
  const type: ResourceType = { group, version, plural: plural ?? '', kind, isNamespaced: true };
  if (plural !== undefined && apiVersionOf(type) === apiVersion) return type;
  throw new ApplyError(`${apiVersion} ${kind} is no kind of ${group}; leave it away`);
}

async function referenceTo({ api, namespace, stop }: ObjectsToApply, owner: string): Promise<OwnerReference> {
  const found = await api.get(kubeTypes.configMap, { namespace, name: owner }, { signal: stop });
  // The chart makes it before the process that this is, so it is gone: so will be what goes with it.
  if (found?.metadata.uid === undefined) {
    throw new KubeError('NOT_FOUND', `there is no configmap ${owner} in namespace ${namespace}`);
  }
  return { apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: found.metadata.uid };
}

/** Tries again what passes by itself: an API server that starts, a kind that is not served yet. */
async function patiently<Value>(work: ObjectsToApply, what: string, step: () => Promise<Value>): Promise<Value> {
  const { clock, waitMs, logger, stop } = work;
  const begunMs = clock.monotonicMs();
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // A kind that was just defined is not found for a moment, and a role that was just bound does not count yet.
      const mayPass = isTransient(error) || hasCode(error, 'NOT_FOUND', 'CONFLICT', 'FORBIDDEN');
      const isLate = clock.monotonicMs() - begunMs >= waitMs;
      if (!mayPass || isLate || stop.aborted) {
        throw new ApplyError(`${what} was not applied: ${error.message}`, { cause: error });
      }
      logger.info('waits', { object: what, code: error.code, reason: error.message });
      await clock.sleep(retryMs, stop);
    }
  }
}
