/** Rules A, B, E2 and E3 of docs/adr/0021 in the fold, through its steps: what is not here is parked or sent on, never lost. */
import { expect, test } from 'vitest';
import { scriptBaseSec, scriptDay, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape, timeOnly } from '../../test-kit/scripted-tape.ts';
import { sentForwards, symbolAtHome } from '../../test-kit/sent-on.ts';
import type { ForwardedToWrite } from '../log/forward-entry.ts';
import type { LogEntryToWrite } from '../log/log-record.ts';
import { PartitionFold } from './partition-fold.ts';

const here = 1;
const base = 4;
/** Where the home of `far` is, and where others are pinned to. */
const home = 2;
const pinnedTo = 3;
const near = symbolAtHome(here, base);
const near2 = symbolAtHome(here, base, 1);
const far = symbolAtHome(home, base);
const far2 = symbolAtHome(home, base, 1);
const dayMs = 86_400_000;

function movingTape(config: ConstructorParameters<typeof ScriptedTape>[0] = {}): ScriptedTape {
  return new ScriptedTape({ partition: here, basePartitions: base, ...config });
}

/** A live publisher whose ingest has a map. */
function mapped(epoch = 3, draw = 1): ScriptedPublisher {
  const live = new ScriptedPublisher('live', draw);
  live.mapEpoch = epoch;
  return live;
}

function origin(symbol: string, partition: number): LogEntryToWrite {
  return { kind: 'origin', dataset: 'test', symbol, partition };
}

/** A Forward; `firstMs` counts from `scriptBaseSec`. */
function forward(symbol: string, epoch: number, firstMs: number, ...entries: ForwardedToWrite[]): LogEntryToWrite {
  const firstAppendTimeMs = scriptBaseSec * 1000 + firstMs;
  return { kind: 'forward', epoch, dataset: 'test', symbol, firstAppendTimeMs, entries };
}

test('without base partitions all is own: whatever the home and the map, ticks count where they stand', () => {
  const tape = new ScriptedTape({ partition: here });
  const live = mapped();
  tape.append(100, live.block(live.trade(50, 10, 1, { symbol: far })));
  expect([tape.fold.counters.applied, tape.fold.parked.count, tape.emissions]).toEqual([1, 0, []]);
});

test('A1, B1: what is not known waits for its Origin, and then counts by the clocks of its own records', () => {
  // By the clock of the Origin both ticks would be late.
  const tape = movingTape({ horizonMs: 2_000 });
  const live = mapped();
  tape.append(100, live.block(live.trade(50, 10, 1, { symbol: far })));
  tape.append(1_100, live.block(live.trade(1_050, 11, 1, { symbol: far })));
  expect([tape.fold.counters.applied, tape.fold.parked.count, tape.bars]).toEqual([0, 2, []]);
  expect(tape.fold.parked.bytes).toBeGreaterThan(40);
  tape.append(9_000, live.void(live.skip(far2), far2));
  tape.append(9_050, origin(far, here));
  expect(tape.fold.counters).toMatchObject({ applied: 2, late: 0, quarantined: 0 });
  expect([tape.values(0), tape.values(1_000)]).toEqual([
    [10, 10, 10, 10, 1],
    [11, 11, 11, 11, 1],
  ]);
  expect([tape.fold.parked.count, tape.emissions]).toEqual([1, []]);
  expect(tape.fold.handovers).toMatchObject({ parkedUnknown: 3, begunByOrigin: 1, strayForwarded: 0 });
  // The partition's own clocks stand where they were.
  expect([tape.fold.clockMs, tape.fold.waitLeftMs]).toEqual([scriptBaseSec * 1000 + 9_050, 9_950]);
  tape.append(9_100, live.block(live.trade(50, 9, 1, { symbol: far })));
  expect(tape.codes).toEqual(['LATE']);
});

test('B1: an entry of a writer without a map begins its instrument, behind what was parked', () => {
  const tape = movingTape();
  const [live, old] = [mapped(), mapped(0, 2)];
  tape.append(100, live.block(live.trade(10, 1, 1, { symbol: far }), live.trade(20, 2, 1, { symbol: far })));
  tape.append(200, old.block(old.trade(30, 3, 1, { symbol: far })));
  tape.append(2_000, timeOnly);
  expect(tape.values(0)).toEqual([1, 3, 1, 3, 3]);
  expect(tape.segments.map(({ firstNumber, ticks }) => [firstNumber, ticks.length])).toEqual([
    [1, 2],
    [3, 1],
  ]);
  expect(tape.fold.handovers).toMatchObject({ parkedUnknown: 1, begunByEntry: 1 });
});

test.each([
  ['a Void', (live: ScriptedPublisher) => live.void(live.skip(far), far), { voided: 1 }],
  ['a Progress', (live: ScriptedPublisher) => live.progress(500, 0, far), { repeats: 0 }],
])('B1: so does %s', (_name, entry, counters) => {
  const tape = movingTape();
  tape.append(100, entry(mapped(0)));
  expect(tape.fold.counters).toMatchObject(counters);
  expect([tape.fold.parked.count, tape.fold.handovers.begunByEntry]).toEqual([0, 1]);
});

test('each group of a block goes its own way, and all groups of one instrument go together', () => {
  const tape = movingTape();
  const live = mapped();
  const trade = (ms: number, symbol: string, price: number): ReturnType<typeof live.trade> =>
    live.trade(ms, price, 1, { symbol });
  const first = [trade(10, near, 1), trade(20, far, 2), trade(30, near2, 3)];
  const missing = live.skip(far);
  // It does not follow on the group before, so it is a group of its own.
  tape.append(100, live.block(...first, trade(40, far, 4)));
  expect([tape.fold.counters.applied, tape.fold.parked.count]).toEqual([2, 1]);
  tape.append(200, live.block(trade(50, near, 5)), origin(far, here));
  expect(tape.fold.counters).toMatchObject({ applied: 4, repeats: 0 });
  tape.append(300, live.block(live.trade(35, 7, 1, { symbol: far, ...missing })));
  expect(tape.fold.counters).toMatchObject({ applied: 6, repeats: 0 });
});

test('an instrument that begins with one group of a block has the others counted once', () => {
  const tape = movingTape();
  const old = mapped(0);
  const first = old.trade(10, 1, 1, { symbol: far });
  const other = old.trade(15, 9, 1, { symbol: near });
  const missing = old.skip(far);
  tape.append(100, old.block(first, other, old.trade(20, 2, 1, { symbol: far })));
  tape.append(200, old.block(old.trade(12, 3, 1, { symbol: far, ...missing })));
  expect(tape.fold.counters).toMatchObject({ applied: 4, repeats: 0, quarantined: 0 });
});

test('a bar of parked trades is rebuilt from the block that they came in', () => {
  const tape = movingTape({ intervals: ['1s', '1m'] });
  const live = mapped();
  const at = { symbol: far };
  // The first group puts the others at places of their own in the block.
  tape.append(
    100,
    live.block(live.trade(5, 50, 1, { symbol: near }), live.trade(10, 1, 1, at), live.trade(20, 9, 1, at)),
  );
  tape.append(150, live.block(live.trade(30, 5, 1, at)));
  tape.append(200, origin(far, here));
  tape.restart();
  // Cancels the highest trade, so that the bar cannot be mended from its sums.
  tape.append(300, live.block(live.cancel(40, 3, at)));
  tape.append(2_000, timeOnly);
  const bars = tape.bars.filter(({ symbol, interval }) => symbol === far && interval === '1s');
  expect(bars.map(({ open, high, low, close, trades }) => [open, high, low, close, trades])).toEqual([[1, 5, 1, 5, 2]]);
});

test('what was not applied of a parked block stays out of a rebuild', () => {
  const tape = movingTape();
  const live = mapped();
  const at = { symbol: far };
  const [one, two, three] = [live.trade(10, 1, 1, at), live.trade(20, 9, 1, at), live.trade(30, 5, 1, at)] as const;
  tape.append(100, live.block(live.trade(5, 50, 1, { symbol: near }), one, two));
  tape.append(150, live.block(live.trade(6, 50, 1, { symbol: near }), two, three));
  tape.append(200, origin(far, here));
  tape.restart();
  tape.append(300, live.block(live.cancel(40, one.sequence, at)));
  tape.append(2_000, timeOnly);
  expect(tape.fold.counters).toMatchObject({ applied: 6, repeats: 1 });
  const bar = tape.bars.find(({ symbol }) => symbol === far);
  expect([bar?.open, bar?.low, bar?.trades]).toEqual([9, 5, 2]);
});

test('A4: after 10 s of the waiting clock an entry goes home, with its identity and its first append time', () => {
  const tape = movingTape();
  const live = mapped();
  const replay = new ScriptedPublisher('replay', 2);
  replay.mapEpoch = 3;
  const at = { symbol: far };
  tape.append(0, timeOnly);
  expect(tape.fold.waitLeftMs).toBeUndefined();
  tape.append(100, live.block(live.trade(10, 1, 1, at), live.trade(20, 2, 1, at)), live.void(live.skip(far), far));
  tape.append(700, replay.block(replay.trade(30, 3, 1, at)), replay.progress(900, 1, far), replay.end());
  expect([tape.fold.waitLeftMs, tape.fold.parked.count]).toEqual([9_400, 5]);
  tape.pass(10_099);
  expect(tape.emissions).toEqual([]);
  tape.append(10_100, timeOnly);
  const offset = tape.records.length - 1;
  const common = { offset, to: home, epoch: 0, symbol: far };
  expect(sentForwards(tape.emissions)).toEqual([{ ...common, firstMs: 100, entries: ['tick 1', 'tick 2', 'void 3'] }]);
  tape.append(10_700, timeOnly);
  expect(sentForwards(tape.emissions.slice(1))).toEqual([
    { ...common, offset: offset + 1, firstMs: 700, entries: ['tick 1', 'progress 1', 'end 1'] },
  ]);
  expect([tape.fold.parked.count, tape.fold.waitLeftMs]).toEqual([0, undefined]);
  expect(tape.fold.handovers.sentHomeForAge).toBe(5);
  // A step that has them has them once.
  expect(tape.fold.step(tape.records).emissions).toEqual([]);
});

test('A4: an outage counts 2 s at most, so nothing leaves because of one (K3)', () => {
  const tape = movingTape();
  const live = mapped();
  tape.append(0, live.block(live.trade(10, 1, 1, { symbol: far })));
  tape.append(3_600_000, timeOnly);
  expect([tape.emissions, tape.fold.waitLeftMs]).toEqual([[], 8_000]);
});

/** A block of more than 512 KiB: prices and sizes of eight bytes each. */
function bulky(live: ScriptedPublisher, symbol: string): ReturnType<ScriptedPublisher['block']> {
  const rows = Array.from({ length: 40_000 }, (_, place) =>
    live.trade(10, (2 ** 51 - place * 7) * (place % 2 === 0 ? 1 : -1), 2 ** 50 - place, { symbol }),
  );
  return live.block(...rows);
}

test('A4: what has no room in 8 MiB goes home at once, and what is there stays', () => {
  const tape = movingTape();
  const live = mapped();
  const block = bulky(live, far);
  const fitting = Math.floor(8_388_608 / block.bytes.length);
  tape.append(0, ...Array.from({ length: fitting }, () => block));
  expect([tape.fold.parked.count, tape.emissions]).toEqual([fitting, []]);
  tape.append(1, block, block, live.void(live.skip(far), far));
  expect(sentForwards(tape.emissions).map(({ to, epoch, entries }) => [to, epoch, entries.length])).toEqual([
    [home, 0, 40_000],
    [home, 0, 40_000],
  ]);
  expect([tape.fold.parked.count, tape.fold.handovers.sentHomeForRoom]).toEqual([fitting + 1, 2]);
  // Each of the large ones has a record to itself.
  const [emission] = tape.emissions;
  expect(emission?.records().map(({ length }) => Math.floor(length / block.bytes.length))).toEqual([1, 1]);
});

test('A2, A3: its home sends a pinned instrument’s strays to where it began; entries by a map wait first', () => {
  const tape = movingTape();
  const [live, old] = [mapped(), mapped(0, 2)];
  const at = { symbol: near };
  tape.append(0, origin(near, pinnedTo));
  tape.append(100, old.block(old.trade(10, 1, 1, at), old.trade(20, 2, 1, { symbol: near2 })));
  expect(sentForwards(tape.emissions)).toEqual([
    { offset: 1, to: pinnedTo, epoch: 0, symbol: near, firstMs: 100, entries: ['tick 1'] },
  ]);
  expect(tape.fold.counters).toMatchObject({ applied: 1, quarantined: 0 });
  tape.append(200, live.block(live.trade(30, 3, 1, at)));
  expect([tape.fold.parked.count, tape.emissions.length]).toEqual([1, 1]);
  tape.pass(10_200);
  expect(sentForwards(tape.emissions.slice(1))).toMatchObject([{ to: pinnedTo, epoch: 0, entries: ['tick 1'] }]);
  expect(tape.fold.handovers).toMatchObject({
    originElsewhere: 1,
    strayForwarded: 1,
    parkedAway: 1,
    sentOnForAge: 1,
    sentHomeForAge: 0,
  });
  // What another partition sends here by the hash goes on as well.
  tape.append(10_300, forward(near, 0, 50, live.block(live.trade(40, 4, 1, at)), live.void(live.skip(near), near)));
  expect(sentForwards(tape.emissions.slice(2))).toMatchObject([
    { to: pinnedTo, epoch: 0, firstMs: 50, entries: ['tick 2', 'void 3'] },
  ]);
});

test('B1: an Origin elsewhere of an instrument that something was applied of is told, and changes nothing', () => {
  const tape = movingTape();
  const live = mapped();
  tape.append(0, live.block(live.trade(10, 1, 1, { symbol: near })));
  tape.append(100, origin(near, pinnedTo), origin(near, here));
  expect(tape.notices).toEqual([
    expect.objectContaining({ code: 'PLACEMENT_CONTRADICTED', symbol: near, offset: 1, sequence: 0 }),
  ]);
  tape.append(200, live.block(live.trade(20, 2, 1, { symbol: near })));
  expect(tape.fold.counters).toMatchObject({ applied: 2, quarantined: 0 });
  expect(tape.fold.handovers).toMatchObject({ contradicted: 1, originRepeated: 1, originElsewhere: 0 });
});

test('what was sent on counts where it comes home, as if it had stood there', () => {
  const [sender, receiver] = [movingTape(), movingTape({ partition: home })];
  const live = mapped();
  const at = { symbol: far };
  const replay = new ScriptedPublisher('replay', 2);
  replay.mapEpoch = 3;
  sender.append(100, live.block(live.trade(10, 1, 1, at), live.trade(20, 2, 1, { symbol: near })));
  sender.append(200, live.block(live.trade(30, 3, 1, at)), live.void(live.skip(far), far));
  sender.append(300, replay.block(replay.trade(700, 8, 1, at)), replay.end());
  sender.pass(11_000);
  // One record sends all of it, and each keeps its own first append time.
  expect(sentForwards(sender.emissions).map(({ firstMs, entries }) => [firstMs, ...entries])).toEqual([
    [100, 'tick 1'],
    [200, 'tick 3', 'void 4'],
    [300, 'tick 1', 'end 1'],
  ]);
  expect(sender.emissions).toHaveLength(1);
  for (const { to, records } of sender.emissions) {
    expect(to).toBe(home);
    for (const bytes of records()) receiver.appendBytes(11_000, bytes);
  }
  expect(receiver.fold.counters).toMatchObject({ applied: 3, voided: 1, repeats: 0, quarantined: 0 });
  expect(receiver.values(0)).toEqual([1, 8, 1, 8, 3]);
  // Repeats of an emission are repeats of its ticks.
  for (const { records } of sender.emissions) for (const bytes of records()) receiver.appendBytes(11_100, bytes);
  expect(receiver.fold.counters).toMatchObject({ applied: 3, voided: 1, repeats: 4 });
  expect(sender.fold.counters.applied).toBe(1);
});

test('E2: what was sent on is as old as its first record', () => {
  const tape = movingTape({ horizonMs: 20 * dayMs });
  const live = new ScriptedPublisher('live');
  const at = { symbol: near };
  const expiredMs = 8 * dayMs;
  tape.append(expiredMs + 1_000, forward(near, 0, expiredMs - 1, live.block(live.trade(10, 1, 1, at))));
  expect([tape.fold.counters.applied, tape.codes]).toEqual([1, []]);
  tape.append(expiredMs + 1_000, forward(near, 0, expiredMs, live.block(live.trade(20, 2, 1, at))));
  tape.append(expiredMs + 1_000, forward(near, 0, expiredMs, live.void(live.skip(near), near)));
  expect(tape.codes).toEqual(['PUBLISHER_EXPIRED', 'PUBLISHER_EXPIRED']);
  expect(tape.fold.counters).toMatchObject({ applied: 1, quarantined: 2 });
  // A parked entry keeps its age, however late it is applied.
  const parked = movingTape();
  parked.append(expiredMs - 1, mappedBlock(live, far));
  parked.append(expiredMs + 500, origin(far, here));
  expect(parked.fold.counters).toMatchObject({ applied: 1, quarantined: 0 });
});

function mappedBlock(live: ScriptedPublisher, symbol: string): LogEntryToWrite {
  live.mapEpoch = 3;
  return live.block(live.trade(10, 1, 1, { symbol }));
}

test('E3: what was sent on after its publisher was forgotten here is told and never counts', () => {
  const retentionMs = 3_600_000;
  const forgottenMs = 8 * dayMs + 2 * retentionMs;
  const tape = movingTape({ retentionMs, horizonMs: 20 * dayMs });
  const live = new ScriptedPublisher('live', 1, { issueDay: scriptDay });
  const at = { symbol: near };
  const first = live.block(live.trade(10, 1, 1, at));
  const second = live.block(live.trade(20, 2, 1, at), live.trade(21, 2, 1, at));
  tape.append(forgottenMs - 1, forward(near, 0, 100, first));
  tape.append(forgottenMs, forward(near, 0, 100, second, live.void(live.skip(near), near)));
  expect(tape.codes).toEqual(['PUBLISHER_EXPIRED', 'PUBLISHER_EXPIRED']);
  expect(tape.fold.counters).toMatchObject({ applied: 1, quarantined: 3, repeats: 0, voided: 0 });
  // Neither is it found again by a rebuild after a restart.
  tape.restart();
  const cancel = new ScriptedPublisher('live', 2, { issueDay: scriptDay + 8 });
  tape.append(forgottenMs + 1, cancel.block(cancel.trade(30, 5, 1, at)));
  expect(tape.fold.counters.applied).toBe(2);
});

test('a Forward that is no valid one is told, and takes no other entry with it', () => {
  const tape = movingTape();
  const live = mapped();
  const bad = forward(near, 0, 100, live.block(live.trade(10, 1, 1, { symbol: near2 })));
  tape.append(100, bad, live.block(live.trade(20, 2, 1, { symbol: near })));
  expect(tape.codes).toEqual(['RECORD_MALFORMED']);
  expect(tape.fold.counters).toMatchObject({ applied: 1, quarantined: 1 });
});

test('a number of base partitions that is none is refused', () => {
  const { config } = movingTape();
  expect(() => PartitionFold.start({ ...config, basePartitions: 0 })).toThrow(/0 is no number of partitions/);
});
