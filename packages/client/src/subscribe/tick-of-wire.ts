/**
 * Entries of a tape for readers. In: entries of the wire and their instruments. Out: times and exact decimals as text, or
 * an error for an entry that breaks the contract.
 */
import { formatEventTime, formatUnits } from '@tapeline/domain';
import type { wireQuery } from '@tapeline/wire';
import type { InstrumentCache, KnownInstrument } from './instrument-cache.ts';
import type { TapeTick } from './reader-types.ts';

/** The entry. Rejects if it, or its instrument, cannot be read. */
export async function tickOfWire(entry: wireQuery.TapeEntry, instruments: InstrumentCache): Promise<TapeTick> {
  const { instrument, tick } = entry;
  if (instrument === undefined || tick === undefined) {
    throw new Error('the server sent an entry that breaks the contract: it has no instrument or no tick');
  }
  const known = await instruments.get(instrument);
  return {
    dataset: instrument.dataset,
    symbol: instrument.symbol,
    number: Number(entry.number),
    publisherId: entry.publisherId,
    sequence: Number(entry.sequence),
    kind: tick.$case,
    time: timeText(tick.value.eventTimeNs),
    venue: tick.value.venue,
    ...pricedFields(tick, known),
    original: originalOf(tick),
    late: entry.late,
    outOfOrder: entry.outOfOrder,
  };
}

/** RFC 3339 of ns since the Unix epoch. */
export function timeText(ns: bigint): string {
  return formatEventTime(Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n));
}

type WireTick = NonNullable<wireQuery.TapeEntry['tick']>;

function pricedFields(tick: WireTick, known: KnownInstrument): Pick<TapeTick, 'price' | 'size' | 'conditions' | 'id'> {
  if (tick.$case === 'cancel') return { price: null, size: null, conditions: [], id: '' };
  const { price, size, conditions, tradeId } = tick.value;
  return {
    price: formatUnits(price, known.priceExponent, known.priceDecimalsMin),
    size: formatUnits(size, known.sizeExponent),
    conditions,
    id: tradeId,
  };
}

function originalOf(tick: WireTick): TapeTick['original'] {
  if (tick.$case === 'trade' || tick.value.original === undefined) return null;
  const { original } = tick.value;
  if (original.$case === 'originalSequence') return { sequence: Number(original.value) };
  return { id: original.value };
}
