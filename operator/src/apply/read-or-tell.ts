/**
 * Reads an object of ours, or tells it what is wrong with it. In: the object and its reader. Out: what it declares; undefined for one
 * that cannot be read, whose status says so then.
 */
import type { KubeObject, ResourceType } from '@tapeline/kubernetes';
import { SpecError } from '../crd/fields.ts';
import { invalidStatus } from '../decide/invalid-spec.ts';
import { tellStatus, type TellParts } from './tell-status.ts';

/** Reads it. Rejects with `KubeError`. */
export async function readOrTell<Declared>(
  telling: TellParts,
  type: ResourceType,
  object: KubeObject,
  read: (object: KubeObject) => Declared,
): Promise<Declared | undefined> {
  try {
    return read(object);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    await tellStatus(telling, type, object, invalidStatus(object, error));
    return undefined;
  }
}
