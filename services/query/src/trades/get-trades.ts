/**
 * Pages of trades. In: an instrument, a range, a view and where the page before ended. Out: rows of the page in their
 * order, and the token of the next one. Every page is read when it is asked for.
 */
import type { Store, StoredInstrument } from '@tapeline/domain';
import { digestOf } from '../tokens/sealed-text.ts';
import { pagePlaceOf, pageToken } from '../tokens/page-token.ts';
import { resumeToken } from '../tokens/resume-token.ts';
import { amendedWindow, isTimelyTrade } from './amended-window.ts';
import type { AmendmentSource } from './amendment-source.ts';
import { tradeDigest } from './follow-trades.ts';
import { comparePlaces, placeOf, type TapePlace, type TapeRow } from './tape-entry.ts';
import { TapeReading } from './tape-reading.ts';
import { endOfInstant, type TapeWindow, tapeWindow, type TapeWindowRequest } from './tape-window.ts';

/** Which trades, and which page. */
export type TradeQuery = {
  readonly instrument: StoredInstrument;
  readonly startNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  readonly view: 'amended' | 'published';
  readonly newestFirst: boolean;
  /** Rows of the page at most. */
  readonly pageSize: number;
  readonly pageToken: string;
  /** Fires when nobody waits for the page any more; an `RpcError` as its reason is what the read rejects with. */
  readonly signal?: AbortSignal;
};

/** A page of trades. */
export type TradePage = {
  readonly rows: readonly TapeRow[];
  readonly nextPageToken: string;
  readonly resumeToken: string;
};

/** What pages are read from. */
export type TradeParts = {
  readonly store: Store;
  readonly amendments: AmendmentSource;
  /** Where the topic of the tape stands; see `QueryParts.tape`. */
  readonly tape: { readonly positions: readonly number[] };
};

type ReadParts = TradeParts & { readonly reading: TapeReading };

/** Bytes of one page at most, so that it fits a message. */
const pageBytesMax = 3_145_728;

/** The page. */
export async function readTrades(parts: TradeParts, query: TradeQuery): Promise<TradePage> {
  const { dataset, symbol } = query.instrument;
  const { startNs, endNs, view, newestFirst } = query;
  const digest = digestOf([dataset, symbol, `${startNs}`, `${endNs}`, view, newestFirst]);
  const place = pagePlaceOf('trades', digest, query.pageToken);
  const positions = place?.positions ?? [...parts.tape.positions];
  const cursor = place && placeIn(place.cursor);
  const reading = new TapeReading(parts.store, parts.tape.positions, query.signal);
  const { rows, edge } = await (view === 'published' ? publishedRows : amendedRows)(
    { ...parts, reading },
    query,
    cursor,
  );
  const page = withinBytes(rows.slice(0, query.pageSize));
  const last = page.at(-1);
  const next = page.length < rows.length && last !== undefined ? placeOf(last) : edge;
  return {
    rows: page,
    nextPageToken: next === undefined ? '' : pageToken('trades', digest, { cursor: cursorOf(next), positions }),
    resumeToken: next === undefined ? resumeToken('trade-stream', tradeDigest([query.instrument]), positions) : '',
  };
}

async function publishedRows(parts: ReadParts, query: TradeQuery, cursor: TapePlace | undefined): Promise<TapeWindow> {
  return tapeWindow({
    ...windowOf(parts, query, cursor),
    wholeInstants: false,
    isWanted: (row) => isAfter(row, cursor, query.newestFirst),
  });
}

async function amendedRows(parts: ReadParts, query: TradeQuery, cursor: TapePlace | undefined): Promise<TapeWindow> {
  const { newestFirst } = query;
  const request = windowOf(parts, query, cursor);
  // From the cursor's whole instant on: a correction there may stand on the other side of the cursor than its trade.
  const window = await tapeWindow({ ...request, wholeInstants: true, isWanted: isTimelyTrade });
  const edgeNs = window.edge?.timeNs;
  const lastNs = request.endNs === undefined ? undefined : request.endNs - 1n;
  const times = newestFirst
    ? { firstNs: edgeNs ?? request.startNs, lastNs }
    : { firstNs: request.startNs, lastNs: edgeNs ?? lastNs };
  const rows = await amendedWindow(parts.amendments, parts.reading, query.instrument, window, times);
  const { edge } = window;
  const page = rows.filter(
    (row) => isAfter(row, cursor, newestFirst) && (edge === undefined || !isAfter(row, edge, newestFirst)),
  );
  return { rows: newestFirst ? page.reverse() : page, edge };
}

/** The request's bounds, narrowed to what the cursor leaves; a cursor lies within the bounds of its query. */
function windowOf(
  { reading }: ReadParts,
  query: TradeQuery,
  cursor: TapePlace | undefined,
): Omit<TapeWindowRequest, 'wholeInstants' | 'isWanted'> {
  const { newestFirst, pageSize: count } = query;
  const { dataset, symbol } = query.instrument;
  const rest = { reading, dataset, symbol, newestFirst, count };
  if (cursor === undefined) return { ...rest, startNs: query.startNs, endNs: query.endNs };
  // Else the instant of the cursor would be read again and again, and nothing of it would be left.
  const isPast = comparePlaces(cursor, endOfInstant(cursor.timeNs, newestFirst)) === 0;
  if (newestFirst) return { ...rest, startNs: query.startNs, endNs: cursor.timeNs + (isPast ? 0n : 1n) };
  return { ...rest, startNs: cursor.timeNs + (isPast ? 1n : 0n), endNs: query.endNs };
}

function isAfter(row: TapeRow, place: TapePlace | undefined, newestFirst: boolean): boolean {
  if (place === undefined) return true;
  const order = comparePlaces(placeOf(row), place);
  return newestFirst ? order < 0 : order > 0;
}

function cursorOf({ timeNs, publisherId, sequence }: TapePlace): (string | number)[] {
  return [`${timeNs}`, `${publisherId}`, sequence];
}

function placeIn([timeNs, publisherId, sequence]: readonly (string | number)[]): TapePlace {
  return { timeNs: BigInt(timeNs as string), publisherId: BigInt(publisherId as string), sequence: Number(sequence) };
}

function withinBytes(rows: readonly TapeRow[]): readonly TapeRow[] {
  let bytes = 0;
  const end = rows.findIndex((row) => (bytes += bytesOf(row)) > pageBytesMax);
  return end < 1 ? rows : rows.slice(0, end);
}

/** What an encoded entry has at most: numbers, and texts whose characters take up to three bytes. */
function bytesOf({ segment, tick }: TapeRow): number {
  const { attributes, tradeId, original } = tick;
  const texts = [segment.dataset, segment.symbol, attributes.venue, tradeId, original?.tradeId ?? ''];
  const characters = texts.reduce((sum, text) => sum + text.length, attributes.conditions.join('  ').length);
  return 192 + 3 * characters;
}
