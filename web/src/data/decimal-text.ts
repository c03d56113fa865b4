/**
 * Numbers for people. In: exact decimals as text. Out: texts of even width: grouped digits, a fixed number of decimals,
 * volumes in thousands and millions. Prices are never rounded: what the server wrote is what is shown.
 */

/** How many digits stand behind the point. */
export function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** `1234.5` with 2 decimals as `1,234.50`; more decimals than `decimals` stay, all of them. */
export function priceText(text: string, decimals: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  const shown = fraction.padEnd(decimals, '0');
  return shown === '' ? grouped(whole) : `${grouped(whole)}.${shown}`;
}

/** `184.1500` with at least 2 decimals as `184.15`: zeros at the end go, down to that number. */
export function shortPriceText(text: string, decimalsMin: number): string {
  let end = text.length;
  const floor = end - Math.max(0, decimalsOf(text) - decimalsMin);
  while (end > floor && text[end - 1] === '0') end -= 1;
  return priceText(text.slice(0, end).replace(/\.$/, ''), decimalsMin);
}

/** Decimals that a price has at least on the screen: two where any price has them, as people write money. */
export function usualDecimals(most: number): number {
  return Math.min(most, 2);
}

/** `-1234567` as `-1,234,567`. */
export function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

const steps = [
  { from: 1e15, divisor: 1e15, unit: 'Q' },
  { from: 1e12, divisor: 1e12, unit: 'T' },
  { from: 1e9, divisor: 1e9, unit: 'B' },
  { from: 1e6, divisor: 1e6, unit: 'M' },
  { from: 1e4, divisor: 1e3, unit: 'K' },
] as const;

/** A volume in four digits at most: `283`, `9,120`, `12.3K`, `4.56M`, `0.0125`. */
export function volumeText(text: string): string {
  const value = Number(text);
  // The largest number of each unit that still rounds into it.
  const step = steps.find(({ from }) => value >= from * 0.9995);
  if (step !== undefined) return `${threeDigits(value / step.divisor)}${step.unit}`;
  if (value >= 100) return grouped(value.toFixed(0));
  return value === 0 ? '0' : shortened(value.toPrecision(3));
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function shortened(text: string): string {
  return text.includes('e')
    ? Number(text).toFixed(12).replace(/0+$/, '')
    : text.replace(/\.?0+$/, (zeros) => (text.includes('.') ? '' : zeros));
}

/** Change from `first` to `last` in percent; null where there is none. Rounded: it is a view, no price. */
export function changePercent(first: string | null, last: string | null): number | null {
  if (first === null || last === null) return null;
  const from = Number(first);
  return from === 0 ? null : ((Number(last) - from) / Math.abs(from)) * 100;
}

/** `+0.42%`, `−1.10%`, `0.00%`; the minus is as wide as the plus. */
export function percentText(percent: number | null): string {
  if (percent === null) return '–';
  const text = Math.abs(percent) >= 1_000 ? grouped(Math.abs(percent).toFixed(0)) : Math.abs(percent).toFixed(2);
  if (Number(text.replaceAll(',', '')) === 0) return '0.00%';
  return `${percent < 0 ? '−' : '+'}${text}%`;
}

/** A count in few digits: `0`, `950`, `12,400`, `1.25M`. */
export function countText(count: number): string {
  if (!Number.isFinite(count)) return '–';
  return count >= 99_999.5 ? volumeText(String(Math.round(count))) : grouped(count.toFixed(0));
}

/** Whether `a` is below (-1), equal to (0) or above (1) `b`; both decimals. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const [left, right] = [unitsOf(a, decimals), unitsOf(b, decimals)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function unitsOf(text: string, decimals: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(decimals, '0')}`);
}
