/**
 * Trades, cancels and corrections as they are counted. In: instruments. Out: events over any number of connections: per
 * instrument in the order of their numbers, none missing and none twice.
 */
import { wireQuery } from '@tapeline/wire';
import { follow, type Followed } from './follow.ts';
import { InstrumentCache } from './instrument-cache.ts';
import { Reader, wireTime } from './reader.ts';
import type { TradeEvent, TradeSubscription } from './reader-types.ts';
import { RepeatFilter } from './repeat-filter.ts';
import { tickOfWire, timeText } from './tick-of-wire.ts';

const silenceMsDefault = 15_000;

/** Follows trades until its signal fires or the loop is left. Throws `RpcError` for what no new try can cure. */
export async function* subscribeTrades(options: TradeSubscription): AsyncGenerator<TradeEvent> {
  const reader = new Reader(options);
  const asking = new Reader(options);
  const instruments = new InstrumentCache(asking);
  const filter = new RepeatFilter();
  const startTimeNs = wireTime(options.start, 'start');
  const request = wireQuery.StreamTradesRequest.fromPartial({
    instruments: options.instruments.map(({ dataset, symbol }) => ({ dataset, symbol })),
    ...(startTimeNs === undefined ? {} : { startTimeNs }),
  });
  let isSnapshot = true;
  try {
    yield* follow<wireQuery.StreamTradesResponse, TradeEvent>({
      reader,
      silenceMs: options.times?.silenceMs ?? silenceMsDefault,
      resumeToken: options.resumeToken ?? '',
      open: (resumeToken) =>
        reader.stream(wireQuery.QueryServiceDefinition.methods.streamTrades, { ...request, resumeToken }),
      restart: () => filter.clear(),
      read: async ({ event }, isFirst): Promise<Followed<TradeEvent>> => {
        if (isFirst) isSnapshot = true;
        if (event?.$case === 'entries') {
          const fresh = event.value.entries.filter((entry) => filter.isAbove(...rankOf(entry)));
          const read = await Promise.all(fresh.map((entry) => tickOfWire(entry, instruments)));
          // Seen is what could be read: what could not comes again.
          const ticks = read.filter((_tick, index) => filter.isNew(...rankOf(fresh[index])));
          if (ticks.length === 0) return {};
          return { event: { kind: 'ticks', ticks, isSnapshot } };
        }
        if (event?.$case === 'snapshotEnd') isSnapshot = false;
        return eventOf(event);
      },
    });
  } finally {
    asking.close();
  }
}

function rankOf(entry: wireQuery.TapeEntry | undefined): [name: string, none: number, number: number] {
  const { dataset, symbol } = entry?.instrument ?? {};
  return [JSON.stringify([dataset, symbol]), 0, Number(entry?.number)];
}

function eventOf(event: wireQuery.StreamTradesResponse['event']): Followed<TradeEvent> {
  switch (event?.$case) {
    case 'snapshotEnd': {
      const { resumeToken } = event.value;
      return { event: { kind: 'snapshotEnd', resumeToken }, resumeToken };
    }
    case 'heartbeat': {
      const { watermarkTimeNs, resumeToken } = event.value;
      return { event: { kind: 'heartbeat', watermark: timeText(watermarkTimeNs), resumeToken }, resumeToken };
    }
    default:
      // Events may be added to the contract.
      return {};
  }
}
