/**
 * Amounts as Kubernetes writes them. In: text such as `500m` or `1Gi`. Out: numbers. The API server rewrites them, so the same
 * amount has several texts.
 */

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The amount; NaN for other text. */
export function amountOf(text: string): number {
  const [, digits, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]{0,2})$/.exec(text) ?? [];
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  return digits === undefined || factor === undefined ? Number.NaN : Number(digits) * factor;
}

/** Whether two values are texts of one amount. */
export function isSameQuantity(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  const [first, second] = [amountOf(one), amountOf(other)];
  return Math.abs(first - second) <= Math.abs(first) * 1e-9;
}
