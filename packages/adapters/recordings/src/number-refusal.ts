/**
 * Why a price or a size of a file is refused. In: the field, its text and what it came to in units. Out: nothing, or a
 * code and a message with value, limit and remedy. Shared by the formats that write decimals.
 */
import type { Refusal } from './batch-builder.ts';
import { clipped } from './clipped-text.ts';
import { decimalsMax, decimalsOf } from './decimal-text.ts';

/**
 * `units` is what `unitsOf(text, decimals)` gave, `unitsMin` the least that is accepted; -Infinity accepts every number.
 * `PRICE` or `SIZE` begins the code: _NOT_A_NUMBER, _DECIMALS_TOO_MANY, _OUT_OF_RANGE, _NOT_POSITIVE.
 */
export function refusalOfUnits(
  what: 'PRICE' | 'SIZE',
  field: string,
  text: string,
  units: number,
  unitsMin: number,
  decimals: number,
): Refusal | undefined {
  if (Number.isFinite(units)) {
    if (units >= unitsMin) return undefined;
    const message = `${field} ${clipped(text)} is not ${unitsMin > 0 ? 'above 0' : '0 or above'}; correct it or take the line out`;
    return { code: `${what}_NOT_POSITIVE`, message };
  }
  if (Number.isNaN(units)) {
    const message = `${field} ${clipped(text)} is no number; correct it or take the line out`;
    return { code: `${what}_NOT_A_NUMBER`, message };
  }
  if (decimalsOf(text) > decimalsMax) {
    const message = `${field} ${clipped(text)} has ${decimalsOf(text)} decimals, the limit is ${decimalsMax}; round it`;
    return { code: `${what}_DECIMALS_TOO_MANY`, message };
  }
  const message =
    `${field} ${clipped(text)} does not fit: with the ${decimals} decimals of this instrument the limit is ` +
    `${Number.MAX_SAFE_INTEGER} units of 1e-${decimals}; correct it or take the line out`;
  return { code: `${what}_OUT_OF_RANGE`, message };
}
