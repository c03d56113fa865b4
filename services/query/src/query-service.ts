/**
 * The handlers of gRPC. In: requests of the contract. Out: its responses, or the refusals that it names. Here requests
 * are checked and answers encoded; what they say comes from the parts that HTTP uses too.
 */
import { parseInterval } from '@tapeline/domain';
import { Encoded, type GrpcCall } from '@tapeline/grpc';
import { barToWire, instrumentToWire, type wireMarket, wireQuery } from '@tapeline/wire';
import { followBars } from './bars/follow-bars.ts';
import { readBars } from './bars/get-bars.ts';
import { listInstruments } from './instruments/list-instruments.ts';
import type { QueryParts, QueryService } from './query-parts.ts';
import { fieldInvalid } from './refusal.ts';
import { instrumentKey } from './requests/instrument-key.ts';
import {
  checkRange,
  instrumentField,
  type InstrumentName,
  knownName,
  listField,
  optionalNameField,
  pageSizeField,
  secondAtOrAfter,
} from './requests/request-fields.ts';
import { Selection } from './requests/selection.ts';
import type { StreamEvent, StreamItem } from './streams/stream-item.ts';
import { batchFrame } from './streams/wire-frame.ts';
import type { AmendmentSource } from './trades/amendment-source.ts';
import { followTrades } from './trades/follow-trades.ts';
import { readTrades } from './trades/get-trades.ts';
import { correctedEntry, publishedEntry } from './trades/tape-entry.ts';
import { isCorrected } from './trades/amended-window.ts';

const nsPerSec = 1_000_000_000n;

/** The handlers of the service. */
export function queryService(parts: QueryParts, amendments: AmendmentSource): QueryService {
  return {
    listInstruments: async (request) => listPage(parts, request),
    getInstrument: async (request) => oneInstrument(parts, request),
    getBars: async (request) => barPage(parts, request),
    streamBars: (request, call) => barEvents(parts, request, call),
    getTrades: async (request, call) => tradePage(parts, amendments, request, call),
    streamTrades: (request, call) => tradeEvents(parts, request, call),
  };
}

function checkOpen({ stopping }: QueryParts): void {
  if (stopping.aborted) throw stopping.reason;
}

async function listPage(
  parts: QueryParts,
  request: wireQuery.ListInstrumentsRequest,
): Promise<wireQuery.ListInstrumentsResponse> {
  checkOpen(parts);
  const page = await listInstruments(parts.directory, {
    dataset: optionalNameField('dataset', request.dataset),
    symbolPrefix: optionalNameField('symbol_prefix', request.symbolPrefix),
    pageSize: pageSizeField(request.pageSize, 1_000, 10_000),
    pageToken: request.pageToken,
  });
  return { instruments: page.instruments.map(instrumentToWire), nextPageToken: page.nextPageToken };
}

async function oneInstrument(
  parts: QueryParts,
  request: wireQuery.GetInstrumentRequest,
): Promise<wireQuery.GetInstrumentResponse> {
  checkOpen(parts);
  const instrument = await parts.directory.find(instrumentField('instrument', request.instrument));
  const { intervals, profiles } = parts.config;
  return { instrument: instrumentToWire(instrument), intervals: shortestFirst(intervals), profiles: [...profiles] };
}

/** Names of intervals by length. */
export function shortestFirst(intervals: readonly string[]): string[] {
  return intervals.toSorted((left, right) => secondsOf(left) - secondsOf(right));
}

function secondsOf(name: string): number {
  const interval = parseInterval(name);
  return 'code' in interval ? Infinity : interval.seconds;
}

async function barPage(parts: QueryParts, request: wireQuery.GetBarsRequest): Promise<wireQuery.GetBarsResponse> {
  checkOpen(parts);
  const { config } = parts;
  const name = instrumentField('instrument', request.instrument);
  const interval = knownName('INTERVAL_UNKNOWN', request.interval, config.intervals);
  const profile = knownName('PROFILE_UNKNOWN', request.profile, config.profiles);
  checkRange(request.startTimeNs, request.endTimeNs);
  const page = await readBars(
    { ...parts, formingWaitMs: config.formingWaitMs },
    {
      instrument: await parts.directory.find(name),
      interval,
      profile,
      startNs: request.startTimeNs,
      endNs: request.endTimeNs,
      includeForming: request.includeForming,
      newestFirst: request.newestFirst,
      pageSize: pageSizeField(request.pageSize, 1_000, 5_000),
      pageToken: request.pageToken,
    },
  );
  return { ...page, bars: page.bars.map(barToWire) };
}

async function tradePage(
  parts: QueryParts,
  amendments: AmendmentSource,
  request: wireQuery.GetTradesRequest,
  { signal }: GrpcCall,
): Promise<wireQuery.GetTradesResponse> {
  checkOpen(parts);
  const name = instrumentField('instrument', request.instrument);
  const view = viewField(request.view);
  checkRange(request.startTimeNs, request.endTimeNs);
  const page = await readTrades(
    { store: parts.store, tape: parts.tape, amendments },
    {
      instrument: await parts.directory.find(name),
      startNs: request.startTimeNs,
      endNs: request.endTimeNs,
      view,
      newestFirst: request.newestFirst,
      pageSize: pageSizeField(request.pageSize, 1_000, 10_000),
      pageToken: request.pageToken,
      signal,
    },
  );
  const { rows, nextPageToken, resumeToken } = page;
  const entryOf =
    view === 'amended'
      ? (row: (typeof rows)[number]) => (isCorrected(row) ? correctedEntry(row) : publishedEntry(row))
      : publishedEntry;
  return { entries: rows.map(entryOf), nextPageToken, resumeToken };
}

function viewField(view: wireQuery.TradeView): 'amended' | 'published' {
  const { TRADE_VIEW_UNSPECIFIED, TRADE_VIEW_AMENDED, TRADE_VIEW_PUBLISHED } = wireQuery.TradeView;
  if (view === TRADE_VIEW_PUBLISHED) return 'published';
  if (view === TRADE_VIEW_AMENDED || view === TRADE_VIEW_UNSPECIFIED) return 'amended';
  throw fieldInvalid('view', String(view), 'give TRADE_VIEW_AMENDED or TRADE_VIEW_PUBLISHED');
}

async function* barEvents(
  parts: QueryParts,
  request: wireQuery.StreamBarsRequest,
  call: GrpcCall,
): AsyncGenerator<wireQuery.StreamBarsResponse | Encoded<wireQuery.StreamBarsResponse>> {
  checkOpen(parts);
  const { config, metrics } = parts;
  const names = instrumentsField(request.instruments);
  const text = (value: string): string => value;
  const intervals = listField('intervals', request.intervals, { min: 1, max: 16, key: text });
  const profiles = listField('profiles', request.profiles, { min: 1, max: 8, key: text });
  for (const interval of intervals) knownName('INTERVAL_UNKNOWN', interval, config.intervals);
  for (const profile of profiles) knownName('PROFILE_UNKNOWN', profile, config.profiles);
  const release = parts.slots.take('grpc');
  try {
    const instruments = await parts.directory.findAll(names);
    const events = followBars(parts, {
      selection: new Selection(names, intervals, profiles),
      instruments,
      startSec: request.startTimeNs === undefined ? undefined : secondAtOrAfter(request.startTimeNs),
      includeForming: request.includeForming,
      resumeToken: request.resumeToken,
      signal: AbortSignal.any([call.signal, parts.stopping]),
      onProblem: (problem) => call.abort(problem),
    });
    for await (const event of events) {
      metrics.events.add(1, { kind: event.kind });
      yield barResponse(event);
    }
  } finally {
    release();
  }
}

async function* tradeEvents(
  parts: QueryParts,
  request: wireQuery.StreamTradesRequest,
  call: GrpcCall,
): AsyncGenerator<wireQuery.StreamTradesResponse | Encoded<wireQuery.StreamTradesResponse>> {
  checkOpen(parts);
  const names = instrumentsField(request.instruments);
  const release = parts.slots.take('grpc');
  try {
    const events = followTrades(parts, {
      instruments: await parts.directory.findAll(names),
      startNs: request.startTimeNs,
      resumeToken: request.resumeToken,
      signal: AbortSignal.any([call.signal, parts.stopping]),
      onProblem: (problem) => call.abort(problem),
    });
    for await (const event of events) {
      parts.metrics.events.add(1, { kind: event.kind });
      yield tradeResponse(event);
    }
  } finally {
    release();
  }
}

function instrumentsField(refs: readonly wireMarket.InstrumentRef[]): readonly InstrumentName[] {
  const names = refs.map((ref, index) => instrumentField(`instruments[${index}]`, ref));
  return listField('instruments', names, {
    min: 1,
    max: 1_000,
    key: ({ dataset, symbol }) => instrumentKey(dataset, symbol),
  });
}

function barResponse(
  event: StreamEvent<StreamItem>,
): wireQuery.StreamBarsResponse | Encoded<wireQuery.StreamBarsResponse> {
  if (event.kind === 'items') return encoded<wireQuery.StreamBarsResponse>(event);
  if (event.kind !== 'bucketEnd') return { event: signOf(event) };
  const { interval, endSec } = event;
  return { event: { $case: 'bucketEnd', value: { interval, endTimeNs: BigInt(endSec) * nsPerSec } } };
}

function tradeResponse(
  event: StreamEvent<StreamItem>,
): wireQuery.StreamTradesResponse | Encoded<wireQuery.StreamTradesResponse> {
  if (event.kind === 'items') return encoded<wireQuery.StreamTradesResponse>(event);
  // Trades have no buckets; the type of events is that of both streams.
  return { event: event.kind === 'bucketEnd' ? undefined : signOf(event) };
}

type Sign = Extract<wireQuery.StreamBarsResponse['event'], { $case: 'snapshotEnd' | 'heartbeat' }>;

function signOf(event: Extract<StreamEvent<StreamItem>, { kind: 'snapshotEnd' | 'heartbeat' }>): Sign {
  const { token: resumeToken } = event;
  if (event.kind === 'snapshotEnd') return { $case: 'snapshotEnd', value: { resumeToken } };
  return { $case: 'heartbeat', value: { watermarkTimeNs: event.watermarkNs, resumeToken } };
}

/** Items are encoded already: the response around them is put together from their bytes. */
function encoded<Response extends { event?: unknown }>(
  event: Extract<StreamEvent<StreamItem>, { kind: 'items' }>,
): Encoded<Response> {
  const finish = (): Uint8Array => event.frame?.() ?? batchFrame(event.items.map(({ bytes }) => bytes));
  return new Encoded<Response>({ encode: () => ({ finish }) }, {} as Response);
}
