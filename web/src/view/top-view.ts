/**
 * The header. In: the state of the connection, the server's report, the watermark. Out: a light with words, figures and
 * feeds; numbers that are not known are a dash, never a zero.
 */
import { countText } from '../data/decimal-text.ts';
import { isWell } from '../data/incidents.ts';
import type { ServerStatus } from '../data/server-status.ts';
import { clockText, durationText } from '../data/time-text.ts';
import type { ConnectionView } from '../stream/connection-text.ts';
import { byId, made, setAttribute, setText } from './element.ts';

const feedsMax = 4;

/** Shows how the page is connected. */
export function showConnection({ tone, text, detail }: ConnectionView): void {
  const button = byId('connection');
  setAttribute(button, 'data-tone', tone);
  setAttribute(button, 'title', tone === 'cut' ? `${detail} Click to connect now.` : detail);
  setText(byId('connection-text'), text);
}

/** Shows the server's report; undefined where it cannot be read. */
export function showStatus(status: ServerStatus | undefined): void {
  setText(byId('figure-rate'), countText(status?.ticksPerSecond ?? Number.NaN));
  setText(byId('figure-lag'), durationText(status?.lagMs ?? Number.NaN));
  setText(byId('figure-bars'), countText(status?.barsTotal ?? Number.NaN));
  const feeds = byId('feeds');
  const shown = status?.feeds.slice(0, feedsMax) ?? [];
  while (feeds.children.length > shown.length) feeds.lastElementChild?.remove();
  shown.forEach((feed, index) => {
    const item = (feeds.children[index] as HTMLElement | undefined) ?? feeds.appendChild(made('li', ''));
    setText(item, isWell(feed) ? feed.name : `${feed.name}: ${feed.state}`);
    setAttribute(item, 'data-well', String(isWell(feed)));
    setAttribute(item, 'title', `${feed.name}: ${feed.state}. ${feed.detail}`);
  });
}

/** Shows up to when everything is in what was sent; null where the log has no clock yet. */
export function showWatermark(sec: number | null): void {
  setText(byId('figure-watermark'), sec === null ? '–' : `${clockText(sec)} UTC`);
}
