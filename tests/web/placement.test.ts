/**
 * The page of partitions in a real browser, on a made-up placement: loads as bars, a move phase by phase, a symbol's place, what is
 * out of order, and what there is without a map; at the size of a desk and of a phone. TAPELINE_SHOTS=FOLDER keeps pictures of it.
 */
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { isChromiumMissing, small } from './chromium.ts';
import { keepPicture, PageStage, textOf, waitForText } from './page-stage.ts';

const stage = new PageStage();

beforeEach(() => stage.begin({}));
afterEach(() => stage.clear());
afterAll(() => stage.end());

/** Heights of the bars in per cent of the highest, by partition. */
async function loads(): Promise<number[]> {
  return await stage.page.evaluate<number[]>(
    '[...document.querySelectorAll(".bar")].map((bar) => Number.parseFloat(bar.style.getPropertyValue("--load")))',
  );
}

test.skipIf(isChromiumMissing)(
  'partitions stand side by side with their loads, and a move shows phase by phase (needs Chromium: apt-get install chromium)',
  async () => {
    const { placement } = stage.server;
    placement.partitions = 12;
    placement.move('QQQ', 9);
    for (let phase = 0; phase < 3; phase += 1) placement.move('QQQ', 9);
    placement.move('SPY', 10);
    const page = await stage.open('');
    await page.click('#placement-button');
    await waitForText(page, '#placement-count', '4 + 8');
    expect(await page.locator('.partition').count()).toBe(12);
    expect(Math.max(...(await loads()))).toBe(100);
    expect(await page.locator('.partition').nth(10).getAttribute('data-moving')).toBe('true');
    await waitForText(page, '#placement-moves', /SPY.*0 → 10.*Published/);
    await waitForText(page, '#placement-recent', /QQQ.*1 → 9.*Arrived/);
    await keepPicture(page, 'placement-1440x900');
    for (const phase of ['Move in the log', 'Handed over']) {
      placement.move('SPY', 10);
      await waitForText(page, '#placement-moves', phase);
    }
    placement.move('SPY', 10);
    await waitForText(page, '#placement-moves', 'No instrument is on its way.');
    await waitForText(page, '#placement-recent', /SPY.*0 → 10.*Arrived/);
    expect(new URL(page.url()).hash).toBe('#/placement');
    await page.click('#placement-close');
    expect(new URL(page.url()).hash).toBe('#us-equities/AAPL/1m/all');
    expect(stage.watched).toMatchObject({ faults: [], foreign: [] });
  },
);

test.skipIf(isChromiumMissing)(
  'a symbol is found with its partition and its moves, by typing or by a click (needs Chromium: apt-get install chromium)',
  async () => {
    const { placement } = stage.server;
    placement.move('NVDA', 1);
    for (let phase = 0; phase < 3; phase += 1) placement.move('NVDA', 1);
    const page = await stage.open('#/placement');
    await page.fill('#placement-search', 'NVDA');
    await waitForText(
      page,
      '#placement-found',
      /NVDA us-equities.*Partition 1, since epoch 7, to even out loads; first it was in 2/,
    );
    expect(await page.locator('#placement-found .moves li').count()).toBe(1);
    expect(await page.locator('.partition[data-found="true"]').count()).toBe(1);
    await keepPicture(page, 'placement-search');
    await page.locator('.top-symbols button', { hasText: 'TSLA' }).click();
    await waitForText(page, '#placement-found', /TSLA.*Partition 3, it was never moved.*has seen no move of it/);
    expect(await page.inputValue('#placement-search')).toBe('us-equities/TSLA');
    await page.fill('#placement-search', 'NONE');
    await waitForText(page, '#placement-found', 'no instrument "NONE" is known');
    expect(await textOf(page, '#placement-count')).toBe('4');
    // The browser tells of the 404 by itself.
    expect(stage.watched?.foreign).toEqual([]);
  },
);

test.skipIf(isChromiumMissing)(
  'without a map it says why, and a violation of order is red (needs Chromium: apt-get install chromium)',
  async () => {
    const { placement } = stage.server;
    placement.hasMap = false;
    const page = await stage.open('#/placement');
    await waitForText(page, '#placement-note', /No map yet.*at its home among 4 partitions/);
    expect(await page.getAttribute('#placement-violations', 'data-tone')).toBe('good');
    await keepPicture(page, 'placement-empty');
    placement.hasMap = true;
    placement.orderViolations = 2;
    await waitForText(page, '#placement-violations', '2');
    expect(await page.getAttribute('#placement-violations', 'data-tone')).toBe('bad');
    expect(await page.locator('.partition[data-tone="bad"]').count()).toBe(1);
    expect(await page.locator('#placement-note').isVisible()).toBe(false);
    expect(stage.watched).toMatchObject({ faults: [], foreign: [] });
  },
);

test.skipIf(isChromiumMissing)(
  'on a phone partitions are rows, nothing overflows, and targets are at least 40 px (needs Chromium: apt-get install chromium)',
  async () => {
    const { placement } = stage.server;
    placement.partitions = 6;
    placement.move('QQQ', 5);
    const page = await stage.open('', small);
    await page.tap('#placement-button');
    await waitForText(page, '#placement-moves', /QQQ.*1 → 5/);
    await page.tap('.top-symbols button:visible');
    await waitForText(page, '#placement-found', 'Partition 0');
    await keepPicture(page, 'placement-390x844');
    expect(await page.evaluate('document.querySelector(".placement-body").scrollWidth')).toBeLessThanOrEqual(390);
    const targets = await page.locator('#placement button:visible, #placement-search').all();
    const sizes = await Promise.all(targets.map((target) => target.boundingBox()));
    expect(sizes.filter((size) => size !== null && Math.min(size.height, size.width) < 39.5)).toEqual([]);
    expect(stage.watched).toMatchObject({ faults: [], foreign: [] });
  },
);
