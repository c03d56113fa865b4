/**
 * What every store must do with bars. In: a way to make a store that is new. Out: tests of the seam `Store`; law 5 is
 * the first of them.
 */
import type { Bar } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { barAt, everything, type StartStore } from './store-under-test.ts';

/** Tests of bars. */
export function storeBarsSuite(start: StartStore): void {
  revisions(start);
  exactBars(start);
  barPages(start);
}

function revisions(start: StartStore): void {
  test('of one bar the higher (fold version, revision) stays, in any order and any number of calls', async () => {
    const { store } = await start();
    const random = new Random(4);
    const written = [1, 2, 3].flatMap((foldVersion) =>
      [1, 2, 3, 10].map((revision) => barAt(60, { foldVersion, revision, trades: foldVersion * 100 + revision })),
    );
    for (let round = 0; round < 12; round += 1) {
      const bars = random.shuffle(written).map((bar) => ({ ...bar, startSec: round * 60, endSec: round * 60 + 60 }));
      const cut = random.int(0, bars.length);
      await store.writeBars(bars.slice(0, cut));
      await store.writeBars(bars.slice(cut));
      const [kept] = await store.bars({ ...everything, startSec: round * 60, endSec: round * 60 + 60 });
      expect(kept).toMatchObject({ foldVersion: 3, revision: 10, trades: 310 });
    }
  });

  test('writers that do not wait for each other leave the highest revision', async () => {
    const { store } = await start();
    const order = new Random(9).shuffle(Array.from({ length: 60 }, (_, revision) => revision + 1));
    await Promise.all(order.map(async (revision) => store.writeBars([barAt(0, { revision, trades: revision })])));
    expect(await store.bars(everything)).toEqual([barAt(0, { revision: 60, trades: 60 })]);
  });

  test('a revision written again changes nothing', async () => {
    const { store } = await start();
    for (let time = 0; time < 3; time += 1) await store.writeBars([barAt(0, { revision: 2, state: 'revised' })]);
    expect(await store.bars(everything)).toEqual([barAt(0, { revision: 2, state: 'revised' })]);
  });

  test('bars of other datasets, symbols, intervals and profiles are others', async () => {
    const { store } = await start();
    const others = [{ dataset: 'e' }, { symbol: 'QQQ' }, { interval: '5m' }, { profile: 'sip' }] as const;
    await store.writeBars([barAt(0), ...others.map((other) => barAt(0, { ...other, trades: 9 }))]);
    expect(await store.bars(everything)).toEqual([barAt(0)]);
    for (const other of others) {
      expect(await store.bars({ ...everything, ...other })).toEqual([barAt(0, { ...other, trades: 9 })]);
    }
    expect(await store.bars({ ...everything, symbol: 'NONE' })).toEqual([]);
    expect(await store.bars({ ...everything, interval: '7m' })).toEqual([]);
  });
}

function exactBars(start: StartStore): void {
  const huge = 2n ** 63n;
  const extremes: readonly Partial<Bar>[] = [
    { open: null, high: null, low: null, close: null, volume: 0n, notional: 0n, trades: 0 },
    { open: null, close: null },
    { high: null, low: null },
    { open: -5, low: -7, notional: -35n },
    { open: Number.MAX_SAFE_INTEGER, low: -Number.MAX_SAFE_INTEGER },
    { volume: huge - 1n, notional: huge },
    { volume: huge * huge, notional: -huge - 1n },
    { notional: -huge },
    { position: { partition: 255, epoch: 2 ** 40, offset: Number.MAX_SAFE_INTEGER }, revision: 2 ** 36 - 1 },
    { session: 'pre', state: 'revised' },
    { session: 'post', state: 'forming' },
    { session: 'closed', tradingDate: -3, priceExponent: -18, sizeExponent: -9 },
    { foldVersion: 7, endSec: 1_000_000 },
  ];

  test('every field of a bar comes back to the last digit, also past 64 bits', async () => {
    const { store, reopen } = await start();
    const bars = extremes.map((changes, place) => barAt(place * 60, { endSec: place * 60 + 60, ...changes }));
    await store.writeBars(bars);
    expect(await store.bars(everything)).toEqual(bars);
    expect(await (await reopen()).bars(everything)).toEqual(bars);
  });

  test('names are told apart by every character', async () => {
    const { store } = await start();
    const symbols = ['BRK.B', 'brk.b', 'BRK B', "O'X", 'é', 'e\u0301', '漢', '\u{1F4C8}'];
    await store.writeBars(symbols.map((symbol, place) => barAt(0, { symbol, trades: place + 1 })));
    for (const [place, symbol] of symbols.entries()) {
      expect(await store.bars({ ...everything, symbol })).toEqual([barAt(0, { symbol, trades: place + 1 })]);
    }
  });
}

function barPages(start: StartStore): void {
  const starts = Array.from({ length: 50 }, (_, place) => (place - 10) * 60);
  const startsOf = (bars: readonly Bar[]): readonly number[] => bars.map(({ startSec }) => startSec);

  test('bars come in the order of their starts, whatever the order of writing, and against it on demand', async () => {
    const { store } = await start();
    for (const startSec of new Random(3).shuffle(starts)) await store.writeBars([barAt(startSec)]);
    expect(startsOf(await store.bars(everything))).toEqual(starts);
    expect(startsOf(await store.bars({ ...everything, newestFirst: true }))).toEqual([...starts].reverse());
  });

  test('a range has its start and not its end', async () => {
    const { store } = await start();
    await store.writeBars(starts.map((startSec) => barAt(startSec)));
    const range = { ...everything, startSec: -60, endSec: 120 };
    expect(startsOf(await store.bars(range))).toEqual([-60, 0, 60]);
    expect(startsOf(await store.bars({ ...range, newestFirst: true }))).toEqual([60, 0, -60]);
    expect(startsOf(await store.bars({ ...everything, startSec: 2_300 }))).toEqual([2_340]);
    expect(startsOf(await store.bars({ ...everything, endSec: -540 }))).toEqual([-600]);
    expect(await store.bars({ ...everything, startSec: 120, endSec: 120 })).toEqual([]);
  });

  test('pages of any size that begin behind the last bar leave nothing out and repeat nothing', async () => {
    const { store } = await start();
    await store.writeBars(starts.map((startSec) => barAt(startSec)));
    for (const limit of [1, 7, 50, 51]) {
      const forward: Bar[] = [];
      for (let page = await store.bars({ ...everything, limit }); page.length > 0;) {
        forward.push(...page);
        page = await store.bars({ ...everything, limit, startSec: (page.at(-1)?.startSec ?? 0) + 1 });
      }
      expect(startsOf(forward)).toEqual(starts);
      const backward: Bar[] = [];
      for (let page = await store.bars({ ...everything, limit, newestFirst: true }); page.length > 0;) {
        backward.push(...page);
        page = await store.bars({ ...everything, limit, newestFirst: true, endSec: page.at(-1)?.startSec ?? 0 });
      }
      expect(startsOf(backward)).toEqual([...starts].reverse());
    }
  });
}
