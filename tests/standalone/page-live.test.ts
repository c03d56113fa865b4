/**
 * The main job as a newcomer meets it: started without options, looked at in a real browser. Live soon after the start,
 * with bars that the server's own REST has too; through kill -9 and a new start the page says so, and heals without a
 * gap. TAPELINE_SHOTS=FOLDER keeps pictures.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isChromiumMissing, large, openPage, small, startChromium } from '../web/chromium.ts';
import { keepPicture, textOf, waitForText } from '../web/page-stage.ts';
import { startMarket } from './market-process.ts';
import { closedBarsDiffer } from './page-bars.ts';

const liveWithinMs = 15_000;
let browser: Browser;
let dataDir = '';

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'tapeline-page-'));
  if (isChromiumMissing) return;
  execFileSync(process.execPath, [path.resolve(import.meta.dirname, '../../tools/page/build.mjs')]);
  browser = await startChromium();
});
afterAll(async () => {
  if (!isChromiumMissing) await browser.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test.skipIf(isChromiumMissing)(
  'the simulated market is live in a browser soon after the start, and its bars are those of REST (needs Chromium: apt-get install chromium)',
  async () => {
    const began = performance.now();
    const market = await startMarket(['--data-dir', dataDir]);
    try {
      const { page, ...watched } = await openPage(browser, `${market.http}/`, large);
      await waitForText(page, '#connection-text', 'Live', liveWithinMs);
      await waitForText(page, '#title-price', /^\d+\.\d+$/);
      expect(performance.now() - began).toBeLessThan(liveWithinMs);
      const before = await textOf(page, '#rows');
      await expect.poll(() => textOf(page, '#rows'), { timeout: 5_000 }).not.toBe(before);
      await expect.poll(() => closedBarsDiffer(market.http, page), { timeout: 45_000 }).toEqual([]);
      await keepPicture(page, 'market-1440x900');
      expect(watched).toMatchObject({ faults: [], foreign: [] });
      const phone = await openPage(browser, `${market.http}/`, small);
      await waitForText(phone.page, '#connection-text', 'Live');
      await keepPicture(phone.page, 'market-390x844');
      await Promise.all([page, phone.page].map((each) => each.context().close()));
    } finally {
      await market.end('SIGKILL');
    }
  },
);

test.skipIf(isChromiumMissing)(
  'through kill -9 and a new start the page says so, and heals without a gap (needs Chromium: apt-get install chromium)',
  async () => {
    const first = await startMarket(['--data-dir', dataDir]);
    const port = new URL(first.http).port;
    const { page } = await openPage(browser, `${first.http}/`, large);
    await waitForText(page, '#connection-text', 'Live', liveWithinMs);
    await first.end('SIGKILL');
    await waitForText(page, '#connection-text', /reconnect|cut/i);
    const again = await startMarket(['--data-dir', dataDir, '--http-port', port]);
    try {
      await waitForText(page, '#connection-text', /Live|healed/i, 30_000);
      await expect.poll(() => closedBarsDiffer(again.http, page), { timeout: 45_000 }).toEqual([]);
      await page.context().close();
    } finally {
      await again.end('SIGKILL');
    }
  },
);
