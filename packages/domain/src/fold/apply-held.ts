/**
 * Applies a tick that was held, as if it stood alone in a block. In: the tick by value. Out: as `applyTicks`. Its place
 * in the retained log is its own block, so a rebuild finds it there.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { TickKind } from '../market/tick.ts';
import type { HeldTick } from '../tape/held-items.ts';
import type { Link } from '../tape/link.ts';
import { applyTicks } from './apply-ticks.ts';
import { noteLate } from './ship-trades.ts';
import type { FoldState } from './fold-state.ts';

/** Applies `tick` with its sequence; its turn in the chain has come. */
export function applyHeldTick(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  sequence: number,
  tick: HeldTick,
  outOfOrder: boolean,
): void {
  const columns = state.heldColumns;
  columns.serial += 1;
  columns.consecutive = true;
  columns.onlyTrades = tick.interned.attributes.kind === TickKind.trade;
  columns.baseSec = tick.eventSec;
  columns.baseNano = tick.eventNano;
  columns.attributes.length = 0;
  columns.attributes.push(tick.interned);
  columns.tickCount = 1;
  columns.timeNs[0] = 0;
  columns.attribute[0] = 0;
  columns.price[0] = tick.price;
  columns.size[0] = tick.size;
  state.retained.include(tick.block, tick.index);
  noteLate(instrument, tick.block, tick.index);
  const source = {
    columns,
    rare: undefined,
    group: 0,
    sequenceBase: sequence,
    outOfOrder,
    held: tick,
    block: tick.block,
    firstPlace: tick.index,
    tradeIdAt: () => tick.tradeId,
    referenceAt: () => tick.reference,
  };
  applyTicks(state, instrument, link, source, 0, 1);
}
