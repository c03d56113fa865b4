/**
 * The ticks of the block being applied, as the rules see them. In: columns that were filled anew. Out: a `TickSource`
 * over them; one object serves all blocks, since a block may hold a single tick. Rare columns are looked at when somebody
 * asks for them.
 */
import { rareColumns, type RareColumns } from '../log/rare-columns.ts';
import { nanoOf, secondOf, type TickColumns } from '../log/tick-columns.ts';
import type { HeldReference } from '../tape/held-items.ts';
import type { BlockSource } from './tick-source.ts';

/** The source of one fold's blocks. */
export class BlockTicks implements BlockSource {
  readonly columns: TickColumns;
  readonly held: undefined = undefined;
  /** 0 but for groups that were cut out of their block. */
  firstPlace = 0;
  group = 0;
  sequenceBase = 0;
  outOfOrder = false;
  block = -1;
  #rare: RareColumns | undefined;

  constructor(columns: TickColumns) {
    this.columns = columns;
  }

  /** The columns hold block number `block` now. */
  meet(block: number): this {
    this.block = block;
    this.firstPlace = 0;
    this.group = 0;
    this.sequenceBase = 0;
    this.outOfOrder = false;
    this.#rare = undefined;
    return this;
  }

  get rare(): RareColumns {
    return (this.#rare ??= rareColumns(this.columns));
  }

  tradeIdAt(index: number): string {
    return this.rare.tradeIdAt(index);
  }

  referenceAt(index: number): HeldReference | undefined {
    const { columns } = this;
    const original = this.rare.originalAt(index);
    if (original === undefined) return undefined;
    const { sequence, tradeId, correctedTimeStep: step } = original;
    if (step === undefined) return { sequence, tradeId, correctedSec: -1, correctedNano: 0 };
    const ns = columns.timeNs[index]! + step * columns.timeUnitNs;
    const correctedSec = secondOf(columns, ns);
    const correctedNano = nanoOf(columns, ns, correctedSec);
    return { sequence, tradeId, correctedSec, correctedNano };
  }
}
