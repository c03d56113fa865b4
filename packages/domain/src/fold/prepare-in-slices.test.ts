/**
 * A Prepare fixes what goes ahead and gathers nothing, docs/adr/0021: whoever makes the records, when and in which slices, their bytes
 * and the state are those of one go at the record.
 */
import { expect, test } from 'vitest';
import { entriesIn, handoversIn, moveOf, moving as symbol, ScriptedMoves, to } from '../../test-kit/scripted-moves.ts';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { timeOnly } from '../../test-kit/scripted-tape.ts';
import type { LogEntryToWrite } from '../log/log-record.ts';
import type { TradesEntry } from '../log/trades-entry.ts';
import type { Emission } from './emissions.ts';
import { PartitionFold } from './partition-fold.ts';

/** A Prepare of `symbol`. */
function prepare(epoch: number, target = to): LogEntryToWrite {
  return { kind: 'prepare', dataset: 'test', symbol, epoch, to: target };
}

function tradesIn(records: readonly Uint8Array[]): TradesEntry[] {
  return entriesIn(records).filter((entry) => entry.kind === 'trades');
}

/** Places and sizes of the blocks that an emission brings. */
function blocksOf({ records }: Emission): number[][] {
  return tradesIn(records()).flatMap(({ first, blocks }) => blocks.map(({ ticks }, at) => [first + at, ticks]));
}

function inSlices(emission: Emission, work: number): { readonly records: Uint8Array[]; readonly slices: number } {
  const pieces = [...emission.pieces(work)];
  const records = pieces.filter((piece) => piece !== undefined);
  return { records, slices: pieces.length - records.length };
}

/** A log of `blocks` blocks of 100 trades, one a second and publisher; two partitions to move between. */
function busy(blocks: number, config: ConstructorParameters<typeof ScriptedMoves>[0] = {}): ScriptedMoves {
  const moves = new ScriptedMoves({ horizonMs: 3_600_000, ...config });
  const publishers = [1, 2].map((draw) => new ScriptedPublisher('live', draw));
  for (let at = 0; at < blocks; at += 1) {
    const live = publishers[at % 2]!;
    const rows = Array.from({ length: 100 }, (_, place) =>
      live.trade(at * 1_000 + place * 10, 1_000 + ((at * place) % 17), 1 + place, {
        symbol,
        tradeId: `${at}-${place}`,
      }),
    );
    moves.p.append(at * 1_000 + 999, live.block(...rows));
  }
  return moves;
}

test('slices of any size give the bytes of one go, also where the trades were amended, held and trimmed meanwhile', () => {
  const moves = busy(120);
  const { p } = moves;
  const [twin] = busy(120).tapes;
  const late = new ScriptedPublisher('live', 3);
  const missing = late.skip(symbol);
  const held = late.block(late.trade(119_500, 7, 1, { symbol }));
  for (const tape of [p, twin]) tape.append(120_000, held);
  const whole = twin.append(120_100, prepare(1)).emissions[0]!.records();
  p.append(120_100, prepare(1));
  const own = new ScriptedPublisher('live', 4);
  // The one that was held follows its predecessor, one of those that were there is cancelled.
  p.append(120_200, late.block(late.trade(119_400, 8, 1, { symbol, ...missing })));
  p.append(120_300, own.block(own.cancel(120_250, '119-3', { symbol }), own.trade(120_260, 9, 1, { symbol })));
  for (let at = 0; at < 1_100; at += 1) p.append(120_400, timeOnly);
  const [ahead] = p.emissions;
  const made = [1, 500, 4_096, Infinity].map((work) => inSlices(ahead!, work));
  for (const { records } of made) expect(records).toEqual(whole);
  const [smallest, small, large, none] = made.map(({ slices }) => slices);
  // A block is looked at as a whole.
  expect([smallest, small, none]).toEqual([120, 120, 0]);
  expect(large).toBeGreaterThan(10);
  expect(blocksOf(ahead!).reduce((sum, [, ticks]) => sum + ticks!, 0)).toBe(12_000);
});

test('a Move that comes before the slices were made sends the rest, in any order of making', () => {
  const build = (): readonly [ahead: Emission, departure: Emission] => {
    const { p } = busy(100);
    p.append(101_000, prepare(1));
    const live = new ScriptedPublisher('live', 3);
    p.append(101_100, live.block(live.trade(101_050, 5, 1, { symbol })));
    p.append(101_200, moveOf(1, 0, to));
    return p.emissions as unknown as [Emission, Emission];
  };
  const [ahead, departure] = build();
  expect([ahead.isAhead, ahead.isBehindAhead, departure.isAhead, departure.isBehindAhead]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  const first = [ahead.records(), departure.records()];
  const [other, otherDeparture] = build();
  // Turn by turn, and nobody has asked what went ahead.
  const rest = inSlices(otherDeparture, 700);
  expect(rest.slices).toBeGreaterThan(50);
  expect([inSlices(other, 900).records, rest.records]).toEqual(first);
  expect(blocksOf(departure)).toEqual([[6, 1]]);
  expect(handoversIn(departure.records())[0]?.tradeBlocks).toBe(7);
});

test('a snapshot that is begun before the slices are made waits for them a little at a time, and is that of one go', () => {
  const [p, twin] = [busy(100), busy(100)].map(({ p: tape }) => tape);
  for (const tape of [p!, twin!]) tape.append(101_000, prepare(1));
  twin!.emissions[0]!.records();
  const whole = twin!.fold.snapshot();
  const writing = p!.fold.beginSnapshot();
  const live = new ScriptedPublisher('live', 3);
  // The instrument changes, and is gone, before it is written.
  p!.append(101_100, live.block(live.trade(101_050, 5, 1, { symbol })));
  p!.append(101_200, moveOf(1, 0, to));
  let calls = 1;
  while (!writing.work(1_000)) calls += 1;
  expect(calls).toBeGreaterThan(50);
  expect(Buffer.concat(writing.parts)).toEqual(Buffer.from(whole));
  // What went ahead is in it: the owner that goes on from it sends what this one sent.
  const restored = PartitionFold.restore(p!.config, whole);
  if (!(restored instanceof PartitionFold)) throw new Error(restored.message);
  const { emissions } = restored.step(p!.records.slice(restored.retainFromOffset));
  expect(emissions.map((one) => one.records())).toEqual([p!.emissions[1]!.records()]);
});

test('an owner that begins anew makes the same slices', () => {
  const { p } = busy(60);
  p.append(61_000, prepare(1));
  const [first] = p.emissions;
  const again = PartitionFold.start(p.config);
  const [emission] = again.step(p.records).emissions;
  expect(inSlices(emission!, 3_000).records).toEqual(first!.records());
});

test('what waits of a Prepare counts as a megabyte at most, whatever it gathers', () => {
  const [small] = busy(100).tapes;
  small.append(100_000, prepare(1));
  const { bytes: smallBytes } = small.emissions[0]!;
  expect(smallBytes).toBeGreaterThan(50_000);
  expect(smallBytes).toBeLessThan(200_000);
  const [large] = busy(1_500).tapes;
  large.append(1_500_000, prepare(1));
  expect(large.emissions[0]!.bytes).toBe(1_048_576);
});

test('the block of a publisher with few trades is closed though it is not full', () => {
  const moves = new ScriptedMoves({ horizonMs: 3_600_000 });
  const { p } = moves;
  const [rare, often] = [new ScriptedPublisher('live', 1), new ScriptedPublisher('live', 2)];
  p.append(10, rare.block(rare.trade(5, 1, 1, { symbol })));
  for (let at = 0; at < 40; at += 1) {
    const rows = Array.from({ length: 2_048 }, (_, place) => often.trade(at * 10 + (place % 10), 1, 1, { symbol }));
    p.append(at * 10 + 20, often.block(...rows));
  }
  p.append(500, rare.block(rare.trade(450, 1, 1, { symbol })));
  p.append(600, prepare(1));
  const ticks = blocksOf(p.emissions[0]!).map(([, count]) => count);
  expect(ticks.indexOf(1)).toBe(32);
  expect(ticks.filter((count) => count === 1)).toEqual([1, 1]);
  expect(ticks).toHaveLength(42);
});

test('a second Prepare to another partition sends the trades there, and a place is never used twice', () => {
  const { moves, p, q, live, trades } = one();
  p.append(150, prepare(1, 5), prepare(1, 5));
  p.append(160, prepare(1), prepare(1));
  expect(p.moved.map(({ step }) => step)).toEqual(['prepared', 'prepared', 'prepared', 'prepared']);
  expect(p.emissions.map((emission) => [emission.to, blocksOf(emission)])).toEqual([
    [5, [[0, 2]]],
    [to, [[1, 2]]],
  ]);
  const [, second] = p.emissions;
  moves.lose();
  for (const bytes of second!.records()) q.appendBytes(170, bytes);
  // It goes where it was prepared for last, with nothing left to send.
  moves.move(200);
  expect([tradesIn(moves.pending()), handoversIn(moves.pending())[0]?.tradeBlocks]).toEqual([[], 2]);
  moves.deliver(210);
  q.append(300, live.block(live.cancel(40, trades[0]!.sequence, { symbol })));
  q.append(1_000, timeOnly);
  expect([q.values(0), q.codes]).toEqual([[5, 5, 5, 5, 1], []]);
});

test('prepared there, elsewhere and there again, the trades of a bar are counted once', () => {
  const { moves, p, q, live, trades } = one();
  // It is parked, and makes the bar begin before all that was shipped.
  const early = new ScriptedPublisher('live', 2);
  early.mapEpoch = 1;
  q.append(120, early.block(early.trade(15, 6, 1, { symbol })));
  p.append(150, prepare(1));
  moves.deliver(155);
  p.append(160, prepare(1, 5));
  moves.lose();
  const third = live.trade(30, 7, 1, { symbol });
  p.append(170, live.block(third));
  moves.move(200);
  const [entry] = tradesIn(moves.pending());
  expect([entry?.first, entry?.blocks.map(({ ticks }) => ticks)]).toEqual([2, [3]]);
  moves.deliver(210);
  q.restart();
  q.append(300, live.block(live.cancel(40, trades[0]!.sequence, { symbol })));
  q.append(1_000, timeOnly);
  expect([q.values(0), q.bar(0)?.trades, q.codes]).toEqual([[6, 7, 5, 7, 3], 3, []]);
});

test.each([
  [60_000, []],
  [60_001, [[1, 2]]],
])('what went ahead counts for one horizon: a move %d ms later sends %j', (laterMs, expected) => {
  const { moves, p } = one({ intervals: ['1h'], horizonMs: 60_000 });
  p.append(150, prepare(1));
  expect(blocksOf(p.emissions[0]!)).toEqual([[0, 2]]);
  moves.lose();
  p.restart();
  moves.move(150 + laterMs);
  const rest = tradesIn(moves.pending()).flatMap(({ first, blocks }) =>
    blocks.map(({ ticks }, at) => [first + at, ticks]),
  );
  expect([rest, handoversIn(moves.pending())[0]?.tradeBlocks]).toEqual([expected, 1 + expected.length]);
});

test('a Prepare that is repeated after that sends the trades again', () => {
  const { moves, p } = one({ intervals: ['1h'], horizonMs: 60_000 });
  p.append(150, prepare(1));
  p.append(60_150, prepare(1));
  p.append(60_151, prepare(1));
  expect(p.emissions.map(blocksOf)).toEqual([[[0, 2]], [[1, 2]]]);
  moves.lose();
  moves.move(70_000);
  expect(tradesIn(moves.pending())).toEqual([]);
});

test.each([false, true])(
  'trades whose move does not come keep the log for a horizon and ten minutes; restarted: %s',
  (isRestarted) => {
    const { moves, p, q } = one({ horizonMs: 60_000 });
    q.append(10, timeOnly);
    p.append(150, prepare(1));
    moves.deliver(160);
    const { length } = q.records;
    q.append(660_159, timeOnly);
    expect(q.fold.snapshotRetainFromOffset).toBe(length - 1);
    if (isRestarted) q.restart();
    q.append(660_160, timeOnly);
    expect(q.fold.snapshotRetainFromOffset).toBe(q.records.length);
    // Nor does an owner that begins after it know of them.
    q.restart();
    expect(q.fold.snapshotRetainFromOffset).toBe(q.records.length);
    // The move comes after all: nothing is doubled, and its bars are final.
    moves.moveOver(660_200);
    expect(q.codes).toEqual([]);
  },
);

/** Two partitions and an instrument with two trades in the first. */
function one(config: ConstructorParameters<typeof ScriptedMoves>[0] = {}): Pick<ScriptedMoves, 'p' | 'q'> & {
  readonly moves: ScriptedMoves;
  readonly live: ScriptedPublisher;
  readonly trades: readonly ReturnType<ScriptedPublisher['trade']>[];
} {
  const moves = new ScriptedMoves(config);
  const live = new ScriptedPublisher('live');
  const trades = [live.trade(10, 9, 1, { symbol }), live.trade(20, 5, 1, { symbol })];
  moves.p.append(100, live.block(...trades));
  return { moves, p: moves.p, q: moves.q, live, trades };
}
