/**
 * The stage of a test of the page: a market, a server, a browser. In: what the market is like. Out: the page, and what it
 * shows. Whatever was started is ended, and the browser starts only for a test that runs.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type FixtureConfig, FixtureServer } from '../../web/test-kit/fixture-server.ts';
import { large, openPage, startChromium, type WatchedPage } from './chromium.ts';

const root = path.resolve(import.meta.dirname, '../../web/dist');

const usual: FixtureConfig = {
  root,
  port: 0,
  instruments: 35,
  tradesPerSecond: 120,
  startSec: Date.UTC(2026, 2, 3, 15, 0, 0) / 1_000,
  heartbeatMs: 500,
};

/** One market, one server and one page at a time. */
export class PageStage {
  watched: WatchedPage | undefined;
  #server: FixtureServer | undefined;
  #address = '';
  #browser: Browser | undefined;

  get server(): FixtureServer {
    if (this.#server === undefined) throw new Error('no server was started');
    return this.#server;
  }

  get page(): Page {
    if (this.watched === undefined) throw new Error('no page was opened');
    return this.watched.page;
  }

  /** Starts a server in the place of the one before. */
  async begin(wish: Partial<FixtureConfig>): Promise<void> {
    await this.clear();
    this.#server = new FixtureServer({ ...usual, ...wish });
    this.#address = await this.#server.listen();
  }

  /** Opens the page and waits until it is live. */
  async open(hash: string, options: Parameters<typeof openPage>[2] = large): Promise<Page> {
    execFileSync(process.execPath, [path.join(root, '../../tools/page/build.mjs')]);
    this.#browser ??= await startChromium();
    this.watched = await openPage(this.#browser, `${this.#address}/${hash}`, options);
    await waitForText(this.watched.page, '#connection-text', 'Live');
    return this.watched.page;
  }

  /** Ends page and server. */
  async clear(): Promise<void> {
    await this.watched?.page.context().close();
    this.watched = undefined;
    await this.#server?.close();
    this.#server = undefined;
  }

  /** Ends the browser too. */
  async end(): Promise<void> {
    await this.clear();
    await this.#browser?.close();
  }
}

/** A bar as the page has it. */
export type PageBar = {
  readonly startSec: number;
  readonly high: string | null;
  readonly volume: string;
  readonly revision: number;
  readonly state: string;
};

/** The bars of the chart. */
export async function barsOf(page: Page): Promise<readonly PageBar[]> {
  return await page.evaluate(() => (globalThis as unknown as { tapeline: { bars(): PageBar[] } }).tapeline.bars());
}

/** The bar of the chart that starts at a second. */
export async function barAt(page: Page, sec: number): Promise<PageBar | undefined> {
  return (await barsOf(page)).find(({ startSec }) => startSec === sec);
}

/** The text of an element. */
export async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.textContent(selector)) ?? '';
}

/** Waits until the text of an element has or fits another; the test fails after `timeout` ms. */
export async function waitForText(
  page: Page,
  selector: string,
  text: string | RegExp,
  timeout: number = 10_000,
): Promise<void> {
  await expect.poll(() => textOf(page, selector), { timeout, interval: 50 }).toMatch(text);
}

/** Real time has to pass for a page in a browser. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Keeps a picture in the folder of TAPELINE_SHOTS, if that is set. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['TAPELINE_SHOTS'];
  if (folder === undefined || folder === '') return;
  await pause(700);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
