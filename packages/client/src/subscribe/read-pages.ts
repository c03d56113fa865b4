/**
 * Reads that come in pages. In: a selection. Out: async iterables over all of it; the next page is asked for when the one
 * before was taken. The generators of bars and trades return the resume token of the last page, from which a subscription
 * goes on without a gap.
 */
import { wireQuery } from '@tapeline/wire';
import { barOfWire } from './bar-of-wire.ts';
import { InstrumentCache, listedInstrument } from './instrument-cache.ts';
import { Reader, wireTime } from './reader.ts';
import type {
  BarRange,
  ClientBar,
  InstrumentSelection,
  ListedInstrument,
  TapeTick,
  TradeRange,
} from './reader-types.ts';
import { tickOfWire } from './tick-of-wire.ts';

const { methods } = wireQuery.QueryServiceDefinition;

/** Bars of one instrument, interval and profile, each in its newest revision. Throws `RpcError`. */
export async function* getBars(options: BarRange): AsyncGenerator<ClientBar, string> {
  const reader = new Reader(options);
  const instruments = new InstrumentCache(reader);
  const request = wireQuery.GetBarsRequest.fromPartial({
    instrument: options.instrument,
    interval: options.interval,
    profile: options.profile ?? 'all',
    includeForming: options.includeForming ?? false,
    newestFirst: options.newestFirst ?? false,
    ...rangeOf(options),
  });
  try {
    for (;;) {
      const page = await reader.ask(methods.getBars, request);
      for (const bar of page.bars) yield await barOfWire(bar, instruments);
      if (page.nextPageToken === '') return page.resumeToken;
      request.pageToken = page.nextPageToken;
    }
  } finally {
    reader.close();
  }
}

/** Trades of one instrument by (event time, publisher, sequence). Throws `RpcError`. */
export async function* getTrades(options: TradeRange): AsyncGenerator<TapeTick, string> {
  const reader = new Reader(options);
  const instruments = new InstrumentCache(reader);
  const { TRADE_VIEW_AMENDED, TRADE_VIEW_PUBLISHED } = wireQuery.TradeView;
  const request = wireQuery.GetTradesRequest.fromPartial({
    instrument: options.instrument,
    view: options.view === 'published' ? TRADE_VIEW_PUBLISHED : TRADE_VIEW_AMENDED,
    newestFirst: options.newestFirst ?? false,
    ...rangeOf(options),
  });
  try {
    for (;;) {
      const page = await reader.ask(methods.getTrades, request);
      for (const entry of page.entries) yield await tickOfWire(entry, instruments);
      if (page.nextPageToken === '') return page.resumeToken;
      request.pageToken = page.nextPageToken;
    }
  } finally {
    reader.close();
  }
}

/** Instruments in the order of dataset and symbol. Throws `RpcError`. */
export async function* listInstruments(options: InstrumentSelection): AsyncGenerator<ListedInstrument> {
  const reader = new Reader(options);
  const { dataset = '', symbolPrefix = '' } = options;
  const request = wireQuery.ListInstrumentsRequest.fromPartial({ dataset, symbolPrefix });
  try {
    for (;;) {
      const page = await reader.ask(methods.listInstruments, request);
      for (const instrument of page.instruments) {
        yield listedInstrument(instrument);
      }
      if (page.nextPageToken === '') return;
      request.pageToken = page.nextPageToken;
    }
  } finally {
    reader.close();
  }
}

function rangeOf({ start, end }: Pick<BarRange, 'start' | 'end'>): { startTimeNs?: bigint; endTimeNs?: bigint } {
  const [startTimeNs, endTimeNs] = [wireTime(start, 'start'), wireTime(end, 'end')];
  return {
    ...(startTimeNs === undefined ? {} : { startTimeNs }),
    ...(endTimeNs === undefined ? {} : { endTimeNs }),
  };
}
