/** The order of write timestamps, and its bounds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeTimestamp, writeTimestampLimits } from './write-timestamp.ts';

const { revisionEnd, foldVersionMax, startSecMax } = writeTimestampLimits;
const version = fc.record({
  foldVersion: fc.integer({ min: 0, max: foldVersionMax }),
  revision: fc.integer({ min: 0, max: revisionEnd - 1 }),
});
const start = fc.integer({ min: -startSecMax, max: startSecMax });

test('of one bar the higher (fold version, revision) has the higher timestamp', () => {
  fc.assert(
    fc.property(start, version, version, (startSec, left, right) => {
      const order = left.foldVersion - right.foldVersion || left.revision - right.revision;
      const difference = writeTimestamp({ startSec, ...left }) - writeTimestamp({ startSec, ...right });
      expect(Math.sign(difference)).toBe(Math.sign(order));
    }),
  );
});

test('it is exact: the same sum in whole numbers of any size', () => {
  fc.assert(
    fc.property(start, version, (startSec, { foldVersion, revision }) => {
      const exact = BigInt(startSec) * 1_000_000n + BigInt(foldVersion) * 2n ** 36n + BigInt(revision);
      expect(BigInt(writeTimestamp({ startSec, foldVersion, revision }))).toBe(exact);
    }),
  );
});

test('beyond its bounds it is refused with field, value and limit', () => {
  const bar = { startSec: 0, foldVersion: 1, revision: 1 };
  expect(() => writeTimestamp({ ...bar, revision: revisionEnd })).toThrow(
    /revision 68719476736 is beyond 0 to 68719476735/,
  );
  expect(() => writeTimestamp({ ...bar, revision: -1 })).toThrow(RangeError);
  expect(() => writeTimestamp({ ...bar, foldVersion: 256 })).toThrow(/fold version 256 is beyond 0 to 255/);
  expect(() => writeTimestamp({ ...bar, startSec: startSecMax + 1 })).toThrow(/start/);
  expect(() => writeTimestamp({ ...bar, startSec: NaN })).toThrow(RangeError);
  expect(writeTimestamp({ startSec: startSecMax, foldVersion: 255, revision: revisionEnd - 1 })).toBeLessThan(2 ** 53);
});
