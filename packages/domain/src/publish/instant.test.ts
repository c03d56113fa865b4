/** Seconds and nanoseconds of a fixed 64-bit time, without a bigint. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Instant, instantOf, setInstant } from './instant.ts';

function of(ns: bigint): Instant {
  const into = { sec: 0, nano: 0 };
  const raw = BigInt.asUintN(64, ns);
  setInstant(into, Number(raw & 0xffff_ffffn), Number(raw >> 32n));
  return into;
}

test('every time from 1970 on is exact', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 63n - 1n), (ns) => {
      expect(of(ns)).toEqual(instantOf(ns));
    }),
    { examples: [[0n], [999_999_999n], [1_000_000_000n], [2n ** 48n - 1n], [2n ** 48n], [2n ** 63n - 1n]] },
  );
});

test('a time before 1970 has no seconds', () => {
  for (const ns of [-1n, -(2n ** 63n)]) expect(of(ns).sec).toBeNaN();
});
