/** A state that this program cannot use is kept and told, and the next program takes it: parts are sent once (docs/adr/0021, H1). */
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import type { ScriptedMoves as Moves } from '../../test-kit/scripted-moves.ts';
import type { ScriptedPublisher as Publisher } from '../../test-kit/scripted-publisher.ts';
import type { FoldConfig } from './fold-types.ts';

/** What the program of the moment knows; every instrument here is by that calendar. */
const program = { knows: true };

// Where files share their modules, others have loaded the real one: these modules are this file's own.
vi.resetModules();
vi.doMock(import('../sessions/calendar-loader.ts'), async (original) => {
  const loader = await original();
  return { ...loader, calendarNamed: (name) => (program.knows ? loader.calendarNamed(name) : undefined) };
});
const { entriesIn, handoversIn, moving: symbol, ScriptedMoves, to } = await import('../../test-kit/scripted-moves.ts');
const { ScriptedPublisher } = await import('../../test-kit/scripted-publisher.ts');
const { timeOnly } = await import('../../test-kit/scripted-tape.ts');
const { handoverStateBytesMax } = await import('../log/move-entries.ts');
const { handoverPartBytesMax } = await import('../placement/handover-partition.ts');
const { encodeLogRecord } = await import('../log/log-record.ts');
const { RowFlag } = await import('../bars/bar-rows.ts');
const { applyRecord } = await import('./apply-record.ts');
const { freshState } = await import('./moves-of-partition.ts');
const { PartitionFold } = await import('./partition-fold.ts');

afterAll(() => {
  vi.doUnmock('../sessions/calendar-loader.ts');
  vi.resetModules();
});

beforeEach(() => {
  program.knows = true;
});

function world(): { moves: Moves; p: Moves['p']; q: Moves['q']; live: Publisher } {
  const moves = new ScriptedMoves();
  return { moves, p: moves.p, q: moves.q, live: new ScriptedPublisher('live') };
}

function snapshotOf(config: FoldConfig, bytes: Uint8Array, records: Moves['q']['records']): Uint8Array {
  const fold = PartitionFold.restore(config, bytes);
  if ('code' in fold) throw new RangeError(fold.message);
  expect(fold.step(records.slice(fold.retainFromOffset)).notices).toEqual([]);
  return fold.snapshot();
}

test('a state by a calendar that is not known waits for a program that knows it, with its trades and all that came since', () => {
  const { moves, p, q, live } = world();
  const high = live.trade(10, 9, 1, { symbol });
  p.append(100, live.block(high, live.trade(20, 5, 1, { symbol })));
  moves.move(200);
  program.knows = false;
  moves.deliver(300);
  expect(q.codes).toEqual(['HANDOVER_OF_OTHER_FORM']);
  expect(q.notices[0]).toMatchObject({ symbol, detail: expect.stringContaining("by calendar '24/7'") });
  live.mapEpoch = 1;
  q.append(400, live.block(live.trade(30, 7, 1, { symbol })));
  const before = q.fold.snapshot();
  // The same program, after a restart: it tries again, tells nothing and changes nothing.
  q.append(500, timeOnly);
  const { config, records } = q;
  expect(snapshotOf(config, before, records)).toEqual(q.fold.snapshot());
  q.restart();
  expect([q.fold.owns('test', symbol), q.fold.parked.count]).toEqual([false, 1]);
  program.knows = true;
  q.restart();
  q.append(600, timeOnly);
  expect([q.fold.owns('test', symbol), q.fold.parked.count, q.codes.length]).toEqual([true, 0, 1]);
  const movedAtMs = p.records[1]!.appendTimeMs;
  expect(q.moved).toMatchObject([{ step: 'arrived', epoch: 1, movedAtMs }]);
  q.append(700, live.block(live.cancel(40, high.sequence, { symbol })));
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([5, 7, 5, 7, 2]);
});

test('a part of another form is told and kept, and one of its own form ends the waiting', () => {
  const { moves, p, q, live } = world();
  p.append(100, live.block(live.trade(10, 9, 1, { symbol })));
  moves.move(200);
  const empty = q.fold.snapshot().length;
  const [entry] = handoversIn(moves.pending());
  q.append(300, { ...entry!, stateVersion: 2, part: 1, parts: 2 });
  const [notice] = q.notices;
  expect([notice?.code, notice?.detail]).toEqual([
    'HANDOVER_OF_OTHER_FORM',
    expect.stringMatching(/^part 2 of 2 of its state of epoch 1 is of form 2 \d+; .* form 1 \d+/),
  ]);
  q.restart();
  q.append(350, timeOnly);
  expect(q.fold.snapshot().length).toBeGreaterThan(empty + entry!.state.length);
  const kept = q.fold.snapshot().length;
  moves.deliver(400);
  q.restart();
  q.append(1_000, timeOnly);
  expect([q.values(0), q.fold.handovers.came]).toEqual([[9, 9, 9, 9, 1], 1]);
  q.append(61_001, timeOnly);
  q.append(61_002, timeOnly);
  expect(q.fold.snapshot().length).toBeLessThan(kept);
});

test('a state in several parts that cannot be read is whole in the snapshot, and taken by the next program', () => {
  const { moves, p, q, live } = world();
  const rows = Array.from({ length: 400 }, (_, place) => live.trade(place, 1, 1, { symbol }));
  p.append(100, live.block(...rows));
  moves.move(200);
  const [entry] = handoversIn(moves.pending());
  const { state } = entry!;
  const half = Math.floor(state.length / 2);
  expect([state.length < handoverStateBytesMax, entriesIn(moves.pending()).length]).toEqual([true, 2]);
  program.knows = false;
  q.append(300, { ...entry!, part: 1, parts: 2, state: state.slice(half) });
  q.restart();
  q.append(310, { ...entry!, part: 0, parts: 2, state: state.slice(0, half) });
  expect(q.codes).toEqual(['HANDOVER_OF_OTHER_FORM']);
  q.restart();
  program.knows = true;
  q.restart();
  expect(q.fold.owns('test', symbol)).toBe(false);
  q.append(320, timeOnly);
  expect([q.fold.owns('test', symbol), q.moved.at(-1)?.step]).toEqual([true, 'arrived']);
  expect(to).toBe(q.config.partition);
});

test.each([
  ['is by a calendar that is not known', 0, false],
  ['has bytes too few', 1, true],
])('a state that %s leaves no publisher, row or link behind', (_name, missing, knows) => {
  const { moves, p, q, live } = world();
  p.append(100, live.block(live.trade(10, 9, 1, { symbol }), live.trade(1_020, 5, 1, { symbol })));
  moves.move(200);
  const [entry] = handoversIn(moves.pending());
  const { state: bytes } = entry!;
  const state = freshState(q.config);
  const before = state.publishers.slots.length;
  program.knows = knows;
  const record = encodeLogRecord([{ ...entry!, state: bytes.slice(0, bytes.length - missing) }]);
  applyRecord(state, { offset: 0, appendTimeMs: 1_000, bytes: record });
  const instrument = state.find('test', symbol);
  expect([state.publishers.slots.length - before, instrument?.terms, instrument?.links]).toEqual([0, undefined, []]);
  const used = Array.from({ length: state.rows.capacity }, (_, row) => row).filter((row) =>
    state.rows.has(row, RowFlag.used),
  );
  expect([used, instrument?.rows.map(({ length }) => length), instrument?.place.kind]).toEqual([[], [0], 'unknown']);
});

test('law 7: parts that only another configuration can use are given up when they fill their room, which is told', () => {
  const { moves, p, q, live } = world();
  p.append(100, live.block(live.trade(10, 9, 1, { symbol })));
  moves.move(200);
  const [entry] = handoversIn(moves.pending());
  const foreign = { ...entry!, configChecksum: 1, parts: 200, state: new Uint8Array(handoverStateBytesMax) };
  const fitting = handoverPartBytesMax / handoverStateBytesMax;
  for (let part = 0; part < fitting; part += 1) q.append(300, { ...foreign, part });
  expect(new Set(q.codes)).toEqual(new Set(['HANDOVER_OF_OTHER_FORM']));
  q.append(310, { ...foreign, part: fitting });
  expect(q.notices.at(-1)).toMatchObject({ code: 'HANDOVER_PARTS_MANY', symbol });
  expect(q.notices.at(-1)?.detail).toContain(
    `${handoverPartBytesMax + handoverStateBytesMax} bytes of parts that nobody needs`,
  );
  expect(q.fold.snapshot().length).toBeLessThan(handoverStateBytesMax);
  moves.deliver(400);
  q.append(1_000, timeOnly);
  expect(q.values(0)).toEqual([9, 9, 9, 9, 1]);
});
