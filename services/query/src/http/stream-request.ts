/**
 * What a server-sent stream follows, out of its URL. In: parameters and the id of the last event. Out: a selection with
 * its instruments, or the refusal that says what is wrong.
 */
import type { StoredInstrument } from '@tapeline/domain';
import type { QueryParts } from '../query-parts.ts';
import { fieldInvalid } from '../refusal.ts';
import { instrumentKey } from '../requests/instrument-key.ts';
import { knownName, listField, nameField, optionalNameField, secondAtOrAfter } from '../requests/request-fields.ts';
import { Selection } from '../requests/selection.ts';
import { QueryParams } from './query-params.ts';

/** What a reader asked for. */
export type StreamRequest = {
  readonly selection: Selection;
  /** Absent = all. */
  readonly instruments: readonly StoredInstrument[] | undefined;
  readonly startSec: number | undefined;
  readonly includeForming: boolean;
  readonly resumeToken: string;
};

const instrumentsMax = 1_000;

/** Reads the parameters; `lastEventId` is the header of a reader that was here before, and goes before the parameter. */
export async function streamRequest(
  parts: QueryParts,
  search: URLSearchParams,
  lastEventId: string | undefined,
): Promise<StreamRequest> {
  const known = ['symbols', 'dataset', 'intervals', 'profile', 'forming', 'start', 'resume_token'];
  const params = new QueryParams(search, known);
  const intervals = listField('intervals', params.text('intervals', '1m').split(','), {
    min: 1,
    max: 16,
    key: (interval) => interval,
  });
  for (const interval of intervals) knownName('INTERVAL_UNKNOWN', interval, parts.config.intervals);
  const profile = knownName('PROFILE_UNKNOWN', params.text('profile', 'all'), parts.config.profiles);
  const startNs = params.timeNs('start');
  const dataset = optionalNameField('dataset', params.text('dataset'));
  const symbols = params.text('symbols');
  const rest = {
    startSec: startNs === undefined ? undefined : secondAtOrAfter(startNs),
    includeForming: params.flag('forming'),
    resumeToken: lastEventId ?? params.text('resume_token'),
  };
  if (symbols === '*') {
    const allOf = dataset === '' ? undefined : dataset;
    return { ...rest, selection: new Selection({ allOf }, intervals, [profile]), instruments: undefined };
  }
  const instruments = await instrumentsNamed(parts, symbols, dataset);
  return { ...rest, selection: new Selection(instruments, intervals, [profile]), instruments };
}

/** Instruments of a list such as `SPY,binance-spot/BTCUSDT`. */
async function instrumentsNamed(
  { directory }: QueryParts,
  symbols: string,
  dataset: string,
): Promise<readonly StoredInstrument[]> {
  if (symbols === '') throw fieldInvalid('symbols', symbols, 'give symbols with commas between them, or * for all');
  const items = listField('symbols', symbols.split(','), { min: 1, max: instrumentsMax, key: (item) => item });
  const found: StoredInstrument[] = [];
  for (const item of items) {
    const slash = dataset === '' ? item.indexOf('/') : -1;
    const symbol = nameField('symbols', decoded(item.slice(slash + 1)));
    const of = slash < 0 ? dataset : nameField('symbols', decoded(item.slice(0, slash)));
    found.push(of === '' ? await directory.findBySymbol(symbol) : await directory.find({ dataset: of, symbol }));
  }
  const key = (instrument: StoredInstrument): string => instrumentKey(instrument.dataset, instrument.symbol);
  return listField('symbols', found, { min: 1, max: instrumentsMax, key });
}

/** Names in a list are percent-encoded once more, so that they may hold commas and slashes. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) throw fieldInvalid('symbols', name, 'write a percent sign in a name as %25');
    throw error;
  }
}
