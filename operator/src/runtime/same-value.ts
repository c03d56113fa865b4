/**
 * Whether two JSON values say the same. In: any two. Out: yes or no; the order of fields does not matter, a field that is undefined
 * is none. Pure.
 */

/** Compares all through; functions and classes are not JSON and compare by identity. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => isSameValue(item, b[index]));
  }
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) =>
    isSameValue(left[name], right[name]),
  );
}
