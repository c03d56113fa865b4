/**
 * The status of an object that cannot be read. In: the object and what is wrong. Out: Ready and Degraded with InvalidSpec. The API
 * server refuses such objects, so this is met only by one that an older definition let in.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import type { SpecError } from '../crd/fields.ts';
import { type Condition, conditionOf, finding } from './condition.ts';

/** The status; nothing else is known of it. */
export function invalidStatus(
  { metadata }: KubeObject,
  { message }: SpecError,
): {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition<'Ready' | 'Degraded', 'InvalidSpec'>[];
} {
  return {
    observedGeneration: metadata.generation ?? 0,
    conditions: [
      conditionOf('Ready', finding('False', 'InvalidSpec', message)),
      conditionOf('Degraded', finding('True', 'InvalidSpec', message)),
    ],
  };
}
