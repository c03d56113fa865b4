/** Conditions keep the time of their last flip. */
import { expect, test } from 'vitest';
import { conditionsIn, mergeConditions } from './conditions.ts';

const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'Works',
  message: 'All is well.',
  observedGeneration: 1,
} as const;

test('a time changes only when the status flips', () => {
  const first = mergeConditions([], [ready], 0);
  expect(first.conditions[0]?.lastTransitionTime).toBe('1970-01-01T00:00:00Z');
  const again = mergeConditions(
    first.conditions,
    [{ ...ready, message: 'Still well.', observedGeneration: 2 }],
    60_000,
  );
  expect(again.conditions[0]?.lastTransitionTime).toBe('1970-01-01T00:00:00Z');
  expect(again.changes).toEqual([]);
  const flipped = mergeConditions(again.conditions, [{ ...ready, status: 'False', reason: 'Broken' }], 60_000);
  expect(flipped.conditions[0]?.lastTransitionTime).toBe('1970-01-01T00:01:00Z');
  expect(flipped.changes.map(({ condition, before }) => [condition.status, before?.status])).toEqual([
    ['False', 'True'],
  ]);
});

test('another reason is a change to tell of, and no flip', () => {
  const { conditions } = mergeConditions([], [{ ...ready, status: 'False', reason: 'NoTopic' }], 0);
  const other = mergeConditions(conditions, [{ ...ready, status: 'False', reason: 'NoBroker' }], 60_000);
  expect(other.conditions[0]?.lastTransitionTime).toBe('1970-01-01T00:00:00Z');
  expect(other.changes).toHaveLength(1);
});

test('conditions come in the wanted order, and what is not wanted any more is gone', () => {
  const { conditions } = mergeConditions([], [ready, { ...ready, type: 'Paused' }], 0);
  const left = mergeConditions(conditions, [{ ...ready, type: 'Degraded' }, ready], 0);
  expect(left.conditions.map(({ type }) => type)).toEqual(['Degraded', 'Ready']);
});

test('a status that is none has no conditions', () => {
  expect([conditionsIn(undefined), conditionsIn({}), conditionsIn({ conditions: [null, 1] })]).toEqual([[], [], []]);
});
