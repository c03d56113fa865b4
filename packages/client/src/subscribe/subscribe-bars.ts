/**
 * Bars as they close, are revised and form. In: a selection. Out: events over any number of connections: no bar is
 * missing, and none comes with a revision that is not above one that came before.
 */
import { type wireMarket, wireQuery } from '@tapeline/wire';
import { barOfWire } from './bar-of-wire.ts';
import { follow, type Followed } from './follow.ts';
import { InstrumentCache } from './instrument-cache.ts';
import { Reader, wireTime } from './reader.ts';
import type { BarEvent, BarSubscription } from './reader-types.ts';
import { RepeatFilter } from './repeat-filter.ts';
import { timeText } from './tick-of-wire.ts';

const silenceMsDefault = 15_000;

/**
 * Follows bars until its signal fires or the loop is left. Throws `RpcError` for what no new try can cure, such as
 * INSTRUMENT_UNKNOWN or INTERVAL_UNKNOWN.
 */
export async function* subscribeBars(options: BarSubscription): AsyncGenerator<BarEvent> {
  const reader = new Reader(options);
  const asking = new Reader(options);
  const instruments = new InstrumentCache(asking);
  const filter = new RepeatFilter();
  const request = requestOf(options);
  let isSnapshot = true;
  try {
    yield* follow<wireQuery.StreamBarsResponse, BarEvent>({
      reader,
      silenceMs: options.times?.silenceMs ?? silenceMsDefault,
      resumeToken: options.resumeToken ?? '',
      open: (resumeToken) =>
        reader.stream(wireQuery.QueryServiceDefinition.methods.streamBars, { ...request, resumeToken }),
      restart: () => filter.clear(),
      read: async ({ event }, isFirst): Promise<Followed<BarEvent>> => {
        if (isFirst) isSnapshot = true;
        if (event?.$case === 'bars') {
          const fresh = event.value.bars.filter((bar) => filter.isAbove(...rankOf(bar)));
          const read = await Promise.all(fresh.map((bar) => barOfWire(bar, instruments)));
          // Seen is what could be read: what could not comes again.
          const bars = read.filter((_bar, index) => filter.isNew(...rankOf(fresh[index])));
          if (bars.length === 0) return {};
          return { event: { kind: 'bars', bars, isSnapshot } };
        }
        if (event?.$case === 'snapshotEnd') isSnapshot = false;
        return eventOf(event);
      },
    });
  } finally {
    asking.close();
  }
}

function requestOf(options: BarSubscription): wireQuery.StreamBarsRequest {
  const startTimeNs = wireTime(options.start, 'start');
  return wireQuery.StreamBarsRequest.fromPartial({
    instruments: options.instruments.map(({ dataset, symbol }) => ({ dataset, symbol })),
    intervals: [...options.intervals],
    profiles: [...(options.profiles ?? ['all'])],
    includeForming: options.includeForming ?? false,
    ...(startTimeNs === undefined ? {} : { startTimeNs }),
  });
}

function rankOf(bar: wireMarket.Bar | undefined): [name: string, foldVersion: number, revision: number] {
  const { dataset, symbol } = bar?.instrument ?? {};
  const name = JSON.stringify([dataset, symbol, bar?.interval, bar?.profile, String(bar?.startTimeNs)]);
  return [name, bar?.foldVersion ?? 0, Number(bar?.revision)];
}

function eventOf(event: wireQuery.StreamBarsResponse['event']): Followed<BarEvent> {
  switch (event?.$case) {
    case 'snapshotEnd': {
      const { resumeToken } = event.value;
      return { event: { kind: 'snapshotEnd', resumeToken }, resumeToken };
    }
    case 'bucketEnd': {
      const { interval, endTimeNs } = event.value;
      return { event: { kind: 'bucketEnd', interval, end: timeText(endTimeNs) } };
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
