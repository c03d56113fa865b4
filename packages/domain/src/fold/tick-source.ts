/**
 * Ticks on their way to the bars and to the tape. In: a decoded block, or one tick that was held. Out: the type that the
 * rules hand on, with access to what only few of them ask for.
 */
import type { RareColumns } from '../log/rare-columns.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import type { HeldReference, HeldTick } from '../tape/held-items.ts';

/** Ticks of one group, and what the rare columns say of them. */
export type TickSource = {
  readonly columns: TickColumns;
  /** Absent for a held tick, which has them with it. */
  readonly rare: RareColumns | undefined;
  /** The group being applied; 0 for a held tick. */
  group: number;
  /** Sequence of tick `i` is `sequenceBase + i` where sequences are consecutive. */
  sequenceBase: number;
  /** Whether the ticks being applied come after later ones of their publisher. */
  outOfOrder: boolean;
  /** Number of the tick block, and the place in it of tick 0. */
  block: number;
  firstPlace: number;
  /** The tick itself where it was held, and is not in its block any more. */
  readonly held: HeldTick | undefined;
  tradeIdAt(index: number): string;
  referenceAt(index: number): HeldReference | undefined;
};

/** A block's ticks, with the rare columns that a tick takes along when it is held. */
export type BlockSource = TickSource & { readonly rare: RareColumns };

/** Sequence of tick `index` of the source. */
export function sequenceIn({ columns, sequenceBase }: TickSource, index: number): number {
  return columns.consecutive ? sequenceBase + index : columns.sequence[index]!;
}
