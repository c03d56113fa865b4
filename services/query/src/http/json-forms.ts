/**
 * What HTTP answers with, as JSON. In: instruments and tape entries. Out: plain values; numbers with a unit are exact
 * decimal texts, times RFC 3339, ids and sums texts where a number could not hold them.
 */
import { formatEventTime, formatPublisherId, formatUnits, type StoredInstrument, TickKind } from '@tapeline/domain';
import { priceDecimalsMin } from '../instruments/instrument-directory.ts';
import type { TapeRow } from '../trades/tape-entry.ts';

const nsPerSec = 1_000_000_000n;

/** RFC 3339 text of ns since the Unix epoch. */
export function timeText(ns: bigint): string {
  const sec = ns / nsPerSec - (ns % nsPerSec < 0n ? 1n : 0n);
  return formatEventTime(Number(sec), Number(ns - sec * nsPerSec));
}

/** An instrument. */
export function instrumentJson({ dataset, symbol, terms }: StoredInstrument): Record<string, unknown> {
  const { priceExponent, sizeExponent, tickSize, currency, calendar } = terms;
  return { dataset, symbol, priceExponent, sizeExponent, tickSize, currency, calendar };
}

const tapes = ['', 'A', 'B', 'C'];
const sides = ['', 'buyer', 'seller'];
const kinds: Readonly<Record<number, string>> = {
  [TickKind.trade]: 'trade',
  [TickKind.cancel]: 'cancel',
  [TickKind.correction]: 'correction',
};

/** An entry of the tape; `amended` shows a correction as the trade that it made. */
export function tradeJson(row: TapeRow, instrument: StoredInstrument, amended: boolean): Record<string, unknown> {
  const { segment, tick } = row;
  const { attributes } = tick;
  const isCancel = attributes.kind === TickKind.cancel;
  const { priceExponent, sizeExponent } = instrument.terms;
  return {
    dataset: segment.dataset,
    symbol: segment.symbol,
    number: tick.number,
    kind: amended ? 'trade' : (kinds[attributes.kind] ?? ''),
    time: timeText(row.timeNs),
    price: isCancel ? null : formatUnits(tick.price, priceExponent, priceDecimalsMin(instrument)),
    size: isCancel ? null : formatUnits(tick.size, sizeExponent),
    venue: attributes.venue,
    tape: tapes[attributes.tape] ?? '',
    conditions: attributes.conditions,
    side: sides[attributes.side] ?? '',
    tradeId: tick.tradeId,
    ...(amended ? {} : originalJson(row)),
    publisher: formatPublisherId(segment.publisherId),
    sequence: tick.sequence,
    late: segment.late,
    outOfOrder: segment.outOfOrder,
  };
}

function originalJson({ tick: { original } }: TapeRow): Record<string, unknown> {
  if (original === undefined) return {};
  const { sequence, tradeId, correctedNs } = original;
  return {
    original: sequence > 0 ? { sequence } : { tradeId },
    ...(correctedNs === undefined ? {} : { correctedTime: timeText(correctedNs) }),
  };
}
