/** Decisions on streams, one row each: what is declared and seen, which effects follow, which conditions tell it. */
import { expect, test } from 'vitest';
import { SpecError } from '../crd/fields.ts';
import { placementCases } from '../../test-kit/placement-cases.ts';
import { simulator, streamCases } from '../../test-kit/stream-cases.ts';
import {
  rememberingStatus,
  runningPods,
  settings,
  streamObject,
  streamOf,
  working,
} from '../../test-kit/stream-world.ts';
import { decideStream } from './decide-stream.ts';
import { invalidStatus } from './invalid-spec.ts';
import { type StreamConditionType, streamConditionTypes, streamReasons } from './stream-reasons.ts';

const reached = new Map<string, number>();

test.each(Object.entries({ ...streamCases, ...placementCases }))(
  '%s',
  (_name, { object = {}, seen: changes = {}, effects = [], tells, says }) => {
    const stream = streamOf(object);
    const { actions, status } = decideStream(stream, working(stream, changes), settings);
    const told = new Map(status?.conditions.map((condition) => [condition.type, condition]));
    for (const { type, reason } of told.values()) count(type, reason);
    expect(
      Object.fromEntries(Object.keys(tells).map((type) => [type, told.get(type as StreamConditionType)?.reason])),
    ).toEqual(tells);
    expect(actions.map(({ effect }) => effect.kind)).toEqual(effects);
    expect([...told.keys()]).toEqual(streamConditionTypes);
    expect([...told.values()].map(({ message }) => message).join('\n')).toMatch(says ?? /(?:)/);
  },
);

test('rolling out is progress', () => {
  const stream = streamOf();
  const [first, ...rest] = runningPods(stream);
  const status = { observedGeneration: 1, replicas: 3, readyReplicas: 2, updatedReplicas: 1 };
  const workloads = [{ object: { ...first?.object, status } as never, problem: undefined, templates: 2 }, ...rest];
  const decision = decideStream(stream, working(stream, { workloads }), settings);
  expect(decision.status?.conditions.find(({ type }) => type === 'WorkersReady')?.message).toMatch(
    /^2 of 2 workers .*; no move begins before every worker of an older template has ended$/,
  );
  const reasons = decision.status?.conditions.map(({ type, reason }) => (count(type, reason), `${type}: ${reason}`));
  expect(reasons).toEqual(expect.arrayContaining(['Progressing: RollingOut', 'Ready: WorkersStarting']));
});

test('feeds are not rendered while nobody says where ingest is', () => {
  const stream = streamOf({ spec: simulator });
  const decision = decideStream(stream, working(stream, { workloads: runningPods(streamOf()) }), {
    ...settings,
    ingest: [],
  });
  const reasons = decision.status?.conditions.map(({ type, reason }) => (count(type, reason), `${type}: ${reason}`));
  expect(reasons).toEqual(expect.arrayContaining(['FeedsReady: IngestUnknown', 'Degraded: IngestUnknown']));
  expect(decision.actions).toEqual([]);
});

test('an object that cannot be read is told, and what it remembers of its topics stays', () => {
  const object = streamObject({ status: { ...rememberingStatus, conditions: [], observedGeneration: 1 } });
  const { conditions, ...rest } = invalidStatus(object, new SpecError('spec.kafka is no object; correct it'));
  expect(rest).toEqual({ ...rememberingStatus, observedGeneration: 3 });
  for (const { type, reason } of conditions) count(type, reason);
  expect(conditions.map(({ type, status }) => `${type} ${status}`)).toEqual(['Ready False', 'Degraded True']);
});

test('an object without our finalizer that goes is left alone', () => {
  const stream = streamOf({ metadata: { deletionTimestamp: '2026-02-01T00:00:00Z' } });
  expect(decideStream(stream, working(stream), settings)).toMatchObject({ actions: [], status: undefined });
});

test('a status has no empty list, which the API would drop and which would be written again', () => {
  const { status } = decideStream(streamOf(), working(streamOf()), settings);
  expect(Object.values(status ?? {}).filter((value) => Array.isArray(value) && value.length === 0)).toEqual([]);
});

test('the same look decides the same bytes', () => {
  const stream = streamOf({ spec: simulator });
  const decide = (): string => JSON.stringify(decideStream(stream, working(stream), settings));
  expect(decide()).toBe(decide());
});

function count(type: string, reason: string): void {
  const key = `${type} ${reason}`;
  reached.set(key, (reached.get(key) ?? 0) + 1);
}

test('every reason was reached', () => {
  const all = streamConditionTypes.flatMap((type) => streamReasons[type].map((reason) => `${type} ${reason}`));
  expect(all.filter((key) => !reached.has(key))).toEqual([]);
});
