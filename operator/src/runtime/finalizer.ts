/**
 * Finalizers of an object that has something outside the cluster. In: the object as it was read. Out: the finalizer on or off. It
 * is put on before the first effect outside, or the effect could outlive every trace of it.
 */
import { type KubeApi, keyOf, type KubeObject, type ResourceType } from '@tapeline/kubernetes';

/** Puts the finalizer on; the object after that. CONFLICT if it changed since it was read. */
export async function addFinalizer(
  api: KubeApi,
  type: ResourceType,
  object: KubeObject,
  finalizer: string,
): Promise<KubeObject> {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(finalizer)) return object;
  return await patchFinalizers(api, type, object, [...finalizers, finalizer]);
}

/** Takes the finalizer off; the object may be gone by that. CONFLICT if it changed since it was read. */
export async function removeFinalizer(
  api: KubeApi,
  type: ResourceType,
  object: KubeObject,
  finalizer: string,
): Promise<void> {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) return;
  const left = finalizers.filter((name) => name !== finalizer);
  await patchFinalizers(api, type, object, left);
}

async function patchFinalizers(
  api: KubeApi,
  type: ResourceType,
  object: KubeObject,
  finalizers: readonly string[],
): Promise<KubeObject> {
  const { resourceVersion } = object.metadata;
  // The list is replaced whole, so it must be the list that was read.
  const metadata = { finalizers, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return await api.patch(type, keyOf(object), { metadata });
}
