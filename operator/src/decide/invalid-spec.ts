/**
 * The status of an object that cannot be read. In: the object and what is wrong. Out: Ready and Degraded with InvalidSpec. The API
 * server refuses such objects, so this is met only by one that an older definition let in.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import type { SpecError } from '../crd/fields.ts';
import { conditionOf, type DecidedStatus, finding } from './condition.ts';

/** The status; what earlier looks found in it stays, as the ids of topics do. */
export function invalidStatus(
  { metadata, status }: KubeObject,
  { message }: SpecError,
): DecidedStatus<'Ready' | 'Degraded', 'InvalidSpec'> {
  return {
    ...(status as Readonly<Record<string, unknown>> | undefined),
    observedGeneration: metadata.generation ?? 0,
    conditions: [
      conditionOf('Ready', finding('False', 'InvalidSpec', message)),
      conditionOf('Degraded', finding('True', 'InvalidSpec', message)),
    ],
  };
}
