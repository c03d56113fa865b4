/**
 * Decimal numbers of a file as exact integers. In: text such as `61837.63`, `-5`, `.5` or `1e-05`. Out: how many
 * decimals it has, or its value in units of a power of ten. No step goes through a binary fraction (law 6).
 */

/** Most decimals that a price or a size may have; the contract's exponents end at -18. */
export const decimalsMax = 18;

const zero = 48;
const nine = 57;
const point = 46;
const minus = 45;
const plus = 43;

/** Powers of ten that are exact integers. */
const powersOfTen: readonly number[] = Array.from({ length: 16 }, (_, index) => Number(`1e${index}`));

/** Digits after the point as they are written, zeros at the end included; NaN if the text is no decimal number. */
export function decimalsOf(text: string): number {
  const plain = plainDecimal(text);
  if (!isDecimal(plain)) return Number.NaN;
  const at = plain.indexOf('.');
  return at < 0 ? 0 : plain.length - at - 1;
}

/** Digits after the point without zeros at the end; NaN if the text is no decimal number. */
export function neededDecimalsOf(text: string): number {
  const plain = plainDecimal(text);
  if (!isDecimal(plain)) return Number.NaN;
  const at = plain.indexOf('.');
  if (at < 0) return 0;
  let end = plain.length;
  while (plain.charCodeAt(end - 1) === zero) end -= 1;
  return end - at - 1;
}

/**
 * The value in units of 10^-decimals, `decimals` 0 to 18. NaN if the text is no decimal number; Infinity or -Infinity if
 * the value is beyond 2^53 - 1 units, or needs more decimals than there are.
 */
export function unitsOf(text: string, decimals: number): number {
  const plain = plainDecimal(text);
  const isNegative = plain.charCodeAt(0) === minus;
  const start = isNegative || plain.charCodeAt(0) === plus ? 1 : 0;
  let units = 0;
  let digits = 0;
  let missing = decimals;
  let afterPoint = false;
  for (let index = start; index < plain.length; index += 1) {
    const code = plain.charCodeAt(index);
    if (code >= zero && code <= nine) {
      digits += 1;
      if (afterPoint && missing === 0) {
        if (code !== zero) units = Infinity;
        continue;
      }
      units = units * 10 + (code - zero);
      if (afterPoint) missing -= 1;
    } else if (code === point && !afterPoint) {
      afterPoint = true;
    } else {
      return Number.NaN;
    }
  }
  if (digits === 0) return Number.NaN;
  const scaled = units === 0 ? 0 : units * (powersOfTen[missing] ?? Infinity);
  if (!(scaled <= Number.MAX_SAFE_INTEGER)) return isNegative ? -Infinity : Infinity;
  return isNegative && scaled !== 0 ? -scaled : scaled;
}

/** A non-negative integer of digits alone, at most 2^53 - 1; NaN for anything else. */
export function wholeNumberOf(text: string): number {
  if (text.length === 0 || text.length > 16) return Number.NaN;
  let value = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < zero || code > nine) return Number.NaN;
    value = value * 10 + (code - zero);
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

function isDecimal(plain: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(plain);
}

/** Text without an exponent: programs write small and large fractions as `1e-05` or `2.5E+7`. */
function plainDecimal(text: string): string {
  if (!text.includes('e') && !text.includes('E')) return text;
  const match = /^([+-]?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,3})$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = match;
  const digits = whole + fraction;
  const pointAt = whole.length + Number(exponent);
  if (pointAt <= 0) return `${sign}0.${'0'.repeat(-pointAt)}${digits}`;
  if (pointAt >= digits.length) return `${sign}${digits}${'0'.repeat(pointAt - digits.length)}`;
  return `${sign}${digits.slice(0, pointAt)}.${digits.slice(pointAt)}`;
}
