/**
 * The market as its HTTP shows it. In: the address of a started market. Out: status, instruments and bars, all pages of
 * them, as a person with curl would get them.
 */
import type { PrintedBar } from '../oracle/printed-bars.ts';

/** What `GET /v1/status` answers, as far as tests look at it. */
export type Status = {
  readonly ticksTotal: number;
  readonly lagMs: number;
  readonly feeds: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
  readonly partitions: readonly { readonly nextOffset: number; readonly endOffset: number }[];
};

/** GET of a path; throws with the body for any status but 200. */
export async function getJson<Answer>(http: string, path: string): Promise<Answer> {
  const response = await fetch(`${http}${path}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}: ${body}`);
  return JSON.parse(body) as Answer;
}

/** Waits until `isSo` of the status, at most `withinMs`. */
export async function untilStatus(
  http: string,
  isSo: (status: Status) => boolean,
  withinMs = 120_000,
): Promise<Status> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const status = await getJson<Status>(http, '/v1/status');
    if (isSo(status)) return status;
    if (performance.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Waits until every feed has ended and everything is counted. The end of the log that a status tells can be a second old,
 * so it has to be so twice, with nothing counted in between.
 */
export async function untilReplayed(http: string): Promise<void> {
  for (let counted = -1; ;) {
    const { ticksTotal } = await untilStatus(http, isReplayed);
    if (ticksTotal === counted) return;
    counted = ticksTotal;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }
}

function isReplayed(status: Status): boolean {
  const isCounted = status.partitions.every(({ nextOffset, endOffset }) => nextOffset === endOffset);
  return isCounted && status.feeds.every(({ state }) => state === 'ended');
}

/** All bars of an instrument, interval and profile, by pages. */
export async function restBars(
  http: string,
  symbol: string,
  query: { readonly interval: string; readonly profile: string; readonly page_size?: number },
): Promise<PrintedBar[]> {
  const bars: PrintedBar[] = [];
  let token = '';
  do {
    const parameters = new URLSearchParams({
      interval: query.interval,
      profile: query.profile,
      page_size: String(query.page_size ?? 10_000),
      ...(token === '' ? {} : { page_token: token }),
    });
    const page = await getJson<{ readonly bars: PrintedBar[]; readonly nextPageToken: string }>(
      http,
      `/v1/instruments/${encodeURIComponent(symbol)}/bars?${parameters.toString()}`,
    );
    bars.push(...page.bars);
    token = page.nextPageToken;
  } while (token !== '');
  return bars;
}
