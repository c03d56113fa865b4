/** When a lease of somebody else is over: by our clock alone. */
import { expect, test } from 'vitest';
import type { LeaseRecord } from './lease-record.ts';
import { firstTransitions, leaseRecordOf, microTime } from './lease-record.ts';
import { LeaseWatch } from './lease-watch.ts';

const record: LeaseRecord = {
  holder: 'other',
  durationMs: 15_000,
  transitions: 3,
  acquireTime: '',
  renewTime: '1999-01-01T00:00:00.000000Z',
  resourceVersion: '7',
};

test('a lease is over when it has not changed for its duration since we first saw it so, whatever its times say', () => {
  const watch = new LeaseWatch();
  watch.see(record, 1_000);
  expect(watch.waitMs(1_000, 15_000)).toBe(15_000);
  watch.see(record, 9_000);
  expect(watch.waitMs(9_000, 15_000)).toBe(7_000);
  watch.see({ ...record, resourceVersion: '8' }, 10_000);
  expect([watch.waitMs(24_999, 15_000), watch.waitMs(25_000, 15_000)]).toEqual([1, 0]);
});

test('a lease that was let go of or does not exist may be taken at once', () => {
  const watch = new LeaseWatch();
  expect(watch.waitMs(0, 15_000)).toBe(0);
  watch.see({ ...record, holder: '' }, 0);
  expect(watch.waitMs(0, 15_000)).toBe(0);
  watch.see(record, 0);
  watch.seeNone();
  expect(watch.waitMs(0, 15_000)).toBe(0);
});

test('a lease that names no duration is waited for as long as ours', () => {
  const watch = new LeaseWatch();
  watch.see({ ...record, durationMs: 0 }, 0);
  expect(watch.waitMs(0, 15_000)).toBe(15_000);
});

test('fields that are missing or of another kind count as let go of', () => {
  const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l', resourceVersion: '1' } };
  expect(leaseRecordOf({ ...object, spec: { leaseTransitions: 'x' } })).toMatchObject({ holder: '', transitions: 0 });
  expect(microTime(0)).toBe('1970-01-01T00:00:00.000000Z');
  expect(firstTransitions(1_700_000_000_000)).toBe(28_333_333);
});
