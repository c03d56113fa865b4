/** What a replay of files makes of them, once, twice, interrupted, days later, in part, and beside each other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueDayOf, TickKind } from '@tapeline/domain';
import { memoryReplayRegister, type ReplayRegister } from '@tapeline/feed';
import { type Clock, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { afterAll, expect, test } from 'vitest';
import type { ReplayConfig } from '../../services/feed/src/replay/replay-config.ts';
import { ReplayFeed } from '../../services/feed/src/replay/replay-feed.ts';
import { HeardFeed } from '../../services/feed/test-kit/heard-feed.ts';
import { MemorySink } from '../../services/feed/test-kit/memory-sink.ts';
import { waitUntil } from '../../services/feed/test-kit/wait-until.ts';
import { FoldSink } from './fold-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapeline-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const msPerDay = 86_400_000;
const startMs = Date.UTC(2024, 0, 2, 14, 30);

type Row = readonly [atMs: number, symbol: string, price: number, ...rest: (string | number)[]];

function csv(name: string, rows: readonly Row[], more: string = ''): string {
  const path = join(folder, name);
  const lines = rows.map(([atMs, symbol, price, ...rest]) =>
    [new Date(startMs + atMs).toISOString(), symbol, price, 1, ...rest].join(','),
  );
  writeFileSync(path, `ts_event,symbol,price,size${more}\n${lines.join('\n')}\n`);
  return path;
}

/** A trade each second. */
function seconds(symbol: string, count: number, fromSec = 0): Row[] {
  return Array.from({ length: count }, (_, index): Row => [(fromSec + index) * 1_000, symbol, 10 + index]);
}

class Desk {
  readonly register: ReplayRegister = memoryReplayRegister();
  nowMs = Date.UTC(2026, 0, 5, 12);
  readonly clock: Clock = { ...systemClock, nowMs: () => this.nowMs };
  readonly sink: MemorySink = new MemorySink({ nowMs: () => this.nowMs });

  feed(paths: readonly string[], more: Partial<ReplayConfig> = {}): ReplayFeed {
    const { register, clock } = this;
    return new ReplayFeed({
      paths,
      speed: 'max',
      register,
      clock,
      random: systemRandom,
      logger: silentLogger,
      ...more,
    });
  }

  async replay(paths: readonly string[], more: Partial<ReplayConfig> = {}): Promise<HeardFeed> {
    const heard = new HeardFeed(this.feed(paths, more), this.sink);
    await heard.ended;
    if (this.sink.breaches.length > 0) throw new RangeError(this.sink.breaches.join('; '));
    return heard;
  }
}

test('a file is one publisher: sequences are its lines, links the lines before, and it ends', async () => {
  const desk = new Desk();
  const rows: Row[] = [
    [0, 'A', 1],
    [1, 'B', 2],
    [2, 'A', 3],
  ];
  const heard = await desk.replay([csv('one.csv', rows)]);
  expect(desk.sink.rows.map(({ symbol, sequence, link }) => [symbol, sequence, link])).toEqual([
    ['A', 2, 0],
    ['B', 3, 0],
    ['A', 4, 2],
  ]);
  expect([...desk.sink.publishers.values()].map(({ ended }) => [...ended])).toEqual([
    [
      ['A', 4],
      ['B', 3],
    ],
  ]);
  expect(heard.statuses.at(-1)).toEqual({ state: 'ended', detail: 'all of 3 ticks are in' });
});

test('a file that is in adds nothing, on the same day, a day later and two weeks later, and says so', async () => {
  const desk = new Desk();
  const path = csv('again.csv', seconds('A', 5));
  await desk.replay([path]);
  for (const days of [0, 1, 14]) {
    desk.nowMs += days * msPerDay;
    const heard = await desk.replay([path]);
    expect(await heard.ended).toMatchObject({ ticks: 0, refused: 0 });
    expect(heard.statuses.at(-1)?.detail).toContain('1 files were there already');
  }
  expect(desk.sink.publishers.size).toBe(1);
  expect(desk.sink.rows).toHaveLength(5);
});

test('a replay that was interrupted is sent again from the top under its own id, also on the next day', async () => {
  const desk = new Desk();
  const path = csv('cut.csv', seconds('A', 10_000));
  desk.sink.faultOfSend = (send) => (send === 3 ? { reason: 'LINK_BROKEN', isKept: false } : undefined);
  const heard = new HeardFeed(desk.feed([path]), desk.sink);
  await expect(heard.ended).rejects.toThrow('LINK_BROKEN');
  expect(desk.sink.rows.length).toBeLessThan(10_000);
  desk.nowMs += msPerDay;
  await desk.replay([path]);
  expect(desk.sink.publishers.size).toBe(1);
  expect(desk.sink.rows).toHaveLength(10_000);
});

test('one that was interrupted over seven days ago is refused with its remedy, and files beside it go through', async () => {
  const desk = new Desk();
  const path = csv('old.csv', seconds('A', 10_000));
  const other = csv('other.csv', seconds('B', 3));
  desk.sink.faultOfSend = (send) => (send === 3 ? { reason: 'LINK_BROKEN', isKept: false } : undefined);
  await expect(new HeardFeed(desk.feed([path]), desk.sink).ended).rejects.toThrow('LINK_BROKEN');
  desk.nowMs = (issueDayOf([...desk.sink.publishers.keys()][0] ?? 0n) + 7) * msPerDay;
  const heard = await desk.replay([path, other]);
  expect(heard.refusals).toEqual([
    { code: 'REPLAY_EXPIRED', message: expect.stringMatching(/old\.csv: .*seven days.*--data-dir/) },
  ]);
  expect(await heard.ended).toMatchObject({ ticks: 3, refused: 1 });
});

test('some symbols first and the others later count each tick once', async () => {
  const desk = new Desk();
  const path = csv('both.csv', [...seconds('A', 4), ...seconds('B', 3, 10)]);
  await desk.replay([path], { symbols: ['B'] });
  expect(desk.sink.rows.map(({ symbol }) => symbol)).toEqual(['B', 'B', 'B']);
  desk.nowMs += 30 * msPerDay;
  await desk.replay([path]);
  expect(desk.sink.publishers.size).toBe(2);
  expect(desk.sink.rows.map(({ symbol }) => symbol).toSorted()).toEqual([...'AAAABBB']);
  expect(await (await desk.replay([path], { symbols: ['A'] })).ended).toMatchObject({ ticks: 0 });
});

test('the same file under two names counts once; under another dataset it is another source', async () => {
  const desk = new Desk();
  const rows = seconds('A', 3);
  const paths = [csv('left.csv', rows), csv('right.csv', rows)];
  await desk.replay(paths);
  expect(desk.sink.rows).toHaveLength(3);
  await desk.replay(paths, { dataset: 'mine' });
  expect([...desk.sink.publishers.values()].map(({ identity }) => identity.dataset)).toEqual(['csv', 'mine']);
});

test('a trade with an id counts once though two files have it, also where the first of them is in already', async () => {
  const desk = new Desk();
  const trades = (from: number, to: number): Row[] =>
    Array.from({ length: to - from }, (_, index): Row => [(from + index) * 1_000, 'A', 10, from + index]);
  const first = csv('first.csv', trades(0, 6), ',trade_id');
  const second = csv('second.csv', trades(4, 10), ',trade_id');
  await desk.replay([first]);
  await desk.replay([first, second]);
  expect(desk.sink.rows.map(({ tradeId }) => tradeId)).toEqual([...'0123456789']);
});

test('files are merged by event time, and none passes a second of an instrument before the others are there', async () => {
  const desk = new Desk();
  const even = csv(
    'even.csv',
    Array.from({ length: 40 }, (_, index): Row => [index * 500, 'A', 10]),
  );
  const odd = csv(
    'odd.csv',
    Array.from({ length: 40 }, (_, index): Row => [index * 500 + 250, 'A', 20]),
  );
  const sink = new FoldSink(() => desk.nowMs);
  await new HeardFeed(desk.feed([even, odd]), sink).ended;
  const bars = sink.barsOf('1s', 'all');
  expect(bars).toHaveLength(20);
  // Four trades and the closing: no bar was closed before its last trade.
  for (const bar of bars) expect([bar.trades, bar.revision, bar.state]).toEqual([4, 5, 'closed']);
});

test('a file that ends inside a bar of a later file leaves that bar open', async () => {
  const desk = new Desk();
  const [early, late] = [csv('early.csv', seconds('A', 30)), csv('late.csv', seconds('A', 30, 30))];
  const sink = new FoldSink(() => desk.nowMs);
  await new HeardFeed(desk.feed([early, late]), sink).ended;
  expect(sink.barsOf('1m', 'all').map(({ trades, state }) => [trades, state])).toEqual([[60, 'closed']]);
  expect(sink.fold.counters.late).toBe(0);
});

test('so does one that ended hours before, of the same trading date', async () => {
  const desk = new Desk();
  const [early, late] = [csv('morning.csv', seconds('A', 30)), csv('evening.csv', seconds('A', 30, 7_200))];
  const sink = new FoldSink(() => desk.nowMs);
  await new HeardFeed(desk.feed([early, late]), sink).ended;
  expect(sink.barsOf('1d', 'all').map(({ trades, state }) => [trades, state])).toEqual([[60, 'closed']]);
  expect(sink.fold.counters.late).toBe(0);
});

test('quiet instruments are told of, so that their bars close while others trade on', async () => {
  const desk = new Desk();
  const path = csv('quiet.csv', [[0, 'QUIET', 5], ...seconds('BUSY', 30_000, 1)]);
  const heard = await desk.replay([path]);
  const [publisher] = desk.sink.publishers.values();
  expect(publisher?.progress.some(({ symbol, link }) => symbol === 'QUIET' && link === 2)).toBe(true);
  expect(
    heard.statuses.some(({ detail }) => /replays ticks as fast as they are taken, up to 2024-01-02T/.test(detail)),
  ).toBe(true);
});

test('at a speed ticks come as event time passes, and a stop in the middle is soon and can be gone on from', async () => {
  const desk = new Desk();
  const path = csv('paced.csv', seconds('A', 600));
  const startedMs = performance.now();
  const heard = new HeardFeed(desk.feed([path], { speed: 100 }), desk.sink);
  await waitUntil('a tenth is there', () => desk.sink.rows.length >= 60);
  expect(performance.now() - startedMs).toBeGreaterThan(500);
  const { ticks } = await heard.stop();
  expect(ticks).toBeLessThan(600);
  expect(desk.sink.rows).toHaveLength(ticks);
  await desk.replay([path]);
  expect(desk.sink.rows).toHaveLength(600);
  expect(desk.sink.publishers.size).toBe(1);
});

test('rows and files that cannot be read are told of and counted, and the rest goes through', async () => {
  const desk = new Desk();
  const path = csv('bad.csv', [...seconds('A', 2), [5_000, 'A', -1]]);
  const heard = await desk.replay([path, join(folder, 'missing.csv')]);
  expect(heard.refusals.map(({ code }) => code).toSorted()).toEqual(['PRICE_NOT_POSITIVE', 'RECORDING_MISSING']);
  expect(heard.refusals.find(({ code }) => code === 'PRICE_NOT_POSITIVE')?.message).toMatch(/bad\.csv:4: price/);
  expect(await heard.ended).toEqual({ ticks: 2, refused: 2, gaps: 0 });
  await expect(new HeardFeed(desk.feed([join(folder, 'missing.csv')]), desk.sink).ended).rejects.toThrow(
    'none of the files of --replay can be read (1)',
  );
});

test('cancels and corrections keep the trade that they name', async () => {
  const desk = new Desk();
  const path = csv(
    'amended.csv',
    [
      [0, 'A', 10, 1, 'trade', ''],
      [1_000, 'A', 11, 2, 'trade', ''],
      [2_000, 'A', 12, 3, 'correction', 2],
    ],
    ',trade_id,kind,original_trade_id',
  );
  await desk.replay([path]);
  const correction = desk.sink.rows.find(({ attributes }) => attributes.kind === TickKind.correction);
  expect(correction).toMatchObject({ tradeId: '3', original: { tradeId: '2' } });
});

test('more than 200 files that overlap in time are refused with the remedy', async () => {
  const desk = new Desk();
  const paths = Array.from({ length: 201 }, (_, index) => csv(`many-${index}.csv`, seconds(`S${index}`, 2)));
  await expect(new HeardFeed(desk.feed(paths), desk.sink).ended).rejects.toThrow(
    'more than 200 files of the replay overlap in time; replay them in several runs',
  );
});
