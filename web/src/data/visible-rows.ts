/**
 * Which rows of a long list are on the screen. In: how far it is scrolled, its height, the height of a row. Out: the
 * range that must exist as elements. Law 7: five thousand instruments cost as much as thirty.
 */

/** Rows from `first` up to, not including, `end`. */
export type RowRange = { readonly first: number; readonly end: number };

const marginRows = 4;

/** The rows on the screen, and a few beyond both edges so that scrolling shows no blanks. All sizes are in px. */
export function visibleRows(scrollTop: number, height: number, rowHeight: number, count: number): RowRange {
  const first = Math.floor(scrollTop / rowHeight) - marginRows;
  const end = Math.ceil((scrollTop + height) / rowHeight) + marginRows;
  return { first: clamp(first, 0, count), end: clamp(end, 0, count) };
}

/** Where to scroll so that a row is on the screen as a whole: as little as possible; undefined if it is there. */
export function scrollTo(index: number, scrollTop: number, height: number, rowHeight: number): number | undefined {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : undefined;
}

/** The row that a key leads to from `index` (-1 = none); undefined for other keys and in an empty list. */
export function rowByKey(key: string, index: number, count: number, pageRows: number): number | undefined {
  if (count === 0) return undefined;
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index < 0 ? count - 1 : index - 1,
    PageDown: Math.max(index, 0) + pageRows,
    PageUp: Math.max(index, 0) - pageRows,
    Home: 0,
    End: count - 1,
  };
  const target = Object.hasOwn(targets, key) ? targets[key] : undefined;
  return target === undefined ? undefined : clamp(target, 0, count - 1);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
