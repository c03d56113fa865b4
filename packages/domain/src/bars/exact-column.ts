/**
 * The exact sums of cells, which most cells do not have. In: sums by cell. Out: the same. It grows page by page, so that
 * nothing large is ever copied while a tape is being counted.
 */

/** Sums that do not fit into numbers, or that were merged; exact. */
export type ExactSums = { volume: bigint; notional: bigint };

/** Cells of a page, as a power of two. */
const pageBits = 12;
const pageMask = (1 << pageBits) - 1;

/** Sums by cell. */
export class ExactColumn {
  readonly #pages: ((ExactSums | undefined)[] | undefined)[] = [];

  /** The cell's sums; `undefined` = plain numbers hold them. */
  at(cell: number): ExactSums | undefined {
    return this.#pages[cell >> pageBits]?.[cell & pageMask];
  }

  put(cell: number, sums: ExactSums | undefined): void {
    const number = cell >> pageBits;
    while (this.#pages.length <= number) this.#pages.push(undefined);
    const page = (this.#pages[number] ??= Array.from({ length: pageMask + 1 }));
    page[cell & pageMask] = sums;
  }

  /** The cell has none any more. */
  clear(cell: number): void {
    const page = this.#pages[cell >> pageBits];
    if (page !== undefined) page[cell & pageMask] = undefined;
  }
}
