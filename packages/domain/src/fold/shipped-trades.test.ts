/** Trades that corrections need, docs/adr/0021: after a move a bar is rebuilt from the trades that came ahead, as if it had not moved. */
import { expect, test } from 'vitest';
import {
  entriesIn,
  handoversIn,
  moveOf,
  moving as symbol,
  ScriptedMoves,
  staying,
  to,
} from '../../test-kit/scripted-moves.ts';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { timeOnly } from '../../test-kit/scripted-tape.ts';
import type { LogEntryToWrite } from '../log/log-record.ts';
import type { BlockToShip, TradesEntry } from '../log/trades-entry.ts';

/** Two partitions and a live publisher of `symbol`. */
function world(...config: ConstructorParameters<typeof ScriptedMoves>): {
  moves: ScriptedMoves;
  p: ScriptedMoves['p'];
  q: ScriptedMoves['q'];
  live: ScriptedPublisher;
} {
  const moves = new ScriptedMoves(...config);
  return { moves, p: moves.p, q: moves.q, live: new ScriptedPublisher('live') };
}

function tradesIn(records: readonly Uint8Array[]): TradesEntry[] {
  return entriesIn(records).filter((entry) => entry.kind === 'trades');
}

test('a cancel and a correction find their trades, by sequence and by id, and the bar is rebuilt', () => {
  const { moves, p, q, live } = world();
  const high = live.trade(10, 9, 1, { symbol });
  const named = live.trade(20, 1, 2, { symbol, tradeId: 'low' });
  p.append(100, live.block(high, named, live.trade(30, 5, 4, { symbol })));
  moves.moveOver(200);
  q.append(300, live.block(live.cancel(40, high.sequence, { symbol })));
  q.append(400, live.block(live.correct(50, 'low', 3, 8, { symbol })));
  q.append(1_000, timeOnly);
  expect([q.values(0), q.codes]).toEqual([[3, 5, 3, 5, 12], []]);
  expect(q.bar(0)?.revision).toBe(6);
});

test('what was amended before the move is known after it, by its own sequence and by that of its correction', () => {
  const { moves, p, q, live } = world();
  const trade = live.trade(10, 9, 1, { symbol });
  const correction = live.correct(20, trade.sequence, 7, 1, { symbol });
  p.append(100, live.block(trade, live.trade(30, 5, 4, { symbol }), correction));
  moves.moveOver(200);
  q.append(300, live.block(live.correct(40, correction.sequence, 8, 1, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([8, 8, 5, 5, 5]);
});

test('an amendment that waits meets its trade in the other partition', () => {
  const { moves, p, q, live } = world();
  p.append(100, live.block(live.trade(10, 5, 4, { symbol }), live.cancel(20, 'late one', { symbol })));
  moves.moveOver(200);
  q.append(300, live.block(live.trade(30, 9, 1, { symbol, tradeId: 'late one' })));
  q.append(1_000, timeOnly);
  expect([q.values(0), q.fold.counters.amendments]).toEqual([[5, 5, 5, 5, 4], 1]);
});

test('one-tick blocks travel gathered, without what was not applied and what no bar needs', () => {
  const { moves, p, live } = world({ horizonMs: 60_000 });
  const other = new ScriptedPublisher('live', 2);
  const gone = live.trade(10, 1, 1, { symbol });
  p.append(100, live.block(gone));
  p.append(61_000, timeOnly);
  p.append(61_001, timeOnly);
  p.append(62_000, live.block(live.trade(900, 1, 1, { symbol })));
  const rows = Array.from({ length: 3_000 }, (_, place) =>
    live.trade(62_000 + place, 1_000 + (place % 7), 100, { symbol, tradeId: String(place) }),
  );
  for (const row of rows) p.append(62_100, live.block(row));
  p.append(62_200, live.block(rows[0]!, live.quote(62_000, { symbol })));
  p.append(62_300, other.block(other.trade(62_050, 1_001, 1, { symbol })));
  other.skip(symbol);
  p.append(62_400, other.block(other.trade(62_060, 1_001, 1, { symbol })));
  moves.move(62_500);
  const [entry, ...more] = tradesIn(moves.pending());
  expect([more, entry?.first, entry?.blocks.map(({ ticks }) => ticks)]).toEqual([[], 0, [2_048, 952, 1]]);
  expect(handoversIn(moves.pending())[0]?.tradeBlocks).toBe(3);
  const bytes = moves.pending()[0]!.length;
  expect(bytes / 3_001).toBeLessThan(7);
});

test('blocks are found among others of that partition, parked and shipped, also by one that reads its log again', () => {
  const { moves, p, q, live } = world();
  const other = new ScriptedPublisher('live', 2);
  live.mapEpoch = 1;
  const old = new ScriptedPublisher('live', 3);
  for (const ms of [10, 20, 30]) q.append(50, other.block(other.trade(ms, 1, 1, { symbol: staying })));
  const low = old.trade(5, 2, 1, { symbol });
  p.append(100, old.block(low, old.trade(6, 3, 1, { symbol })));
  const parked = live.trade(10, 9, 1, { symbol });
  q.append(110, live.block(parked, live.trade(15, 8, 1, { symbol }), live.trade(16, 1, 1, { symbol: staying })));
  moves.move(120);
  const [trades, ...rest] = moves.pending();
  q.appendBytes(130, trades!);
  q.restart();
  q.append(140, other.block(other.trade(40, 1, 1, { symbol: staying })));
  q.appendBytes(150, trades!);
  const after = live.trade(20, 7, 1, { symbol });
  q.append(160, live.block(after));
  for (const bytes of rest) q.appendBytes(170, bytes);
  // A second owner of p is behind.
  q.appendBytes(180, trades!);
  q.restart();
  q.append(
    200,
    live.block(live.cancel(50, parked.sequence, { symbol })),
    old.block(old.cancel(51, low.sequence, { symbol })),
  );
  q.append(1_000, timeOnly);
  expect([q.values(0), q.codes]).toEqual([[3, 8, 3, 7, 3], []]);
  q.restart();
  q.append(1_100, live.block(live.cancel(60, after.sequence, { symbol })));
  expect(q.values(0)).toEqual([3, 8, 3, 8, 2]);
  expect(q.fold.counters).toMatchObject({ amendments: 3, amendmentsUnmatched: 0 });
});

test.each([false, true])('there and back, no block of the first stay is read; restarted: %s', (isRestarted) => {
  const { moves, p, q, live } = world();
  const first = live.trade(10, 9, 1, { symbol });
  p.append(100, live.block(first, live.trade(20, 5, 1, { symbol })));
  moves.moveOver(200);
  q.append(300, live.block(live.trade(30, 6, 1, { symbol })));
  moves.moveOver(400, 1);
  if (isRestarted) p.restart();
  p.append(500, live.block(live.trade(40, 7, 1, { symbol }), live.cancel(50, first.sequence, { symbol })));
  p.append(1_000, timeOnly);
  expect([p.values(0), p.bar(0)?.trades]).toEqual([[5, 7, 5, 7, 3], 3]);
});

test('a bar that was final stays final, and one beside it is rebuilt', () => {
  const { moves, p, q, live } = world({ retainedBytesMax: 400 });
  const [lost, kept] = [live.trade(10, 9, 1, { symbol }), live.trade(1_500, 9, 1, { symbol })];
  p.append(100, live.block(lost, live.trade(20, 5, 1, { symbol })));
  for (let place = 0; place < 5; place += 1) p.append(200, live.block(live.quote(30, { symbol })));
  const other = live.trade(1_600, 5, 1, { symbol });
  p.append(1_600, live.block(kept, other));
  moves.move(2_000);
  expect(handoversIn(moves.pending())[0]?.tradeBlocks).toBe(1);
  moves.deliver(2_000);
  q.append(2_100, live.block(live.cancel(1_700, kept.sequence, { symbol })));
  q.append(2_150, live.block(live.correct(1_800, other.sequence, 6, 1, { symbol, toMs: 15 })));
  q.append(2_200, timeOnly);
  expect([q.values(1_000), q.bar(0), q.codes]).toEqual([[5, 5, 5, 5, 1], undefined, ['ORIGINAL_FINAL']]);
  expect(p.values(0)).toEqual([9, 9, 5, 5, 2]);
});

test('a restart between the trades and the state loses none of them', () => {
  const { moves, p, q, live } = world();
  const trade = live.trade(10, 9, 1, { symbol });
  p.append(100, live.block(trade, live.trade(20, 5, 1, { symbol })));
  moves.move(200);
  const [trades, ...rest] = moves.pending();
  q.appendBytes(300, trades!);
  q.append(310, timeOnly);
  expect(q.fold.snapshotRetainFromOffset).toBe(0);
  q.restart();
  for (const bytes of rest) q.appendBytes(320, bytes);
  expect(q.fold.snapshotRetainFromOffset).toBe(0);
  q.append(400, live.block(live.cancel(30, trade.sequence, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([5, 5, 5, 5, 1]);
});

test('trades that did not come leave their bars final, which is told', () => {
  const { moves, p, q, live } = world();
  const trade = live.trade(10, 9, 1, { symbol });
  p.append(100, live.block(trade, live.trade(20, 5, 1, { symbol })));
  moves.move(200);
  for (const bytes of moves.pending()) if (handoversIn([bytes]).length > 0) q.append(300, ...handoversIn([bytes]));
  q.append(400, live.block(live.cancel(30, trade.sequence, { symbol })));
  q.append(61_000, timeOnly);
  expect(q.codes).toEqual(['ORIGINAL_UNKNOWN']);
  expect(q.values(0)).toEqual([9, 9, 5, 5, 2]);
});

/** The blocks of the only entry of trades that is pending, as a writer takes them, and the entry. */
function shippedBy(moves: ScriptedMoves): { entry: TradesEntry; blocks: readonly BlockToShip[] } {
  const [entry] = tradesIn(moves.pending());
  const [bytes] = moves.pending();
  const blocks = entry!.blocks.map((block) => ({ ...block, bytes: bytes!.slice(block.start, block.end) }));
  return { entry: entry!, blocks };
}

/** Its last column has an entry too few. */
function damaged(block: BlockToShip): BlockToShip {
  return { ...block, bytes: Uint8Array.from([...block.bytes.slice(0, -2), 1, 128]) };
}

test('a block that cannot be read is told, and the blocks around it stay what they are', () => {
  const { moves, p, q, live } = world();
  const other = new ScriptedPublisher('live', 2);
  const [one, two] = [live.trade(10, 9, 1, { symbol }), other.trade(20, 8, 1, { symbol })];
  p.append(100, live.block(one), other.block(two), live.block(live.trade(30, 5, 1, { symbol })));
  moves.move(200);
  const { entry, blocks } = shippedBy(moves);
  q.append(250, { ...entry, blocks: [damaged(blocks[0]!), blocks[1]!] });
  expect(q.codes).toEqual(['RECORD_MALFORMED']);
  q.append(260, ...handoversIn(moves.pending()));
  q.restart();
  q.append(300, other.block(other.cancel(40, two.sequence, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([9, 9, 5, 5, 3]);
});

/** Three publishers, whose trades of the first bar travel in a block each; the second bar has trades of the last alone. */
function threeBlocks(): Omit<ReturnType<typeof world>, 'p'> & {
  third: ScriptedPublisher;
  entry: TradesEntry;
  blocks: readonly BlockToShip[];
} {
  const { moves, p, q, live } = world();
  const [second, third] = [new ScriptedPublisher('live', 2), new ScriptedPublisher('live', 3)];
  p.append(100, live.block(live.trade(10, 9, 1, { symbol })), second.block(second.trade(20, 8, 2, { symbol })));
  p.append(200, third.block(third.trade(30, 5, 4, { symbol })));
  p.append(1_100, third.block(third.trade(1_010, 7, 1, { symbol }), third.trade(1_020, 6, 1, { symbol })));
  moves.move(1_200);
  return { moves, q, live, third, ...shippedBy(moves) };
}

test('a bar is final when a block in the middle of its trades did not come; one that has all its own is rebuilt', () => {
  const { moves, q, live, third, entry, blocks } = threeBlocks();
  expect(blocks).toHaveLength(3);
  q.append(1_250, { ...entry, blocks: [blocks[0]!, damaged(blocks[1]!), blocks[2]!] });
  q.append(1_260, ...handoversIn(moves.pending()));
  q.restart();
  q.append(1_300, live.block(live.cancel(1_280, 1, { symbol })), third.block(third.cancel(1_290, 2, { symbol })));
  q.append(2_000, timeOnly);
  q.append(62_000, timeOnly);
  // The first one was not rebuilt without the trade that is missing.
  expect([q.values(0), q.values(1_000)]).toEqual([undefined, [6, 6, 6, 6, 1]]);
  expect(q.codes).toEqual(['RECORD_MALFORMED', 'ORIGINAL_UNKNOWN']);
});

test('a block that comes only with a repeat of the others, behind them, is read too', () => {
  const { moves, q, live, entry, blocks } = threeBlocks();
  q.append(1_250, { ...entry, blocks: [blocks[0]!, damaged(blocks[1]!), blocks[2]!] });
  q.append(1_255, { ...entry, blocks });
  q.append(1_260, ...handoversIn(moves.pending()));
  q.restart();
  q.append(1_300, live.block(live.cancel(1_280, 1, { symbol })));
  expect(q.values(0)).toEqual([8, 8, 5, 5, 6]);
});

test('ticks that a shipped block excludes do not count', () => {
  const { moves, p, q, live } = world();
  p.append(
    100,
    live.block(live.trade(10, 9, 1, { symbol }), live.trade(20, 5, 1, { symbol }), live.trade(30, 6, 1, { symbol })),
  );
  moves.move(200);
  const [entry] = tradesIn(moves.pending());
  const [bytes] = moves.pending();
  const [block] = entry!.blocks;
  q.append(250, {
    ...entry!,
    blocks: [{ ...block!, bytes: bytes!.slice(block!.start, block!.end), excluded: [0, 1] }],
  });
  q.append(260, ...handoversIn(moves.pending()));
  q.restart();
  q.append(300, live.block(live.cancel(40, 2, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([6, 6, 6, 6, 1]);
});

test('trades of another form, or of a move that is over, are passed over', () => {
  const { moves, p, q, live } = world();
  const trade = live.trade(10, 9, 1, { symbol });
  p.append(100, live.block(trade, live.trade(20, 5, 1, { symbol })));
  moves.move(200);
  const [entry] = tradesIn(moves.pending());
  const [bytes] = moves.pending();
  const blocks = entry!.blocks.map((block) => ({ ...block, bytes: bytes!.slice(block.start, block.end) }));
  q.append(250, { ...entry!, blocks, configChecksum: 1 });
  expect(q.fold.snapshotRetainFromOffset).toBe(1);
  moves.deliver(300);
  q.append(350, { ...entry!, blocks }, moveOf(1, 0, to));
  expect([q.fold.handovers.contradicted, q.fold.handovers.moveRepeated]).toEqual([0, 1]);
  q.append(400, { ...entry!, blocks, epoch: 5 });
  expect(q.fold.handovers.contradicted).toBe(1);
  q.append(500, live.block(live.cancel(30, trade.sequence, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([5, 5, 5, 5, 1]);
});

test('a Prepare sends the trades ahead, once; the move sends the rest, also what was held meanwhile', () => {
  const { moves, p, q, live } = world();
  const other = new ScriptedPublisher('live', 2);
  const first = live.trade(10, 9, 1, { symbol });
  const missing = other.skip(symbol);
  const held = other.trade(15, 8, 1, { symbol });
  p.append(100, live.block(first, live.trade(20, 5, 1, { symbol })));
  p.append(110, other.block(held));
  p.append(150, prepare(1), prepare(1));
  p.restart();
  // A repeat sends nothing and is told again: who asks did not hear the first answer.
  expect(p.moved.map(({ step, epoch, symbol: of }) => [step, epoch, of])).toEqual([
    ['prepared', 1, symbol],
    ['prepared', 1, symbol],
  ]);
  const [ahead, ...none] = tradesIn(moves.pending());
  expect([none, ahead?.first, ahead?.blocks.map(({ ticks }) => ticks)]).toEqual([[], 0, [2]]);
  moves.deliver(160);
  p.append(
    170,
    other.block(other.trade(12, 7, 1, { symbol, ...missing })),
    live.block(live.trade(30, 6, 1, { symbol })),
  );
  p.append(180, prepare(1));
  expect(tradesIn(moves.pending())).toEqual([]);
  p.restart();
  moves.move(200);
  const [rest] = tradesIn(moves.pending());
  expect([rest?.first, rest?.blocks.map(({ ticks }) => ticks)]).toEqual([1, [2, 1]]);
  expect(handoversIn(moves.pending())[0]?.tradeBlocks).toBe(3);
  moves.deliver(210);
  q.append(
    300,
    live.block(live.cancel(40, first.sequence, { symbol })),
    other.block(other.cancel(41, held.sequence, { symbol })),
  );
  q.append(1_000, timeOnly);
  expect([q.values(0), q.codes, q.bar(0)?.trades]).toEqual([[7, 7, 5, 6, 3], [], 3]);
});

test.each([
  ['another epoch', 2, to],
  ['another partition', 1, 5],
])('what a Prepare of %s sent is not counted on', (_name, epoch, target) => {
  const { moves, p, q, live } = world();
  const first = live.trade(10, 9, 1, { symbol });
  p.append(100, live.block(first, live.trade(20, 5, 1, { symbol })));
  p.append(150, { ...prepare(epoch), to: target });
  expect(tradesIn(moves.pending())).toHaveLength(1);
  moves.lose();
  moves.moveOver(200);
  q.append(300, live.block(live.cancel(40, first.sequence, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([5, 5, 5, 5, 1]);
});

test('a Prepare of an instrument that is not here, or of a move that is over, sends nothing', () => {
  const { moves, p, q, live } = world();
  q.append(50, prepare(1));
  p.append(100, live.block(live.trade(10, 9, 1, { symbol })));
  moves.moveOver(200);
  p.append(250, prepare(2));
  q.append(300, prepare(1));
  expect([p.emissions.length, q.emissions, p.codes, q.codes]).toEqual([1, [], [], []]);
  expect([...p.moved, ...q.moved].map(({ step }) => step)).toEqual(['left', 'arrived']);
});

/** A Prepare of `symbol` for the second partition. */
function prepare(epoch: number): Extract<LogEntryToWrite, { kind: 'prepare' }> {
  return { kind: 'prepare', dataset: 'test', symbol, epoch, to };
}
