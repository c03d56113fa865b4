/** Reads of trades: order, pages in both directions, and what cancels and corrections make of them. */
import type { Random } from '@tapeline/simulation';
import { wireQuery } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { failure, QueryRig, TestCall } from './query-rig.ts';
import { forEachSeedAsync } from '../worker/seeds-async.ts';
import { chunkOf, type SceneTick, tapeStartNs } from './tape-scenes.ts';

const rigs: QueryRig[] = [];
const { TRADE_VIEW_AMENDED: amended, TRADE_VIEW_PUBLISHED: published } = wireQuery.TradeView;

async function rigWith(chunks: readonly (readonly SceneTick[])[]): Promise<QueryRig> {
  const rig = await QueryRig.start({ partitions: 1 });
  rigs.push(rig);
  let next = 1;
  for (const ticks of chunks) {
    await rig.store.writeTape([chunkOf(ticks, next)]);
    next += ticks.length;
  }
  return rig;
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

async function getTrades(
  rig: QueryRig,
  request: Partial<wireQuery.GetTradesRequest> = {},
): Promise<wireQuery.GetTradesResponse> {
  const instrument = { dataset: 'd', symbol: 'SPY' };
  return rig.query.service.getTrades(
    wireQuery.GetTradesRequest.fromPartial({ instrument, ...request }),
    new TestCall(),
  );
}

/** Entries as text: time, publisher, sequence, kind, price. */
function textsOf(entries: readonly wireQuery.TapeEntry[]): string[] {
  return entries.map(({ tick, publisherId, sequence }) => {
    if (tick === undefined) return 'nothing';
    const price = tick.$case === 'cancel' ? '' : ` ${tick.value.price}`;
    return `${tick.value.eventTimeNs - tapeStartNs} ${BigInt.asUintN(46, publisherId)}/${sequence} ${tick.$case}${price}`;
  });
}

/** All pages, joined. */
async function allPages(rig: QueryRig, request: Partial<wireQuery.GetTradesRequest>): Promise<string[]> {
  const texts: string[] = [];
  let pageToken = '';
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page = await getTrades(rig, { ...request, pageToken });
    expect(page.entries.length).toBeLessThanOrEqual(request.pageSize ?? 1_000);
    texts.push(...textsOf(page.entries));
    expect(page.nextPageToken === '').toBe(page.resumeToken !== '');
    if (page.nextPageToken === '') return texts;
    pageToken = page.nextPageToken;
  }
  throw new Error('the pages do not end');
}

function trade(sequence: number, atNs: number, changes: Partial<SceneTick> = {}): SceneTick {
  return { kind: 'trade', publisher: 1n, sequence, atNs, price: sequence, ...changes };
}

test('entries are in the order of event time, publisher and sequence, whatever the order of counting', async () => {
  const rig = await rigWith([
    [trade(1, 50), trade(2, 10, { publisher: 2n })],
    [trade(2, 10), trade(3, 10), trade(4, 40)],
  ]);
  expect(textsOf((await getTrades(rig)).entries)).toEqual([
    '10 1/2 trade 2',
    '10 1/3 trade 3',
    '10 2/2 trade 2',
    '40 1/4 trade 4',
    '50 1/1 trade 1',
  ]);
});

test('the view as published has every tick by itself, the amended one trades as they stand', async () => {
  const rig = await rigWith([
    [trade(1, 10), trade(2, 20), trade(3, 30, { late: true }), trade(4, 40)],
    [
      { kind: 'cancel', publisher: 1n, sequence: 5, atNs: 900, original: 1 },
      { kind: 'correction', publisher: 1n, sequence: 6, atNs: 901, original: 2, price: 77 },
    ],
  ]);
  expect(textsOf((await getTrades(rig, { view: published })).entries)).toEqual([
    '10 1/1 trade 1',
    '20 1/2 trade 2',
    '30 1/3 trade 3',
    '40 1/4 trade 4',
    '900 1/5 cancel',
    '901 1/6 correction 77',
  ]);
  const { entries } = await getTrades(rig, { view: amended });
  expect(textsOf(entries)).toEqual(['20 1/6 trade 77', '40 1/4 trade 4']);
  expect(entries[0]?.number).toBe(6n);
});

test('an amendment by id means the trade on its venue, of several the last one before it', async () => {
  const rig = await rigWith([
    [trade(1, 10, { tradeId: 'x', venue: 'N' }), trade(2, 20, { tradeId: 'x' }), trade(3, 30, { tradeId: 'x' })],
    [
      trade(4, 50, { tradeId: 'x' }),
      { kind: 'cancel', publisher: 9n, sequence: 1, atNs: 40, original: 'x', venue: 'Q' },
    ],
  ]);
  expect(textsOf((await getTrades(rig)).entries)).toEqual(['10 1/1 trade 1', '20 1/2 trade 2', '50 1/4 trade 4']);
  // The page ends before the amendment and the other trade that it could mean.
  expect(await allPages(rig, { pageSize: 1 })).toEqual(['10 1/1 trade 1', '20 1/2 trade 2', '50 1/4 trade 4']);
});

test('a correction can be corrected or cancelled by its own sequence or id, and the last amendment decides', async () => {
  const rig = await rigWith([
    [trade(1, 10), trade(2, 20, { tradeId: 'a' }), trade(3, 30)],
    [
      { kind: 'correction', publisher: 1n, sequence: 4, atNs: 100, original: 1, price: 41 },
      { kind: 'correction', publisher: 1n, sequence: 5, atNs: 101, original: 4, price: 51 },
      { kind: 'correction', publisher: 1n, sequence: 6, atNs: 102, original: 'a', price: 61, tradeId: 'b' },
      { kind: 'cancel', publisher: 1n, sequence: 7, atNs: 103, original: 'b' },
      { kind: 'correction', publisher: 1n, sequence: 8, atNs: 100, original: 3, price: 81 },
      { kind: 'correction', publisher: 1n, sequence: 9, atNs: 99, original: 3, price: 91 },
    ],
  ]);
  expect(textsOf((await getTrades(rig)).entries)).toEqual(['10 1/5 trade 51', '30 1/8 trade 81']);
});

test('a correction that moves a trade shows it where it belongs now, on another page and in another range', async () => {
  const rig = await rigWith([
    [trade(1, 10), trade(2, 20), trade(3, 30), trade(4, 40)],
    [{ kind: 'correction', publisher: 1n, sequence: 5, atNs: 99, original: 4, price: 55, correctedAtNs: 15 }],
  ]);
  const expected = ['10 1/1 trade 1', '15 1/5 trade 55', '20 1/2 trade 2', '30 1/3 trade 3'];
  expect(textsOf((await getTrades(rig)).entries)).toEqual(expected);
  expect(await allPages(rig, { pageSize: 1 })).toEqual(expected);
  expect(await allPages(rig, { pageSize: 1, newestFirst: true })).toEqual(expected.toReversed());
  const range = { startTimeNs: tapeStartNs + 12n, endTimeNs: tapeStartNs + 20n };
  expect(textsOf((await getTrades(rig, range)).entries)).toEqual(['15 1/5 trade 55']);
});

test('a late amendment, and one of a trade that never came, changes nothing', async () => {
  const rig = await rigWith([
    [trade(1, 10), trade(2, 20)],
    [
      { kind: 'cancel', publisher: 1n, sequence: 3, atNs: 90, original: 1, late: true },
      { kind: 'correction', publisher: 1n, sequence: 4, atNs: 91, original: 99, correctedAtNs: 12, price: 1 },
    ],
  ]);
  expect(textsOf((await getTrades(rig)).entries)).toEqual(['10 1/1 trade 1', '20 1/2 trade 2']);
});

test('a page token goes with its other fields alone', async () => {
  const rig = await rigWith([[trade(1, 10), trade(2, 20)]]);
  const { nextPageToken: pageToken } = await getTrades(rig, { pageSize: 1 });
  const error = await failure(getTrades(rig, { pageSize: 1, pageToken, newestFirst: true }));
  expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' });
  expect(error.message).toContain('other fields');
  expect(textsOf((await getTrades(rig, { pageSize: 5, pageToken })).entries)).toEqual(['20 1/2 trade 2']);
});

test('fields that are not possible are refused', async () => {
  const rig = await rigWith([]);
  expect(await failure(getTrades(rig, { startTimeNs: 5n, endTimeNs: 5n }))).toMatchObject({ reason: 'RANGE_EMPTY' });
  expect(await failure(getTrades(rig, { view: 9 as wireQuery.TradeView }))).toMatchObject({ reason: 'FIELD_INVALID' });
  const unknown = { instrument: { dataset: 'd', symbol: 'NONE' } };
  expect(await failure(getTrades(rig, unknown))).toMatchObject({ reason: 'INSTRUMENT_UNKNOWN' });
  rig.store.faults.break('unavailable');
  expect(await failure(getTrades(rig))).toMatchObject({ status: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' });
  rig.store.faults.break(undefined);
});

/** Ticks that repeat times and amend what came before, by sequence. */
function drawTape(random: Random): SceneTick[] {
  const ticks: SceneTick[] = [];
  for (let sequence = 1, count = random.int(1, 60); sequence <= count; sequence += 1) {
    const publisher = BigInt(random.int(1, 2));
    const atNs = random.int(0, 12);
    const late = random.chance(0.1);
    const of = ticks.filter((tick) => tick.publisher === publisher && tick.late !== true && tick.kind !== 'cancel');
    if (of.length === 0 || random.chance(0.7)) ticks.push(trade(sequence, atNs, { publisher, late }));
    else {
      const { sequence: original } = random.choice(of);
      const moves = random.chance(0.4) ? { correctedAtNs: random.int(0, 12) } : {};
      const kind = random.chance(0.3) ? 'cancel' : 'correction';
      ticks.push({ kind, publisher, sequence, atNs, original, price: sequence, ...(kind === 'cancel' ? {} : moves) });
    }
  }
  return ticks;
}

/** The same by brute force: every amendment follows its trade through all corrections of it, the last one decides. */
function standing(ticks: readonly SceneTick[]): string[] {
  const rootOf = (tick: SceneTick): SceneTick => {
    if (tick.kind === 'trade') return tick;
    return rootOf(
      ticks.find(({ publisher, sequence }) => publisher === tick.publisher && sequence === tick.original) as SceneTick,
    );
  };
  const compare = (left: SceneTick, right: SceneTick): number =>
    left.atNs - right.atNs || Number(left.publisher - right.publisher) || left.sequence - right.sequence;
  const inTime = ticks.filter(({ late }) => late !== true);
  const amendments = inTime.filter(({ kind }) => kind !== 'trade');
  return inTime
    .filter(({ kind }) => kind === 'trade')
    .flatMap((root) => {
      const winner = amendments
        .filter((tick) => rootOf(tick) === root)
        .toSorted(compare)
        .at(-1);
      if (winner === undefined) return [root];
      return winner.kind === 'cancel' ? [] : [{ ...winner, atNs: winner.correctedAtNs ?? root.atNs }];
    })
    .toSorted(compare)
    .map(({ atNs, publisher, sequence, price }) => `${atNs} ${publisher}/${sequence} trade ${price}`);
}

test('whatever the chunks, page sizes and directions, pages join to the trades as they stand', async () => {
  await forEachSeedAsync(0.005, async (random) => {
    const ticks = drawTape(random);
    const chunks: SceneTick[][] = [];
    for (let from = 0; from < ticks.length;) {
      const to = from + random.int(1, 8);
      chunks.push(ticks.slice(from, to));
      from = to;
    }
    const rig = await rigWith(chunks);
    const expected = standing(ticks);
    const pageSize = random.int(1, 9);
    expect(await allPages(rig, { pageSize })).toEqual(expected);
    expect(await allPages(rig, { pageSize, newestFirst: true })).toEqual(expected.toReversed());
    const [from, to] = [random.int(0, 6), random.int(7, 13)];
    const range = { startTimeNs: tapeStartNs + BigInt(from), endTimeNs: tapeStartNs + BigInt(to) };
    const inRange = expected.filter((text) => Number(text.split(' ')[0]) >= from && Number(text.split(' ')[0]) < to);
    expect(await allPages(rig, { pageSize, ...range })).toEqual(inRange);
    const forward = await allPages(rig, { pageSize, view: published });
    expect(forward).toHaveLength(ticks.length);
    expect(await allPages(rig, { pageSize, view: published, newestFirst: true })).toEqual(forward.toReversed());
    await rig.stop();
  });
});
