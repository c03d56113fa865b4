/**
 * Writes what was decided into the status, and tells people what changed. In: the object as read, the status. Out: one write if it
 * differs; an event for each turn of Ready and Degraded, and for nothing that goes on as it was.
 */
import type { KubeApi, KubeObject, ResourceType } from '@tapeline/kubernetes';
import type { Clock } from '@tapeline/runtime';
import { fieldManager } from '../crd/group.ts';
import type { DecidedStatus } from '../decide/condition.ts';
import { conditionsIn, mergeConditions } from '../runtime/conditions.ts';
import type { EventFacts } from '../runtime/event-recorder.ts';
import { writeStatus } from '../runtime/status-writer.ts';

/** Records an event about an object. */
export type RecordEvent = (about: KubeObject, facts: EventFacts) => void;

/** What it needs. */
export type TellParts = {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly record: RecordEvent;
  readonly signal: AbortSignal;
};

/** Writes it. Rejects with `KubeError`; CONFLICT if the object is another by now. */
export async function tellStatus(
  { api, clock, record, signal }: TellParts,
  type: ResourceType,
  object: KubeObject,
  status: DecidedStatus,
): Promise<void> {
  const { observedGeneration } = status;
  const wanted = status.conditions.map((condition) => ({ ...condition, observedGeneration }));
  const { conditions, changes } = mergeConditions(conditionsIn(object['status']), wanted, clock.nowMs());
  await writeStatus({ api, fieldManager }, { type, object, status: { ...status, conditions }, signal });
  for (const { condition, before } of changes) {
    if (condition.type !== 'Ready' && condition.type !== 'Degraded') continue;
    // That a new object is not degraded is no news.
    if (before === undefined && condition.type === 'Degraded' && condition.status === 'False') continue;
    const isBad = condition.type === 'Degraded' && condition.status === 'True';
    const note = `${condition.type} is ${condition.status}: ${condition.message}`;
    record(object, { type: isBad ? 'Warning' : 'Normal', reason: condition.reason, action: 'Reconcile', note });
  }
}
