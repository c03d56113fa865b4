/**
 * Nanoseconds since the Unix epoch as whole seconds and the rest. In: the two halves of a fixed 64-bit field, or a
 * bigint. Out: two numbers, exact; no bigint is made for a tick of the usual kind.
 */

/** 2^32 = 4 * 10^9 + this. */
const rest32 = 294_967_296;
/** 2^48 = 281474 * 10^9 + this; of the quotient, 4 * 2^16 are counted with the high half already. */
const quotient48 = 19_330;
const rest48 = 976_710_656;
const nsPerSec = 1_000_000_000;

/** The last second of which every nanosecond fits into an int64 and into the fold. */
export const eventSecMax = 9_223_372_035;

/** Seconds and nanoseconds of a time; `sec` is NaN where it lies before the epoch. */
export type Instant = { sec: number; nano: number };

/** Fills `into` from the low and the high 32 bits, both unsigned. */
export function setInstant(into: Instant, low: number, high: number): void {
  if (high >= 0x8000_0000) {
    into.sec = Number.NaN;
    into.nano = 0;
    return;
  }
  const upper = high >>> 16;
  const rest = upper * rest48 + (high & 0xffff) * rest32 + low;
  const carried = Math.floor(rest / nsPerSec);
  into.sec = high * 4 + upper * quotient48 + carried;
  into.nano = rest - carried * nsPerSec;
}

/** Seconds and nanoseconds of a time that is not negative. */
export function instantOf(ns: bigint): Instant {
  return { sec: Number(ns / 1_000_000_000n), nano: Number(ns % 1_000_000_000n) };
}
