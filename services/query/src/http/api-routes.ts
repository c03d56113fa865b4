/**
 * What HTTP answers under /v1, streams left out. In: names in the path and parameters. Out: JSON. Pages, tokens and
 * refusals are those of gRPC, only with up to 10,000 bars a page.
 */
import { barJson } from '@tapeline/domain';
import type { StoredInstrument } from '@tapeline/domain';
import { readBars } from '../bars/get-bars.ts';
import { priceDecimalsMin } from '../instruments/instrument-directory.ts';
import { listInstruments } from '../instruments/list-instruments.ts';
import type { QueryParts } from '../query-parts.ts';
import { shortestFirst } from '../query-service.ts';
import { fieldInvalid } from '../refusal.ts';
import { checkRange, knownName, nameField, optionalNameField, pageSizeField } from '../requests/request-fields.ts';
import { isCorrected } from '../trades/amended-window.ts';
import type { AmendmentSource } from '../trades/amendment-source.ts';
import { readTrades } from '../trades/get-trades.ts';
import { type HttpAnswer, jsonAnswer } from './http-answer.ts';
import { instrumentJson, tradeJson } from './json-forms.ts';
import { QueryParams } from './query-params.ts';

const pageEntriesDefault = 1_000;
const pageEntriesMax = 10_000;
const pageBytesMax = 16_777_216;

/** `GET /v1/instruments`. */
export async function instrumentsAnswer(parts: QueryParts, search: URLSearchParams): Promise<HttpAnswer> {
  const params = new QueryParams(search, ['dataset', 'symbol_prefix', 'page_size', 'page_token']);
  const { instruments, nextPageToken } = await listInstruments(parts.directory, {
    dataset: optionalNameField('dataset', params.text('dataset')),
    symbolPrefix: optionalNameField('symbol_prefix', params.text('symbol_prefix')),
    pageSize: pageSizeField(params.count('page_size'), pageEntriesDefault, pageEntriesMax),
    pageToken: params.text('page_token'),
  });
  return jsonAnswer({ instruments: instruments.map(instrumentJson), nextPageToken, ...namesOf(parts) });
}

/** `GET /v1/instruments/{symbol}`. */
export async function instrumentAnswer(
  parts: QueryParts,
  symbol: string,
  search: URLSearchParams,
): Promise<HttpAnswer> {
  const params = new QueryParams(search, ['dataset']);
  const instrument = await instrumentOf(parts, symbol, params);
  return jsonAnswer({ instrument: instrumentJson(instrument), ...namesOf(parts) });
}

/** `GET /v1/instruments/{symbol}/bars`. */
export async function barsAnswer(parts: QueryParts, symbol: string, search: URLSearchParams): Promise<HttpAnswer> {
  const params = new QueryParams(search, [
    'dataset',
    'interval',
    'profile',
    'start',
    'end',
    'include_forming',
    'newest_first',
    'page_size',
    'page_token',
  ]);
  const { config } = parts;
  const interval = knownName('INTERVAL_UNKNOWN', params.text('interval', '1m'), config.intervals);
  const profile = knownName('PROFILE_UNKNOWN', params.text('profile', 'all'), config.profiles);
  const [startNs, endNs] = [params.timeNs('start'), params.timeNs('end')];
  checkRange(startNs, endNs);
  const query = {
    interval,
    profile,
    startNs,
    endNs,
    includeForming: params.flag('include_forming'),
    newestFirst: params.flag('newest_first'),
    pageSize: pageSizeField(params.count('page_size'), pageEntriesDefault, pageEntriesMax),
    pageToken: params.text('page_token'),
    pageBytesMax,
  };
  const instrument = await instrumentOf(parts, symbol, params);
  const page = await readBars({ ...parts, formingWaitMs: config.formingWaitMs }, { ...query, instrument });
  const decimals = priceDecimalsMin(instrument);
  return jsonAnswer({ ...page, bars: page.bars.map((bar) => barJson(bar, decimals)) });
}

/** `GET /v1/instruments/{symbol}/trades`. */
export async function tradesAnswer(
  parts: QueryParts,
  amendments: AmendmentSource,
  symbol: string,
  search: URLSearchParams,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const params = new QueryParams(search, [
    'dataset',
    'start',
    'end',
    'view',
    'newest_first',
    'page_size',
    'page_token',
  ]);
  const view = params.text('view', 'amended');
  if (view !== 'amended' && view !== 'published') throw fieldInvalid('view', view, 'give amended or published');
  const [startNs, endNs] = [params.timeNs('start'), params.timeNs('end')];
  checkRange(startNs, endNs);
  const query = {
    startNs,
    endNs,
    view,
    newestFirst: params.flag('newest_first'),
    pageSize: pageSizeField(params.count('page_size'), pageEntriesDefault, pageEntriesMax),
    pageToken: params.text('page_token'),
    signal,
  } as const;
  const instrument = await instrumentOf(parts, symbol, params);
  const { store, tape } = parts;
  const { rows, nextPageToken, resumeToken } = await readTrades({ store, tape, amendments }, { ...query, instrument });
  const trades = rows.map((row) => tradeJson(row, instrument, view === 'amended' && isCorrected(row)));
  return jsonAnswer({ trades, nextPageToken, resumeToken });
}

/** The instrument of a path: in the dataset that is named, or the one that alone has the symbol. */
export async function instrumentOf(
  { directory }: QueryParts,
  symbol: string,
  params: QueryParams,
): Promise<StoredInstrument> {
  const name = nameField('symbol', symbol);
  const dataset = optionalNameField('dataset', params.text('dataset'));
  return dataset === '' ? directory.findBySymbol(name) : directory.find({ dataset, symbol: name });
}

function namesOf({ config }: QueryParts): { intervals: readonly string[]; profiles: readonly string[] } {
  return { intervals: shortestFirst(config.intervals), profiles: config.profiles };
}
