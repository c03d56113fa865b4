/**
 * Ticks and Voids that wait for their predecessor when their instrument leaves. In: an instrument. Out: entries to send on after the
 * state, each by itself, with the append time of its first record (rule E2); they wait again where they arrive. A held quote
 * goes without its prices, which the fold does not keep, and a held Void without its reason.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { encodeTickBlock } from '../log/tick-block-encode.ts';
import { timeDomainOf } from '../market/publisher-id.ts';
import { TickFlag, TickKind } from '../market/tick.ts';
import { heldRow } from '../tape-output/held-row.ts';
import type { Held, HeldTick } from '../tape/held-items.ts';
import type { FoldState } from './fold-state.ts';
import { type ParkedEntry, parkedSmall } from './parked-entry.ts';

/** Takes out everything that is held, publisher by publisher. */
export function takeHeld(state: FoldState, instrument: InstrumentState): ParkedEntry[] {
  const entries: ParkedEntry[] = [];
  for (const link of instrument.links) {
    const { id } = state.publishers.at(link.publisher);
    const items = link.held.takeAll();
    for (const item of items) entries.push(entryOf(instrument, id, item));
    state.heldCount -= items.length;
  }
  state.holding.delete(instrument);
  return entries;
}

function entryOf(instrument: InstrumentState, publisherId: bigint, item: Held): ParkedEntry {
  const { sequence, link, tick, firstAppendMs } = item;
  const { dataset, symbol } = instrument;
  if (tick === undefined) {
    const entry = { kind: 'void', publisherId, sequence, link, dataset, symbol, reason: '', mapEpoch: 0 } as const;
    return parkedSmall(entry, firstAppendMs);
  }
  const { receiveTimeNs } = tick;
  const header = { publisherId, timeDomain: timeDomainOf(publisherId), mapEpoch: 0, dataset, receiveTimeNs };
  const bytes = encodeTickBlock(header, [heldRow(instrument, withoutSides(tick), sequence, link)]);
  return { kind: 'tickBlock', bytes, firstAppendTimeMs: firstAppendMs, block: -1, offsets: [] };
}

/** A quote that says nothing of either side, rather than prices of 0. */
function withoutSides(tick: HeldTick): HeldTick {
  const { attributes } = tick.interned;
  if (attributes.kind !== TickKind.quote) return tick;
  const flags = attributes.flags & ~(TickFlag.quoteBid | TickFlag.quoteAsk);
  return { ...tick, interned: { attributes: { ...attributes, flags }, eligibility: [] } };
}
