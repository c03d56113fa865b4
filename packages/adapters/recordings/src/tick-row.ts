/**
 * A recorded tick as a publisher sends it. In: a tick of a recording, what its instrument's numbers mean, its link. Out:
 * a row whose sequence is the line of the file, so that the same file gives the same ticks whenever it is read (law 3).
 */
import { type InstrumentTerms, TickKind, type TickRow } from '@tapeline/domain';
import type { RecordedTick } from './recording.ts';

/** A row that may still be changed. Fields are set one by one and only where they are: this runs for every tick. */
export type OpenTickRow = { -readonly [Field in keyof TickRow]: TickRow[Field] };

/** The row of a tick; `link` is the line of the file's previous tick of the symbol that is sent, 0 = none. */
export function tickRowOf(tick: RecordedTick, terms: InstrumentTerms, link: number): OpenTickRow {
  const { symbol, line: sequence, eventSec, eventNano, attributes, price, size, tradeId, venueSequence } = tick;
  const row: OpenTickRow = { symbol, terms, sequence, link, eventSec, eventNano, attributes, price, size };
  if (tradeId !== undefined) row.tradeId = tradeId;
  if (venueSequence !== undefined) row.venueSequence = venueSequence;
  if (tick.originalTradeId !== undefined) row.original = { sequence: 0, tradeId: tick.originalTradeId };
  const delayNs = tick.receiveSec === undefined ? Number.NaN : receiveDelayNsOf(tick);
  if (Number.isSafeInteger(delayNs)) row.receiveDelayNs = delayNs;
  if (tick.kind === TickKind.quote) row.quote = sidesOf(tick);
  return row;
}

function sidesOf({ bidPrice, bidSize = 0, askPrice, askSize = 0 }: RecordedTick): NonNullable<TickRow['quote']> {
  return {
    ...(bidPrice === undefined ? undefined : { bidPrice, bidSize }),
    ...(askPrice === undefined ? undefined : { askPrice, askSize }),
  };
}

/** Receive time less event time; no safe integer, and then left out, where the recorder's clock is far off. */
function receiveDelayNsOf({ eventSec, eventNano, receiveSec = 0, receiveNano = 0 }: RecordedTick): number {
  return (receiveSec - eventSec) * 1_000_000_000 + (receiveNano - eventNano);
}
