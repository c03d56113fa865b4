/**
 * What people are told of moves. In: what a coordinator told since the last time. Out: events; many of one kind are one event, since
 * thousands of instruments may move after partitions were added, and Kubernetes takes few events of one object. Pure.
 */
import type { PlacementEvent } from '@tapeline/control';
import type { EventFacts } from '../runtime/event-recorder.ts';

/** What is told in words, of events of one kind. */
const told = 5;
const action = 'Move';

/** Steps on the way from one partition to another are told by the status; these are the ends of it, and what needs a person. */
const reasons: Readonly<Partial<Record<PlacementEvent['kind'], string>>> = {
  Published: 'MovePublished',
  Arrived: 'MoveDone',
  MoveStuck: 'MoveStuck',
  OrderViolated: 'OrderViolated',
  HandoverOfOtherForm: 'HandoverOfOtherForm',
};

/** Whether an event of this kind is told at all. */
export function isTold({ kind }: PlacementEvent): boolean {
  return reasons[kind] !== undefined;
}

/** The events, in the order of the first of each kind. */
export function moveEvents(events: readonly PlacementEvent[]): readonly EventFacts[] {
  const byReason = new Map<string, PlacementEvent[]>();
  for (const event of events) {
    const reason = reasons[event.kind];
    if (reason !== undefined) byReason.set(reason, [...(byReason.get(reason) ?? []), event]);
  }
  return [...byReason].map(([reason, same]) => ({
    type: same.some(({ isWarning }) => isWarning) ? 'Warning' : 'Normal',
    reason,
    action,
    note: noteOf(same),
  }));
}

function noteOf(events: readonly PlacementEvent[]): string {
  const messages = events.slice(0, told).map(({ message }) => message);
  return `${messages.join('; ')}${events.length > told ? `; and ${events.length - told} more` : ''}`;
}
