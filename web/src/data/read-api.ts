/**
 * Reads from the server by HTTP. In: what is asked for. Out: instruments, bars, the server's report; or an error whose
 * message is a sentence for a person. Law 7: a read ends after 15 s, and follows at most 50 pages.
 */
import { readStatus, type ServerStatus } from './server-status.ts';
import type { ChartSelection } from './selection.ts';
import { readBars, type ViewBar } from './view-bar.ts';

/** An instrument by name. */
export type InstrumentName = { readonly dataset: string; readonly symbol: string };

/** A page of bars, in any order; `isLast` says that nothing lies before it. */
export type BarPage = { readonly bars: readonly ViewBar[]; readonly isLast: boolean };

const readMsMax = 15_000;
const pagesMax = 50;
const instrumentsPage = 2_000;

/** The reads of the page; `fetch` of the browser, or a test's. */
export class ReadApi {
  readonly #fetch: (address: string, init: RequestInit) => Promise<Response>;

  constructor(fetchJson: (address: string, init: RequestInit) => Promise<Response>) {
    this.#fetch = fetchJson;
  }

  /** All instruments, in pages that `take` gets as they come. */
  async readInstruments(take: (page: readonly InstrumentName[]) => void, signal: AbortSignal): Promise<void> {
    let token = '';
    for (let page = 0; page < pagesMax; page += 1) {
      const query = new URLSearchParams({ page_size: String(instrumentsPage) });
      if (token !== '') query.set('page_token', token);
      const answer = await this.#json(`/v1/instruments?${query}`, signal);
      take(readInstrumentNames(answer));
      token = tokenOf(answer);
      if (token === '') return;
    }
  }

  /** The newest `size` bars that start before `endSec`; before the end of all if absent, and then forming ones too. */
  async readNewestBars(
    selection: ChartSelection,
    size: number,
    endSec: number | undefined,
    signal: AbortSignal,
  ): Promise<BarPage> {
    const query = new URLSearchParams({
      dataset: selection.dataset,
      interval: selection.interval,
      profile: selection.profile,
      newest_first: 'true',
      page_size: String(size),
    });
    if (endSec === undefined) query.set('include_forming', 'true');
    else query.set('end', new Date(endSec * 1_000).toISOString());
    // A page may be empty and go on; it goes on towards the past.
    for (let page = 0; page < pagesMax; page += 1) {
      const answer = await this.#json(`/v1/instruments/${encodeURIComponent(selection.symbol)}/bars?${query}`, signal);
      const { bars } = readBars(answer);
      const token = tokenOf(answer);
      if (bars.length > 0 || token === '') return { bars, isLast: token === '' };
      query.set('page_token', token);
    }
    return { bars: [], isLast: true };
  }

  /** The server's report on itself. */
  async readStatus(signal: AbortSignal): Promise<ServerStatus> {
    const status = readStatus(await this.#json('/v1/status', signal));
    if (status === undefined) throw new Error('the report of the server is not readable');
    return status;
  }

  async #json(address: string, signal: AbortSignal): Promise<unknown> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(readMsMax)]);
    const response = await this.#fetch(address, { signal: bounded, headers: { accept: 'application/json' } });
    const text = await response.text();
    const value = parsed(text);
    if (response.ok && value !== undefined) return value;
    const { message } = (value ?? {}) as { readonly message?: unknown };
    throw new Error(typeof message === 'string' ? message : `the server answered ${response.status}`);
  }
}

/** Reads `{"instruments": […]}`; entries without a name are left out. */
export function readInstrumentNames(value: unknown): InstrumentName[] {
  const list = (value as { readonly instruments?: unknown } | null)?.instruments;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    const { dataset, symbol } = (entry ?? {}) as { readonly dataset?: unknown; readonly symbol?: unknown };
    return typeof dataset === 'string' && typeof symbol === 'string' ? [{ dataset, symbol }] : [];
  });
}

function tokenOf(value: unknown): string {
  const token = (value as { readonly nextPageToken?: unknown } | null)?.nextPageToken;
  return typeof token === 'string' ? token : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
