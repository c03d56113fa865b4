/**
 * Exact integers with a unit as decimal text, and division between them. In: integers in units of a power of ten.
 * Out: text such as `184.10`, or a rounded integer. Law 6: no step goes through a binary fraction.
 */

/** Most digits after the point; the contract's exponents end at -18. */
const decimalsMax = 18;

/**
 * `value` times 10^`exponent` as decimal text: no exponent, no leading zeros, at least `decimalsMin` digits after the
 * point, and beyond those none that is a zero at the end. `exponent` is -18 to 0, `decimalsMin` 0 to 18. A `value` that
 * is a `number` must be a safe integer. Throws `RangeError` otherwise.
 */
export function formatUnits(value: bigint | number, exponent: number, decimalsMin: number = 0): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is no integer up to 2^53 - 1, so its digits are not exact`);
  }
  checkDecimals('exponent', -exponent);
  checkDecimals('least number of decimals', decimalsMin);
  const decimals = -exponent;
  const isNegative = value < 0;
  const digits = String(isNegative ? -value : value).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  let end = digits.length;
  while (end > point + decimalsMin && digits.charCodeAt(end - 1) === 48) end -= 1;
  const fraction = digits.slice(point, end).padEnd(decimalsMin, '0');
  return `${isNegative ? '-' : ''}${digits.slice(0, point)}${fraction === '' ? '' : '.'}${fraction}`;
}

function checkDecimals(what: string, decimals: number): void {
  if (Number.isInteger(decimals) && decimals >= 0 && decimals <= decimalsMax) return;
  throw new RangeError(`the ${what} stands for ${decimals} digits after the point; 0 to ${decimalsMax} are possible`);
}

/**
 * Digits after the point that a step of `step` units of 10^`exponent` needs: 100 units of 0.0001 are 0.01, so 2.
 * `step` is a positive safe integer, `exponent` -18 to 0; throws `RangeError` otherwise.
 */
export function decimalsOfStep(step: number, exponent: number): number {
  if (!Number.isSafeInteger(step) || step < 1) throw new RangeError(`a step of ${step} units is no positive integer`);
  checkDecimals('exponent', -exponent);
  let decimals = -exponent;
  for (let rest = step; decimals > 0 && rest % 10 === 0; rest /= 10) decimals -= 1;
  return decimals;
}

/**
 * `numerator` / `denominator` as the nearest integer; of two equally near ones the even one (IEEE 754's
 * roundTiesToEven), so that rounding many values does not drift. Signs as in arithmetic. Throws `RangeError` if the
 * denominator is 0.
 */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  if (denominator === 0n) throw new RangeError(`${numerator} cannot be divided by 0`);
  const [above, below] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator];
  // BigInt division cuts towards zero; rounding is easier from below.
  const cut = above / below;
  const floor = above < 0n && cut * below !== above ? cut - 1n : cut;
  const twiceRest = (above - floor * below) * 2n;
  if (twiceRest === below) return floor % 2n === 0n ? floor : floor + 1n;
  return twiceRest > below ? floor + 1n : floor;
}
