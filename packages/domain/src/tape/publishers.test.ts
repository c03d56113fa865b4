/**
 * Publisher ids and rules E2 and E3. In: ids. Out: parts, order, expiry.
 */
import { expect, test } from 'vitest';
import { TimeDomain } from '../log/tick-columns.ts';
import { formatPublisherId, issueDayOf, publisherId, timeDomainOf } from '../market/publisher-id.ts';
import { forgottenAtMs, isExpired, Publishers } from './publishers.ts';

const dayMs = 86_400_000;

test('an id holds its day of issue, its time domain and its draw', () => {
  const id = publisherId(20_000, TimeDomain.replay, (1n << 60n) | 5n);
  expect([issueDayOf(id), timeDomainOf(id)]).toEqual([20_000, TimeDomain.replay]);
  expect(formatPublisherId(id)).toBe('4e20c00000000005');
});

test('E2: a record appended 8 days or more after the day of issue is refused, one ms earlier is not', () => {
  const id = publisherId(100, TimeDomain.live, 1n);
  expect(isExpired(id, 108 * dayMs - 1)).toBe(false);
  expect(isExpired(id, 108 * dayMs)).toBe(true);
});

test('E3: a publisher is forgotten 8 days and two retentions after its issue', () => {
  expect(forgottenAtMs(publisherId(100, TimeDomain.live, 1n), 7 * dayMs)).toBe(122 * dayMs);
});

test('publishers are ordered by id, not by arrival', () => {
  const publishers = new Publishers();
  const late = publishers.indexOf(publisherId(2, TimeDomain.live, 1n), 0);
  const early = publishers.indexOf(publisherId(1, TimeDomain.live, 9n), 0);
  expect([publishers.precedes(early, late), publishers.precedes(late, early), publishers.precedes(late, late)]).toEqual(
    [true, false, false],
  );
});

test('the slot of a forgotten publisher is used again', () => {
  const publishers = new Publishers();
  const first = publishers.indexOf(publisherId(1, TimeDomain.live, 1n), 0);
  publishers.indexOf(publisherId(1, TimeDomain.live, 2n), 0);
  publishers.drop(first);
  expect(publishers.find(publisherId(1, TimeDomain.live, 1n))).toBe(-1);
  expect(publishers.indexOf(publisherId(1, TimeDomain.live, 3n), 0)).toBe(first);
});
