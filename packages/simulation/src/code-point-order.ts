/**
 * The order of texts by code point, which is the order of their UTF-8 bytes. In: two texts. Out: which is first.
 * JavaScript's own `<` orders by UTF-16 units and puts U+FFFF behind a character above it.
 */

/** Negative if `left` comes first, positive if `right` does, 0 if they are equal. */
export function compareCodePoints(left: string, right: string): number {
  const rights = right[Symbol.iterator]();
  for (const character of left) {
    const other = rights.next();
    if (other.done === true) return 1;
    const difference = (character.codePointAt(0) as number) - (other.value.codePointAt(0) as number);
    if (difference !== 0) return difference;
  }
  return rights.next().done === true ? 0 : -1;
}
