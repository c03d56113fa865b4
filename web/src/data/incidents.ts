/**
 * What a person should know of: cuts, gaps, refusals, feeds that stand still. In: what happened, and the server's report
 * beside the one before it. Out: a list, the newest first. Law 7: at most 200 entries; law 8: a repeat is counted.
 */
import type { FeedStatus, ServerStatus } from './server-status.ts';

/** How bad it is: something is missing, something needs a look, all is well again. */
export type IncidentTone = 'bad' | 'warn' | 'good';

/** One line of the list. */
export type Incident = {
  readonly atMs: number;
  readonly tone: IncidentTone;
  readonly text: string;
  /** How often it came in a row. */
  readonly times: number;
};

/** Entries that are kept. */
export const incidentsMax: number = 200;

/** The list with one more entry in front; the same text again counts up the entry it has, if that is the newest. */
export function withIncident(list: readonly Incident[], atMs: number, tone: IncidentTone, text: string): Incident[] {
  const [newest, ...rest] = list;
  if (newest?.text === text) return [{ atMs, tone, text, times: newest.times + 1 }, ...rest];
  return [{ atMs, tone, text, times: 1 }, ...list].slice(0, incidentsMax);
}

/** What two reports tell that one alone does not: new gaps, new refusals, a feed that changed. */
export function incidentsBetween(
  before: ServerStatus | undefined,
  after: ServerStatus,
): { readonly tone: IncidentTone; readonly text: string }[] {
  if (before !== undefined && before.startedAt !== after.startedAt) {
    return [{ tone: 'warn', text: 'The server was started again.' }];
  }
  return after.feeds.flatMap((feed) =>
    feedIncidents(
      before?.feeds.find(({ name }) => name === feed.name),
      feed,
    ),
  );
}

function feedIncidents(
  before: FeedStatus | undefined,
  feed: FeedStatus,
): { readonly tone: IncidentTone; readonly text: string }[] {
  const found: { readonly tone: IncidentTone; readonly text: string }[] = [];
  const gaps = feed.gaps - (before?.gaps ?? 0);
  const refused = feed.refused - (before?.refused ?? 0);
  if (gaps > 0) found.push({ tone: 'bad', text: `Feed ${feed.name}: ${plural(gaps, 'gap')} marked.` });
  if (refused > 0) found.push({ tone: 'bad', text: `Feed ${feed.name}: ${plural(refused, 'tick')} refused.` });
  const wasWaiting = before?.state === 'waiting';
  const isWaiting = feed.state === 'waiting';
  const detail = feed.detail === '' ? feed.state : `${feed.state}, ${feed.detail}`;
  if (isWaiting && !wasWaiting) found.push({ tone: 'warn', text: `Feed ${feed.name}: ${detail}.` });
  if (wasWaiting && isWell(feed)) found.push({ tone: 'good', text: `Feed ${feed.name}: ${detail}.` });
  return found;
}

/** Whether a feed does its work, or has done all of it. */
export function isWell({ state }: FeedStatus): boolean {
  return state === 'live' || state === 'ended';
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
