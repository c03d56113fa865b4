/**
 * Durations and sizes as people write them. In: `90s` or `64KiB`. Out: ms or bytes; and the other way round. Text that
 * is neither reads as NaN, which is within no bounds.
 */

const msOf: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const bytesOf: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A number of at most 9 digits and ms, s, m, h or d, as ms; NaN for other text. */
export function readDuration(text: string): number {
  return readUnits(text, msOf);
}

/** A number of at most 9 digits and B, KiB, MiB or GiB, as bytes; NaN for other text. */
export function readBytes(text: string): number {
  return readUnits(text, bytesOf);
}

/** `ms` (≥ 0) in the largest unit that keeps it whole, such as `90s`. */
export function durationText(ms: number): string {
  return textOf(ms, msOf, 's');
}

/** `bytes` (≥ 0) in the largest unit that keeps them whole, such as `4MiB`. */
export function bytesText(bytes: number): string {
  return textOf(bytes, bytesOf, 'B');
}

function readUnits(text: string, units: Readonly<Record<string, number>>): number {
  const [, digits, unit = ''] = /^(\d{1,9})([A-Za-z]{1,3})$/.exec(text) ?? [];
  const size = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return digits === undefined || size === undefined ? Number.NaN : Number(digits) * size;
}

function textOf(value: number, units: Readonly<Record<string, number>>, ofZero: string): string {
  if (value === 0) return `0${ofZero}`;
  const [name = '', size = 1] = Object.entries(units).findLast(([, each]) => value % each === 0) ?? [];
  return `${value / size}${name}`;
}
