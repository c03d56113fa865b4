/** Rules M1 and H1 of docs/adr/0021 in the fold, through its steps: what leaves one partition is in the other as it was. */
import { expect, test } from 'vitest';
import {
  entriesIn,
  from,
  handoversIn,
  moveOf,
  moving as symbol,
  ScriptedMoves,
  staying,
  to,
} from '../../test-kit/scripted-moves.ts';
import { scriptBaseSec, scriptDay, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { timeOnly } from '../../test-kit/scripted-tape.ts';
import { sentForwards } from '../../test-kit/sent-on.ts';
import { handoverStateBytesMax } from '../log/move-entries.ts';

const dayMs = 86_400_000;

/** A live publisher whose ingest has a map. */
function mapped(epoch = 0, draw = 1, domain: 'live' | 'replay' | 'delayed' = 'live'): ScriptedPublisher {
  const publisher = new ScriptedPublisher(domain, draw);
  publisher.mapEpoch = epoch;
  return publisher;
}

test('an open bar goes on in the other partition, and the first one is silent from then on', () => {
  const { p, q, moves } = parts();
  const live = mapped();
  p.append(100, live.block(live.trade(10, 5, 1, { symbol }), live.trade(20, 9, 2, { symbol })));
  moves.moveOver(200);
  live.mapEpoch = 1;
  q.append(300, live.block(live.trade(30, 7, 4, { symbol })));
  q.append(1_000, timeOnly);
  p.append(5_000, timeOnly);
  expect(p.bars).toEqual([]);
  expect(q.values(0)).toEqual([5, 9, 5, 7, 7]);
  expect(q.bar(0)).toMatchObject({ revision: 4, state: 'closed', position: { partition: to, epoch: 1 } });
  expect([p.fold.handovers.left, q.fold.handovers.came]).toEqual([1, 1]);
  expect([p.fold.forming('test', symbol), q.fold.counters.applied]).toEqual([[], 1]);
});

test('a record ends at the Move for what leaves: a revision goes out there, of the old epoch, and once', () => {
  const { p, q, moves } = parts();
  const live = mapped();
  p.append(100, live.block(live.trade(10, 5, 1, { symbol })));
  p.append(1_000, timeOnly);
  p.append(1_100, live.block(live.trade(20, 6, 1, { symbol })), moveOf(1, 0, to));
  moves.deliver(1_200);
  q.append(1_300, live.block(live.trade(30, 4, 1, { symbol })));
  expect(p.bars.map(({ revision, state, position }) => [revision, state, position.epoch])).toEqual([
    [2, 'closed', 0],
    [3, 'revised', 0],
  ]);
  expect(q.bars.map(({ revision, state, position }) => [revision, state, position.epoch])).toEqual([[4, 'revised', 1]]);
});

test('the tape is numbered on, and segments bear the epoch', () => {
  const { p, q, moves } = parts();
  const live = mapped();
  p.append(100, live.block(live.trade(10, 5, 1, { symbol }), live.trade(20, 6, 1, { symbol })), moveOf(1, 0, to));
  moves.deliver(200);
  q.append(300, live.block(live.trade(30, 7, 1, { symbol })));
  const placed = [...p.segments, ...q.segments].map(({ firstNumber, position }) => [firstNumber, position.epoch]);
  expect(placed).toEqual([
    [1, 0],
    [3, 1],
  ]);
  expect(q.notices).toEqual([]);
});

test('what was held and is counted in the record of the Move is of the epoch before', () => {
  const { p } = parts();
  const live = mapped();
  const missing = live.skip(symbol);
  p.append(100, live.block(live.trade(20, 6, 1, { symbol })));
  p.append(200, live.void(missing, symbol), moveOf(1, 0, to));
  expect(p.segments.map(({ firstNumber, position }) => [firstNumber, position.epoch])).toEqual([[1, 0]]);
});

test('chains and holes travel: repeats are known, a hole takes its tick, a forgotten one does not', () => {
  const { p, q, moves } = parts({ horizonMs: dayMs });
  const live = mapped();
  const first = live.trade(10, 1, 1, { symbol });
  const missing = Array.from({ length: 66 }, () => {
    const place = live.skip(symbol);
    const behind = live.trade(20, 2, 1, { symbol });
    return { place, behind };
  });
  p.append(100, live.block(first));
  for (const { behind } of missing) p.append(101, live.block(behind));
  p.pass(62_500);
  moves.moveOver(62_600);
  expect(p.fold.counters.gapsDeclared).toBe(66);
  q.append(62_700, live.block(first), live.block(live.trade(15, 3, 1, { symbol, ...missing.at(-1)!.place })));
  q.append(62_800, live.block(live.trade(15, 4, 1, { symbol, ...missing[0]!.place })));
  expect(q.fold.counters).toMatchObject({ applied: 1, repeats: 1, quarantined: 1 });
  expect(q.codes).toEqual(['HOLE_FORGOTTEN']);
  expect(q.notices[0]).toMatchObject({ epoch: 1, symbol });
});

test('bars that are gone stay gone', () => {
  const { p, q, moves } = parts({ horizonMs: 1_000 });
  const live = mapped();
  p.append(100, live.block(live.trade(10, 1, 1, { symbol })));
  p.append(1_000, timeOnly);
  p.append(2_500, live.block(live.trade(2_100, 1, 1, { symbol })));
  moves.move(2_600);
  // By the clock of q it would not be late.
  moves.deliver(500);
  q.append(900, live.block(live.trade(20, 1, 1, { symbol })));
  expect([q.codes, q.fold.counters.late]).toEqual([['LATE'], 1]);
});

test('what is held goes behind the state, with the append time of its first record, and waits again', () => {
  const { p, q, moves } = parts();
  const delayed = mapped(0, 1, 'delayed');
  const missing = delayed.skip(symbol);
  const held = delayed.trade(20, 2, 1, { symbol, tradeId: 'x', conditions: ['I'] });
  const skipped = delayed.skip(symbol);
  p.append(100, delayed.block(held));
  p.append(150, delayed.void(skipped, symbol), delayed.block(delayed.quote(30, { symbol })));
  expect(p.fold.heldTicks).toBe(3);
  moves.move(50_000);
  expect(p.fold.heldTicks).toBe(0);
  const records = moves.pending();
  expect(entriesIn(records).map(({ kind }) => kind)).toEqual(['handover', 'forward', 'forward']);
  expect(sentForwards(p.emissions)).toEqual([
    { offset: 2, to, epoch: 1, symbol, firstMs: 100, entries: ['tick 2'] },
    { offset: 2, to, epoch: 1, symbol, firstMs: 150, entries: ['void 3', 'tick 4'] },
  ]);
  q.append(50_000, timeOnly);
  moves.deliver(50_000);
  expect([q.fold.waitLeftMs, q.fold.heldTicks]).toEqual([60_000, 3]);
  q.append(51_000, delayed.block(delayed.trade(10, 1, 1, { symbol, ...missing })));
  expect(q.fold.counters).toMatchObject({ applied: 3, voided: 1 });
  expect(
    q.segments
      .flatMap(({ ticks }) => ticks)
      .map(({ sequence, tradeId, attributes }) => [sequence, tradeId, attributes.conditions]),
  ).toEqual([
    [1, '', []],
    [2, 'x', ['I']],
  ]);
  expect(p.fold.handovers).toMatchObject({ heldSentOn: 3 });
  expect(p.fold.waitLeftMs).toBeUndefined();
});

test('E2: what was parked or forwarded, is held and leaves again keeps the append time of its first record', () => {
  const { p, q, moves } = parts();
  const live = mapped(1);
  live.skip(symbol);
  q.append(100, live.block(live.trade(10, 1, 1, { symbol })));
  p.append(200, moveOf(1, 0, to));
  moves.deliver(5_000);
  live.skip(symbol);
  const entries = [live.block(live.trade(20, 1, 1, { symbol }))];
  const firstAppendTimeMs = scriptBaseSec * 1000 + 50;
  q.append(5_500, { kind: 'forward', epoch: 1, dataset: 'test', symbol, firstAppendTimeMs, entries });
  live.skip(symbol);
  q.append(5_600, live.block(live.trade(30, 1, 1, { symbol })));
  q.restart();
  moves.move(6_000, 1);
  expect(sentForwards(q.emissions).map(({ firstMs, entries: names }) => [firstMs, names])).toEqual([
    [100, ['tick 2']],
    [50, ['tick 4']],
    [5_600, ['tick 6']],
  ]);
});

test('E2: what was held for days is judged by its first record', () => {
  const { p, q, moves } = parts();
  const live = new ScriptedPublisher('live', 1, { issueDay: scriptDay - 7 });
  live.skip(symbol);
  p.append(dayMs - 1_000, live.block(live.trade(20, 2, 1, { symbol })));
  moves.moveOver(dayMs + 5_000);
  expect([q.codes, q.fold.waitLeftMs]).toEqual([[], 60_000]);
});

test('T2, T4: a Progress that waits travels, and coming is a sign of life', () => {
  const { p, q, moves } = parts();
  const replay = mapped(0, 1, 'replay');
  p.append(100, replay.block(replay.trade(10, 1, 1, { symbol })));
  const next = replay.trade(20, 2, 1, { symbol });
  p.append(200, replay.progress(1_500, next.sequence, symbol));
  p.pass(500_000);
  // The publisher is known there, and has been silent for long.
  q.append(50, replay.block(replay.quote(5, { symbol: staying })));
  q.pass(400_000);
  moves.moveOver(500_000);
  expect(q.fold.waitLeftMs).toBe(600_000);
  q.append(500_100, replay.block(next));
  expect(q.values(0)).toEqual([1, 2, 1, 2, 2]);
});

test('T3: how far each publisher is travels, so a bar waits for the others alone', () => {
  const { p, q, moves } = parts();
  const [first, second] = [mapped(0, 1, 'replay'), mapped(0, 2, 'replay')];
  p.append(100, second.block(second.trade(20, 2, 1, { symbol })));
  p.append(150, first.block(first.trade(10, 1, 1, { symbol }), first.quote(1_500, { symbol })));
  moves.moveOver(200);
  expect([p.bars, q.bars]).toEqual([[], []]);
  q.append(300, second.block(second.quote(1_400, { symbol })));
  expect(q.values(0)).toEqual([1, 2, 1, 2, 2]);
});

test('T3: a bar that a correction opened behind its publisher closes at the next sign of that publisher there too', () => {
  const { p, q, moves } = parts();
  const replay = mapped(0, 1, 'replay');
  p.append(100, replay.block(replay.trade(10, 1, 1, { symbol }), replay.quote(2_500, { symbol })));
  p.append(200, replay.block(replay.correct(2_600, 1, 3, 1, { symbol, toMs: 1_200 })));
  expect(p.fold.forming('test', symbol)).toHaveLength(1);
  moves.moveOver(300);
  expect([p.values(1_000), q.values(1_000)]).toEqual([undefined, undefined]);
  q.append(400, replay.block(replay.quote(2_700, { symbol })));
  expect(q.values(1_000)).toEqual([3, 3, 3, 3, 1]);
});

test('a publisher has another index there, and ties are decided by its id', () => {
  const { p, q, moves } = parts();
  const [low, high, other] = [mapped(0, 1), mapped(0, 2), mapped(0, 3)];
  q.append(50, other.block(other.trade(10, 1, 1, { symbol: staying })));
  p.append(100, high.block(high.trade(10, 5, 1, { symbol })), low.block(low.trade(10, 6, 1, { symbol })));
  moves.moveOver(200);
  q.append(300, high.block(high.trade(10, 7, 1, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([6, 7, 5, 7, 3]);
  expect(q.fold.counters).toMatchObject({ applied: 2, repeats: 0 });
});

test('repeats of Move and Handover change nothing', () => {
  const { p, q, moves } = parts();
  const live = mapped();
  p.append(100, live.block(live.trade(10, 5, 1, { symbol })));
  moves.move(200);
  const records = moves.pending();
  moves.deliver(200);
  p.append(250, moveOf(1, 0, to));
  for (const bytes of records) q.appendBytes(300, bytes);
  expect(moves.pending()).toEqual([]);
  expect([p.fold.handovers.moveRepeated, q.fold.handovers.handoverRepeated]).toEqual([1, 1]);
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([5, 5, 5, 5, 1]);
});

test('there and back: the state is that of the last stay, and an old Handover is a repeat', () => {
  const { p, q, moves } = parts();
  const live = mapped();
  p.append(100, live.block(live.trade(10, 5, 1, { symbol })));
  moves.move(200);
  const first = moves.pending().at(-1);
  moves.deliver(200);
  q.append(300, live.block(live.trade(20, 6, 1, { symbol })));
  moves.moveOver(400, 1);
  q.appendBytes(450, first!);
  p.append(500, live.block(live.trade(30, 7, 1, { symbol })));
  p.append(1_000, timeOnly);
  q.append(1_000, timeOnly);
  expect([p.values(0), p.bar(0)?.position.epoch, q.bars]).toEqual([[5, 7, 5, 7, 3], 2, []]);
  expect([p.fold.handovers.cameBack, q.fold.handovers.handoverRepeated]).toEqual([1, 1]);
  expect([p.fold.instrumentCount, q.fold.instrumentCount]).toEqual([1, 0]);
});

test('a large state comes in parts, which may come in any order and twice, and a restart keeps those that came', () => {
  const { p, q, moves } = parts({ horizonMs: dayMs });
  const live = mapped();
  const rows = Array.from({ length: 40_000 }, (_, sec) =>
    live.trade(sec * 1_000, 1_000 + ((sec * 7_919) % 977), sec + 1, { symbol }),
  );
  p.append(100, live.block(...rows));
  moves.move(200);
  const records = moves.pending();
  const states = records.filter((bytes) => handoversIn([bytes]).length > 0);
  expect(states.length).toBeGreaterThan(1);
  expect(handoversIn(states).every(({ state }) => state.length <= handoverStateBytesMax)).toBe(true);
  for (const bytes of [...records.filter((bytes) => !states.includes(bytes)), states.at(-1)!, states.at(-1)!]) {
    q.appendBytes(300, bytes);
    q.restart();
  }
  expect(q.fold.handovers.came).toBe(0);
  for (const bytes of states) q.appendBytes(400, bytes);
  expect(q.fold.handovers).toMatchObject({ came: 1, handoverRepeated: 1 });
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([1_000, 1_000, 1_000, 1_000, 1]);
});

test('a part of another form is told and not used, until one of its own comes', () => {
  const { p, q, moves } = parts({}, { horizonMs: 30_000 });
  const live = mapped();
  p.append(100, live.block(live.trade(10, 5, 1, { symbol })));
  moves.moveOver(200);
  live.mapEpoch = 1;
  q.append(300, live.block(live.trade(20, 6, 1, { symbol })));
  expect([q.codes, q.fold.parked.count, q.fold.handovers.handoverOfOtherForm]).toEqual([
    ['HANDOVER_OF_OTHER_FORM'],
    1,
    1,
  ]);
  const same = parts({ horizonMs: 30_000 });
  const again = mapped();
  same.p.append(100, again.block(again.trade(10, 5, 1, { symbol })));
  same.moves.move(200);
  for (const bytes of same.moves.pending()) q.appendBytes(400, bytes);
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([5, 6, 5, 6, 2]);
});

test('a state that cannot be read is told, and nothing of it stays but its parts; the right one is still taken', () => {
  const { p, q, moves } = parts();
  const live = mapped();
  p.append(100, live.block(live.trade(10, 5, 1, { symbol })));
  moves.move(200);
  const [entry] = handoversIn(moves.pending());
  const damaged = { ...entry!, state: entry!.state.slice(0, -1) };
  const before = q.fold.snapshot();
  q.append(250, damaged);
  expect(q.codes).toEqual(['RECORD_MALFORMED', 'PLACEMENT_CONTRADICTED']);
  q.restart();
  expect(q.fold.snapshot().length - before.length).toBeLessThan(80 + damaged.state.length);
  moves.deliver(300);
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([5, 5, 5, 5, 1]);
});

test('it may leave in the middle of what was parked for it, and again before anything of it came', () => {
  const { p, q, moves } = parts();
  const live = mapped();
  p.append(50, moveOf(1, 0, to));
  q.append(60, moveOf(2, 1, from));
  moves.deliver(70);
  expect(p.fold.handovers.leftFresh).toBe(1);
  moves.deliver(80, to);
  live.mapEpoch = 2;
  p.append(90, live.block(live.trade(10, 5, 1, { symbol })));
  p.append(1_000, timeOnly);
  expect(p.values(0)).toEqual([5, 5, 5, 5, 1]);
  expect([q.fold.handovers.moveChained, p.bar(0)?.position.epoch]).toEqual([1, 2]);
});

test('a Move from an epoch that is still to come is a contradiction, and changes nothing', () => {
  const { p } = parts();
  p.append(100, moveOf(3, 2, to));
  expect([p.codes, p.emissions, p.fold.handovers.contradicted]).toEqual([['PLACEMENT_CONTRADICTED'], [], 1]);
});

function parts(...config: ConstructorParameters<typeof ScriptedMoves>): {
  p: ScriptedMoves['p'];
  q: ScriptedMoves['q'];
  moves: ScriptedMoves;
} {
  const moves = new ScriptedMoves(...config);
  return { p: moves.p, q: moves.q, moves };
}
