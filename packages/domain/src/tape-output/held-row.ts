/**
 * A tick that was held, as a row of a block. In: the tick by value. Out: what `encodeTickBlock` takes, with everything the fold
 * kept of it.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { TickRow } from '../log/tick-block-encode.ts';
import { TickKind } from '../market/tick.ts';
import type { HeldTick } from '../tape/held-items.ts';

/** The tick as a row, after the tick with sequence `link`. A quote's prices are not kept while it is held: it has no sides. */
export function heldRow(instrument: InstrumentState, tick: HeldTick, sequence: number, link: number): TickRow {
  const { attributes } = tick.interned;
  const priced = attributes.kind !== TickKind.cancel;
  const { reference, venueSequence, receiveDelayNs } = tick;
  const { correctedSec = -1, correctedNano = 0 } = reference ?? {};
  return {
    symbol: instrument.symbol,
    terms: instrument.terms!,
    sequence,
    link,
    eventSec: tick.eventSec,
    eventNano: tick.eventNano,
    attributes,
    price: tick.price,
    size: tick.size,
    ...(priced ? { tradeId: tick.tradeId } : {}),
    ...(reference === undefined
      ? {}
      : {
          original: {
            sequence: reference.sequence,
            tradeId: reference.tradeId,
            ...(correctedSec < 0 ? {} : { correctedSec, correctedNano }),
          },
        }),
    ...(venueSequence === undefined ? {} : { venueSequence }),
    ...(receiveDelayNs === undefined ? {} : { receiveDelayNs }),
  };
}
