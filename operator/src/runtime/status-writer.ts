/**
 * Writes a status. In: the object as read and the status it shall have. Out: nothing sent if it has it, else one server-side apply to
 * `/status`. It names the version that was read, so that a judgement of an older object never lands on a newer one, nor on the
 * successor of a deleted one under its name (a uid would not do: that path does not look at it).
 */
import { type KubeApi, keyOf, type KubeObject, type ResourceType } from '@tapeline/kubernetes';
import { isSameValue } from './same-value.ts';

/** Who writes. */
export type StatusWriterConfig = { readonly api: KubeApi; readonly fieldManager: string };

/** What is to be written, and onto what. */
export type StatusWrite = {
  readonly type: ResourceType;
  /** As read; its status decides whether anything is sent. */
  readonly object: KubeObject;
  /** Whole: a field that was written before and is left out now is taken away. */
  readonly status: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
};

/** The object after the write, or undefined if there was nothing to write. CONFLICT if it changed since it was read: read it again. */
export async function writeStatus(
  { api, fieldManager }: StatusWriterConfig,
  { type, object, status, signal }: StatusWrite,
): Promise<KubeObject | undefined> {
  if (isSameValue(object['status'], status)) return undefined;
  const { resourceVersion } = object.metadata;
  const { apiVersion, kind } = object;
  const metadata = { ...keyOf(object), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return await api.apply(
    type,
    { apiVersion, kind, metadata, status },
    // No other manager writes our status; force takes it back from who edited it by hand.
    { fieldManager, force: true, subresource: 'status', ...(signal === undefined ? {} : { signal }) },
  );
}
