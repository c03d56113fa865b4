/**
 * The groups of one block whose instruments are not here. In: a decoded block, from its first such group on. Out: for each
 * instrument a block of its groups alone, cut by bytes once. All groups of an instrument go one way, so that a block is
 * the instrument's as a whole or not at all. A block without such groups never comes here.
 */
import { BlockCutter } from '../log/block-of-groups.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import type { FoldState } from './fold-state.ts';
import type { ParkedEntry } from './parked-entry.ts';

/** Where the block stands. */
export type BlockPlace = {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly appendTimeMs: number;
};

/** The strays of `state.columns`, valid until these are filled again. */
export class StrayGroups {
  readonly #columns: TickColumns;
  readonly #place: BlockPlace;
  readonly #groupsOf = new Map<string, number[]>();
  readonly #cutter: BlockCutter;
  readonly #taken = new Set<number>();

  /** `from`: the first group whose instrument is not owned; it is among the strays. */
  constructor(state: FoldState, place: BlockPlace, from: number) {
    const { columns } = state;
    this.#columns = columns;
    this.#place = place;
    const groups: number[] = [];
    for (let group = from; group < columns.groupCount; group += 1) {
      const symbol = columns.symbols[group]!;
      if (state.instrument(columns.dataset, symbol).place.kind === 'own') continue;
      groups.push(group);
      const known = this.#groupsOf.get(symbol);
      if (known === undefined) this.#groupsOf.set(symbol, [group]);
      else known.push(group);
    }
    this.#cutter = new BlockCutter(columns, place.start, place.end, groups);
  }

  /** Whether the group went its way already, with an earlier one of its instrument. */
  has(group: number): boolean {
    return this.#taken.has(group);
  }

  /** The ticks of that instrument as an entry of its own. */
  take(symbol: string): ParkedEntry {
    const groups = this.#groupsOf.get(symbol)!;
    const offsets: number[] = [];
    let count = 0;
    for (const group of groups) {
      this.#taken.add(group);
      const from = this.#columns.groupStart[group]!;
      offsets.push(from - count);
      count += this.#columns.groupStart[group + 1]! - from;
    }
    const { number: block, appendTimeMs: firstAppendTimeMs } = this.#place;
    return { kind: 'tickBlock', bytes: this.#cutter.blockOf(groups), firstAppendTimeMs, block, offsets };
  }
}
