/**
 * Pages of instruments. In: a dataset, a prefix and where the page before ended. Out: instruments in the order of dataset
 * and symbol, and the token of the next page.
 */
import type { StoredInstrument } from '@tapeline/domain';
import { digestOf } from '../tokens/sealed-text.ts';
import { pagePlaceOf, pageToken } from '../tokens/page-token.ts';
import type { InstrumentDirectory } from './instrument-directory.ts';

/** Which instruments, and which page. */
export type InstrumentQuery = {
  /** Empty = of all. */
  readonly dataset: string;
  /** Empty = all. */
  readonly symbolPrefix: string;
  /** Instruments of the page at most. */
  readonly pageSize: number;
  readonly pageToken: string;
};

/** A page of instruments. */
export type InstrumentPage = { readonly instruments: readonly StoredInstrument[]; readonly nextPageToken: string };

/** Bytes of one page at most, so that it fits a message. */
const pageBytesMax = 3_145_728;

/** The page. */
export async function listInstruments(directory: InstrumentDirectory, query: InstrumentQuery): Promise<InstrumentPage> {
  const { dataset, symbolPrefix, pageSize } = query;
  const digest = digestOf([dataset, symbolPrefix]);
  const place = pagePlaceOf('instruments', digest, query.pageToken);
  const [afterDataset = '', afterSymbol = ''] = place?.cursor ?? [];
  const found = await directory.page({
    ...(dataset === '' ? {} : { dataset }),
    ...(symbolPrefix === '' ? {} : { symbolPrefix }),
    ...(place === undefined ? {} : { after: { dataset: `${afterDataset}`, symbol: `${afterSymbol}` } }),
    limit: pageSize + 1,
  });
  const instruments = withinBytes(found.slice(0, pageSize));
  const last = instruments.at(-1);
  if (last === undefined || instruments.length === found.length) return { instruments, nextPageToken: '' };
  const cursor = [last.dataset, last.symbol];
  return { instruments, nextPageToken: pageToken('instruments', digest, { cursor, positions: [] }) };
}

function withinBytes(instruments: readonly StoredInstrument[]): readonly StoredInstrument[] {
  let bytes = 0;
  const end = instruments.findIndex(({ dataset, symbol, terms }) => {
    bytes += 64 + 3 * (dataset.length + symbol.length + terms.calendar.length + terms.currency.length);
    return bytes > pageBytesMax;
  });
  return end < 1 ? instruments : instruments.slice(0, end);
}
