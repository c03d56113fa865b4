/**
 * Trades as they stand now. In: a stretch of an instrument's trades as published. Out: the same stretch without those
 * that were cancelled, and with each corrected one under the identity and number of its correction, at the event time
 * that it has now, which may bring in trades from elsewhere. Late trades, and amendments that came late, change nothing.
 */
import { TickKind } from '@tapeline/domain';
import { type AmendmentBook, AmendmentBook as Book, isCancel } from './amendment-book.ts';
import type { AmendmentSource } from './amendment-source.ts';
import { comparePlaces, compareRows, placeOf, type TapePlace, type TapeRow } from './tape-entry.ts';
import type { TapeReading } from './tape-reading.ts';
import type { TapeWindow } from './tape-window.ts';
import { reachNs, type TapeOf } from './trade-search.ts';

/** The bounds in time of a stretch, both inside; absent = without. */
export type WindowTimes = { readonly firstNs: bigint | undefined; readonly lastNs: bigint | undefined };

/** Whether a row is a trade that counted in time. */
export function isTimelyTrade({ segment, tick }: TapeRow): boolean {
  return !segment.late && tick.attributes.kind === TickKind.trade;
}

/** Whether a row of an amended stretch is a corrected trade. */
export function isCorrected({ tick }: TapeRow): boolean {
  return tick.attributes.kind === TickKind.correction;
}

/** The stretch as it stands now, in the order of time. */
export async function amendedWindow(
  source: AmendmentSource,
  reading: TapeReading,
  tape: TapeOf,
  window: TapeWindow,
  times: WindowTimes,
): Promise<TapeRow[]> {
  const sinceNs = times.firstNs === undefined ? undefined : times.firstNs - reachNs;
  const amendments = await source.amendments(reading, tape, sinceNs);
  if (amendments.length === 0) return window.rows.toSorted(compareRows);
  const book = new Book(amendments);
  const means = async (trade: TapeRow, amendment: TapeRow): Promise<boolean> => {
    const meant = await source.tradeOf(reading, tape, amendment);
    return meant === undefined || comparePlaces(placeOf(meant), placeOf(trade)) === 0;
  };
  const rows: TapeRow[] = [];
  const show = async (trade: TapeRow): Promise<void> => {
    const winner = await book.winnerOf(trade, async (amendment) => means(trade, amendment));
    const row = winner === undefined ? trade : correctedRow(trade, winner);
    if (row !== undefined && isWithin(times, row.timeNs)) rows.push(row);
  };
  const here = new Set(window.rows.map((row) => keyOf(placeOf(row))));
  for (const trade of window.rows) {
    if (book.names(trade)) await show(trade);
    else rows.push(trade);
  }
  for (const trade of await movedIn(source, reading, tape, book, times)) {
    if (!here.has(keyOf(placeOf(trade)))) await show(trade);
  }
  return rows.sort(compareRows);
}

/** Trades of elsewhere that a correction may have moved here, each once. */
async function movedIn(
  source: AmendmentSource,
  reading: TapeReading,
  tape: TapeOf,
  book: AmendmentBook,
  times: WindowTimes,
): Promise<Iterable<TapeRow>> {
  const trades = new Map<string, TapeRow>();
  for (const correction of book.moving()) {
    if (!isWithin(times, correction.tick.original?.correctedNs as bigint)) continue;
    const first = firstOfChain(book, correction);
    const trade = first && (await source.tradeOf(reading, tape, first));
    if (trade !== undefined) trades.set(keyOf(placeOf(trade)), trade);
  }
  return trades.values();
}

/** The amendment that names a trade, where this one names a correction of it; none if they name each other in a ring. */
function firstOfChain(book: AmendmentBook, amendment: TapeRow): TapeRow | undefined {
  const seen = new Set<TapeRow>();
  let first = amendment;
  for (let named = book.correctionNamedBy(first); named !== undefined; named = book.correctionNamedBy(first)) {
    if (seen.has(named)) return undefined;
    seen.add(named);
    first = named;
  }
  return first;
}

/** A corrected trade as it is shown; none if it was taken back. */
function correctedRow(trade: TapeRow, winner: TapeRow): TapeRow | undefined {
  if (isCancel(winner)) return undefined;
  return { ...winner, timeNs: winner.tick.original?.correctedNs ?? trade.timeNs };
}

function isWithin({ firstNs, lastNs }: WindowTimes, timeNs: bigint): boolean {
  return (firstNs === undefined || timeNs >= firstNs) && (lastNs === undefined || timeNs <= lastNs);
}

function keyOf({ publisherId, sequence }: TapePlace): string {
  return `${publisherId} ${sequence}`;
}
