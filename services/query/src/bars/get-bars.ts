/**
 * Pages of bars. In: an instrument, interval, profile and range, and where the page before ended. Out: bars by start,
 * no start twice, and the token of the next page. A forming bar gives way to the bar of the store, which is closed.
 */
import type { Bar, Store, StoredInstrument } from '@tapeline/domain';
import { fromStore } from '../refusal.ts';
import { seriesKey } from '../requests/instrument-key.ts';
import { secondAtOrAfter } from '../requests/request-fields.ts';
import { Selection } from '../requests/selection.ts';
import { digestOf } from '../tokens/sealed-text.ts';
import { pagePlaceOf, pageToken } from '../tokens/page-token.ts';
import { resumeToken } from '../tokens/resume-token.ts';
import type { FormingRelay } from './forming-relay.ts';

/** Which bars, and which page. */
export type BarPageQuery = {
  readonly instrument: StoredInstrument;
  readonly interval: string;
  readonly profile: string;
  readonly startNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  readonly includeForming: boolean;
  readonly newestFirst: boolean;
  /** Bars of the page at most. */
  readonly pageSize: number;
  readonly pageToken: string;
  /** Bytes of the encoded bars at most; absent = what fits a message of gRPC. */
  readonly pageBytesMax?: number;
};

/** A page of bars. */
export type BarPage = {
  readonly bars: readonly Bar[];
  readonly nextPageToken: string;
  readonly resumeToken: string;
};

/** What pages are read from. */
export type BarPageParts = {
  readonly store: Store;
  readonly relay: Pick<FormingRelay, 'ask' | 'known'>;
  readonly formingWaitMs: number;
  /** Where the topic of bars stands; see `QueryParts.bars`. */
  readonly bars: { readonly positions: readonly number[] };
};

type Range = { readonly startSec: number | undefined; readonly endSec: number | undefined };

/** Less than the 4 MiB of a message, for what is around the bars. */
const messageBytesMax = 3_145_728;
/** What an encoded bar has at most besides its names: numbers, sums of 64 digits, interval and profile. */
const barBytesMax = 384;

/** The page. */
export async function readBars(parts: BarPageParts, query: BarPageQuery): Promise<BarPage> {
  const { instrument, interval, profile, newestFirst } = query;
  const { dataset, symbol } = instrument;
  const digest = digestOf([
    [dataset, symbol, interval, profile],
    [`${query.startNs}`, `${query.endNs}`, query.includeForming, newestFirst],
  ]);
  const place = pagePlaceOf('bars', digest, query.pageToken);
  // Before the store is read: workers write it before the topic, so what is not in this read comes after this place.
  const positions = place?.positions ?? [...parts.bars.positions];
  const range = rangeAfter(query, place?.cursor[0]);
  const barBytes = barBytesMax + 3 * (dataset.length + symbol.length);
  const pageSize = Math.min(query.pageSize, Math.floor((query.pageBytesMax ?? messageBytesMax) / barBytes));
  const forming = query.includeForming ? await formingIn(parts, query, range) : [];
  const stored = await fromStore(
    parts.store.bars({ dataset, symbol, interval, profile, ...given(range), newestFirst, limit: pageSize + 1 }),
  );
  const bars = merged(stored, forming, newestFirst);
  const page = bars.slice(0, pageSize);
  const isLast = page.length === bars.length;
  const selection = new Selection([instrument], [interval], [profile]);
  return {
    bars: page,
    nextPageToken: isLast ? '' : pageToken('bars', digest, { cursor: [page.at(-1)?.startSec ?? 0], positions }),
    resumeToken: isLast ? resumeToken('bar-stream', selection.digest, positions) : '',
  };
}

/** The range of the query without what the pages before had. */
function rangeAfter({ startNs, endNs, newestFirst }: BarPageQuery, lastSec: string | number | undefined): Range {
  const startSec = startNs === undefined ? undefined : secondAtOrAfter(startNs);
  const endSec = endNs === undefined ? undefined : secondAtOrAfter(endNs);
  if (lastSec === undefined) return { startSec, endSec };
  return newestFirst ? { startSec, endSec: Number(lastSec) } : { startSec: Number(lastSec) + 1, endSec };
}

function given({ startSec, endSec }: Range): { startSec?: number; endSec?: number } {
  return { ...(startSec === undefined ? {} : { startSec }), ...(endSec === undefined ? {} : { endSec }) };
}

async function formingIn(parts: BarPageParts, query: BarPageQuery, range: Range): Promise<Bar[]> {
  const { relay, formingWaitMs } = parts;
  await relay.ask([query.instrument], formingWaitMs);
  const series = seriesKey(query.interval, query.profile);
  const { startSec = -Infinity, endSec = Infinity } = range;
  return relay
    .known(query.instrument, (key) => key === series)
    .filter((bar) => bar.startSec >= startSec && bar.startSec < endSec)
    .map(({ bar }) => bar);
}

/**
 * Bars of both by start. The stored ones are cut at one more than the page, so whatever stands among the first of the
 * page is here, forming or not.
 */
function merged(stored: readonly Bar[], forming: readonly Bar[], newestFirst: boolean): readonly Bar[] {
  if (forming.length === 0) return stored;
  const byStart = new Map(forming.map((bar) => [bar.startSec, bar]));
  for (const bar of stored) byStart.set(bar.startSec, bar);
  const bars = [...byStart.values()].sort((left, right) => left.startSec - right.startSec);
  return newestFirst ? bars.reverse() : bars;
}
