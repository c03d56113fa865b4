/**
 * Bars of the page beside those of HTTP. In: where HTTP is, an open page. Out: what differs between the two, so that a test can
 * wait until nothing does.
 */
import type { Page } from 'playwright-core';
import { barsOf, textOf } from '../web/page-stage.ts';
import { restBars } from './rest.ts';

/** Closed one-minute bars that REST has and the page has not, or otherwise; those before the page's first are left out. */
export async function closedBarsDiffer(http: string, page: Page): Promise<unknown[]> {
  const symbol = await textOf(page, '#title-symbol');
  const shown = new Map((await barsOf(page)).map((bar) => [bar.startSec, bar]));
  const first = Math.min(...shown.keys());
  const served = await restBars(http, symbol, { interval: '1m', profile: 'all' });
  const differing = served.filter((bar) => {
    const startSec = Date.parse(bar.start) / 1_000;
    const mine = shown.get(startSec);
    return startSec >= first && (mine?.revision !== bar.revision || mine.volume !== bar.volume);
  });
  return served.length === 0 ? ['REST has no bars'] : differing;
}
