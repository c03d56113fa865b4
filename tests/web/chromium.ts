/**
 * A real browser for the tests of the page. In: nothing. Out: Chromium as it is installed here, or what to do where it is
 * not. Every browser has a new profile and talks to nobody but the page.
 */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Chromium is; undefined where there is none. */
const chromiumPath: string | undefined = [
  process.env['TAPELINE_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && file !== '' && existsSync(file));

/** Whether there is none. */
export const isChromiumMissing: boolean = chromiumPath === undefined;

/** A screen. */
export const large: BrowserContextOptions = { viewport: { width: 1_440, height: 900 }, colorScheme: 'dark' };
/** A phone, held upright. */
export const small: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  colorScheme: 'dark',
  hasTouch: true,
  deviceScaleFactor: 2,
};

/** Starts it. */
export async function startChromium(): Promise<Browser> {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  if (chromiumPath === undefined)
    throw new Error('there is no Chromium here; install it, or set TAPELINE_CHROMIUM to its file');
  return await chromium.launch({ executablePath: chromiumPath, args: [...flags, ...quiet] });
}

/** A page, and everything about it that must not happen. */
export type WatchedPage = { readonly page: Page; readonly faults: string[]; readonly foreign: string[] };

/** Opens an address; whatever the page logs as an error or asks of another origin is written down. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions,
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(address).origin) foreign.push(request.url());
  });
  await page.goto(address);
  return { page, faults, foreign };
}
