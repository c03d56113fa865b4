/**
 * The coordinator step by step: what it asks for in which order, what it waits for and how long, and what ends its token. Whatever
 * happens between several of them is in move-coordinator.property.test.ts.
 */
import { expect, test } from 'vitest';
import { LedCoordinator } from '../../test-kit/led-coordinator.ts';
import type { CoordinatorEffect } from './coordinator-types.ts';
import { homePartition } from './home.ts';
import type { WantedMove } from './placement-change.ts';

const home = homePartition('d', 'S', 4);
const other = (home + 1) % 4;
const third = (home + 2) % 4;

function move(to: number, symbol = 'S'): WantedMove {
  return { dataset: 'd', symbol, to, standing: 'spread' };
}

function leading(config: ConstructorParameters<typeof LedCoordinator>[0] = {}): LedCoordinator {
  const led = new LedCoordinator(config);
  led.coordinator.lead(7);
  led.run();
  expect(led.coordinator.state).toBe('idle');
  led.news.length = 0;
  led.effects.length = 0;
  return led;
}

function entriesOf(effects: readonly CoordinatorEffect[]): unknown[] {
  return effects.flatMap((effect) => (effect.kind === 'append-entries' ? effect.records : []));
}

test('whoever leads first publishes a map that moves nothing, before anything else, and nobody after it does', () => {
  const led = new LedCoordinator();
  led.coordinator.lead(7);
  led.coordinator.want([move(other)]);
  expect(led.run()).toEqual(['claim', 'map', 'settle', 'map']);
  const maps = led.effects.flatMap((effect) =>
    effect.kind === 'append-control' && effect.record.kind === 'map' ? [effect.record.map] : [],
  );
  expect(maps[0]).toMatchObject({ epoch: 1, partitions: 4, moves: [] });
  const next = new LedCoordinator();
  next.lands({ kind: 'claim', token: 7 });
  for (const map of maps.slice(0, 1)) next.lands({ kind: 'map', token: 7, map });
  next.coordinator.lead(8);
  expect(next.run()).toEqual(['claim']);
});

test('one whose first map is answered by nothing publishes none under its token, and the next one does', () => {
  const led = new LedCoordinator();
  led.coordinator.lead(7);
  const unknown = (effect: CoordinatorEffect) =>
    effect.kind === 'append-control' && effect.record.kind === 'map' ? ({ kind: 'unknown' } as const) : undefined;
  expect(led.run(unknown)).toEqual(['claim', 'map']);
  led.coordinator.lead(8);
  expect(led.run().slice(0, 2)).toEqual(['claim', 'map']);
  expect([led.coordinator.state, led.coordinator.view.placement.epoch]).toEqual(['idle', 1]);
});

test('a move: row settled, map published, writers waited for, Move appended, map without it', () => {
  const led = leading();
  led.coordinator.want([move(other)]);
  expect(led.run()).toEqual(['settle', 'map']);
  expect(led.coordinator.state).toBe('moving');
  expect(led.coordinator.view.placement.lookUp(move(0))).toEqual({ partition: other, epoch: 2 });
  led.nowMs = 249;
  expect(led.run()).toEqual([]);
  led.nowMs = 250;
  expect(led.run()).toEqual(['append-entries', 'map', 'take-out', 'take-out']);
  const entry = { kind: 'move', dataset: 'd', symbol: 'S', epoch: 2, fromEpoch: 0, to: other };
  expect(entriesOf(led.effects)).toEqual([{ partition: home, entries: [entry] }]);
  expect(led.coordinator.view.placement.moves).toEqual([]);
  expect(led.told).toEqual(['settled', 'published', 'writersLate', 'moved', 'unlisted', 'takenOut', 'takenOut']);
  expect(led.coordinator.state).toBe('idle');
});

test('writers that all report the map are not waited for longer; one that is behind is', () => {
  const led = leading();
  const [ahead, behind] = [2, 1].map((mapEpoch) => ({ writer: `w${mapEpoch}`, mapEpoch }));
  led.coordinator.want([move(other)]);
  led.run();
  led.see({ writers: [ahead, behind].flatMap((writer) => writer ?? []) });
  expect(led.run()).toEqual([]);
  led.see({ writers: [ahead, ahead].flatMap((writer) => writer ?? []) });
  expect(led.run().slice(0, 2)).toEqual(['append-entries', 'map']);
  expect(led.told).toContain('writersReported');
});

test('the epoch of the next move names the one before, and home is a place like any other (C0)', () => {
  const led = leading({ writersMsMax: 0 });
  for (const to of [other, home, third]) {
    led.coordinator.want([move(to)]);
    led.run();
  }
  const moves = led.effects.flatMap((effect) =>
    effect.kind === 'append-entries' ? effect.records.flatMap(({ entries }) => entries) : [],
  );
  expect(moves.map((entry) => (entry.kind === 'move' ? [entry.fromEpoch, entry.epoch, entry.to] : entry))).toEqual([
    [0, 2, other],
    [2, 4, home],
    [4, 6, third],
  ]);
  // The row is settled before the first one alone.
  expect(led.effects.filter(({ kind }) => kind === 'settle')).toHaveLength(1);
});

test('an instrument that began at its pin leaves that partition, and its home gets an Origin before (B1)', () => {
  const led = leading({ writersMsMax: 0 });
  led.coordinator.want([move(other)]);
  led.run((effect) => (effect.kind === 'settle' ? { kind: 'settled', held: [third] } : undefined));
  expect(entriesOf(led.effects)).toEqual([
    { partition: home, entries: [{ kind: 'origin', dataset: 'd', symbol: 'S', partition: third }] },
    { partition: third, entries: [expect.objectContaining({ kind: 'move', fromEpoch: 0, to: other })] },
  ]);
});

test('one that began where it is to go does not move', () => {
  const led = leading();
  led.coordinator.want([move(other)]);
  led.run((effect) => (effect.kind === 'settle' ? { kind: 'settled', held: [other] } : undefined));
  expect(led.told).toEqual(['settled', 'refused ALREADY_THERE']);
  expect(led.coordinator.view.placement.epoch).toBe(1);
});

test('a Prepare names the epoch to come, and is waited for until it is reported', () => {
  const led = leading({ prepareMsMax: 30_000 });
  led.coordinator.want([move(other)]);
  expect(led.run()).toEqual(['settle', 'append-entries']);
  expect(led.coordinator.state).toBe('preparing');
  const prepare = { kind: 'prepare', dataset: 'd', symbol: 'S', epoch: 2, to: other };
  expect(entriesOf(led.effects)).toEqual([{ partition: home, entries: [prepare] }]);
  const step = { dataset: 'd', symbol: 'S', epoch: 2, step: 'prepared' as const, logTimeMs: 0 };
  led.see({ reports: [{ partition: home, steps: [{ ...step, epoch: 3 }] }] });
  expect(led.run()).toEqual([]);
  led.see({ reports: [{ partition: home, steps: [step] }] });
  expect(led.run()).toEqual(['map']);
  expect(led.told).toContain('prepared');
});

test('a Prepare that nobody reports is waited for 30 s', () => {
  const led = leading({ prepareMsMax: 30_000 });
  led.coordinator.want([move(other)]);
  led.run();
  led.nowMs = 29_999;
  expect(led.run()).toEqual([]);
  led.nowMs = 30_000;
  expect(led.run()).toEqual(['map']);
  expect(led.told).toContain('preparedLate');
});

test.each([
  ['the partition that it leaves lags', { unfit: new Map([[home, 'lagging' as const]]) }, 'lagging'],
  ['the partition that it leaves is behind', { unfit: new Map([[home, 'behind' as const]]) }, 'behind'],
  ['the one that it goes to is silent', { unfit: new Map([[other, 'silent' as const]]) }, 'silent'],
])('no move begins while %s (C2)', (_, sight, reason) => {
  const led = leading();
  led.see(sight);
  led.coordinator.want([move(other)]);
  expect(led.run()).toEqual([]);
  expect(led.told).toEqual([`refused ${reason}`]);
});

test('a move is not published if its partition became unfit while it was prepared', () => {
  const led = leading({ prepareMsMax: 30_000 });
  led.coordinator.want([move(other)]);
  led.run();
  led.see({ unfit: new Map([[home, 'silent']]) });
  led.nowMs = 30_000;
  expect(led.run()).toEqual([]);
  expect(led.coordinator.view.placement.epoch).toBe(1);
});

test('what is pinned leaves a partition that is behind, and one that is behind takes', () => {
  const led = leading();
  led.see({ unfit: new Map([home, other].map((partition) => [partition, 'behind'] as const)) });
  led.coordinator.want([{ ...move(other), standing: 'pinned' }]);
  led.run();
  expect(led.told).toContain('published');
});

test('what was prepared leaves a partition that fell behind, as it does when the Prepare takes long', () => {
  const led = leading({ prepareMsMax: 30_000 });
  led.coordinator.want([move(other)]);
  led.run();
  led.see({ unfit: new Map([[home, 'behind']]) });
  led.nowMs = 30_000;
  expect(led.run()).toEqual(['map']);
});

test('several moves share a map, and those of one partition a record, up to the bound', () => {
  const led = leading({ batchMovesMax: 2, writersMsMax: 0 });
  const names = Array.from({ length: 40 }, (_, index) => `S${index}`);
  const symbols = names.filter((symbol) => homePartition('d', symbol, 4) === home).slice(0, 3);
  led.coordinator.want(symbols.map((symbol) => move(other, symbol)));
  led.run();
  const published = led.news.flatMap(({ event, moves }) => (event === 'published' ? [moves.length] : []));
  expect([symbols.length, published]).toEqual([3, [2]]);
  expect(entriesOf(led.effects)).toHaveLength(1);
});

test('the same instrument twice, one that is listed, and a partition that is not there are refused', () => {
  const led = leading();
  led.coordinator.want([move(other), move(third)]);
  led.run();
  expect(led.told).toContain('refused MOVED_TWICE');
  led.nowMs = 2_000;
  led.run((effect) => (effect.kind === 'append-entries' ? { kind: 'entries', durable: [] } : undefined));
  led.coordinator.want([move(third), move(4, 'T')]);
  led.run();
  expect(led.told.slice(-2)).toEqual(['refused MOVE_PENDING', 'refused PARTITION_UNKNOWN']);
});

test('a Move that cannot be appended is tried again, and others go on meanwhile', () => {
  const led = leading({ writersMsMax: 0 });
  const away = (effect: CoordinatorEffect) =>
    effect.kind === 'append-entries' && effect.records.some(({ partition }) => partition === home)
      ? ({ kind: 'entries', durable: [] } as const)
      : undefined;
  led.coordinator.want([move(other)]);
  led.run(away);
  expect(led.coordinator.state).toBe('idle');
  const symbol = ['A', 'B', 'C', 'D'].find((name) => homePartition('d', name, 4) !== home) ?? '';
  led.coordinator.want([move(home, symbol)]);
  led.run(away);
  expect(led.coordinator.view.placement.moves.map((listed) => listed.symbol)).toEqual(['S']);
  led.nowMs = 1_000;
  led.run();
  expect(led.coordinator.view.placement.moves).toEqual([]);
});

test('who takes over appends what it finds listed, before anything else (C6)', () => {
  const first = leading();
  first.coordinator.want([move(other)]);
  first.run();
  const { placement } = first.coordinator.view;
  const next = new LedCoordinator();
  next.lands({ kind: 'map', token: 7, map: placement.parts() });
  next.coordinator.lead(8);
  next.coordinator.want([move(third)]);
  expect(next.run().slice(0, 3)).toEqual(['claim', 'append-entries', 'map']);
  expect(next.told.slice(0, 4)).toEqual(['claimed', 'tookOver', 'moved', 'unlisted']);
});

test('a claim that is void, or that is a repeat of another one, leads to nothing (C1)', () => {
  const deposed = new LedCoordinator();
  deposed.coordinator.lead(7);
  deposed.run((effect) => {
    if (effect.kind !== 'append-control') return undefined;
    deposed.lands({ kind: 'claim', token: 8 });
    return { kind: 'appended', offset: deposed.lands(effect.record) };
  });
  expect(deposed.told).toEqual(['ended deposed']);
  const shared = new LedCoordinator();
  shared.lands({ kind: 'claim', token: 7 });
  shared.coordinator.lead(7);
  shared.run();
  expect(shared.told).toEqual(['ended shared']);
  expect(shared.coordinator.state).toBe('follower');
});

test('who leads and reads a record of its token that it did not write stops', () => {
  const led = leading();
  led.lands({ kind: 'claim', token: 7 });
  expect(led.told).toEqual(['ended shared']);
});

test('a record that is passed over in the log was taken out, so its coordinator stops', () => {
  const led = leading();
  led.coordinator.want([move(other)]);
  led.run((effect) => {
    // Compaction took it out before it was read; what comes next is the key of somebody else that was taken out.
    if (effect.kind !== 'append-control') return undefined;
    const { view } = led.coordinator;
    const key = { kind: 'claim', token: 3 } as const;
    led.coordinator.read({ offset: 99, key, isTakenOut: true, record: undefined, outcome: undefined, view }, 0);
    return { kind: 'appended', offset: 98 };
  });
  expect(led.told).toEqual(['settled', 'ended gone']);
});

test.each([
  ['unknown', 'ended unknown'],
  ['failed', 'ended refused'],
] as const)('a record of control is sent once: %s ends the token', (kind, told) => {
  const led = leading();
  led.coordinator.want([move(other)]);
  expect(led.run((effect) => (effect.kind === 'append-control' ? { kind } : undefined))).toEqual(['settle', 'map']);
  expect(led.told).toEqual(['settled', told]);
  expect(led.coordinator.next(0)).toBeUndefined();
});

test('partitions are added when they are wanted, and the map tells of them', () => {
  const led = leading();
  led.coordinator.grow(6);
  expect(led.run()).toEqual(['add-partitions', 'map', 'take-out']);
  expect(led.coordinator.view.placement.partitions).toBe(6);
  expect(led.told).toEqual(['grown', 'partitionsPublished', 'takenOut']);
  led.see({ partitions: 8 });
  led.run();
  expect(led.coordinator.view.placement.partitions).toBe(8);
});

test('partitions that were wanted of a token are not added by the next one', () => {
  const led = leading();
  led.coordinator.grow(6);
  led.coordinator.resign();
  led.coordinator.lead(8);
  expect(led.run()).not.toContain('add-partitions');
  expect(led.told).not.toContain('grown');
});

test.each(['settle', 'append-entries'] as const)(
  'what is prepared is dropped during %s, and told; nothing of it follows',
  (kind) => {
    const led = leading({ prepareMsMax: 30_000 });
    led.coordinator.want([move(other)]);
    const { epoch } = led.coordinator.view.placement;
    led.run((effect) => {
      if (effect.kind === kind) led.coordinator.dropPrepared();
      return undefined;
    });
    led.nowMs = 60_000;
    expect(led.run()).toEqual([]);
    const dropped = led.news.filter(({ event }) => event === 'dropped');
    expect(dropped.map(({ moves }) => moves.map(({ symbol }) => symbol))).toEqual([['S']]);
    expect([led.coordinator.state, led.coordinator.view.placement.epoch]).toEqual(['idle', epoch]);
    led.coordinator.dropPrepared();
    expect(led.news.filter(({ event }) => event === 'dropped')).toHaveLength(1);
  },
);

test('what is wanted and not begun is dropped as well', () => {
  const led = leading();
  led.coordinator.want([move(other)]);
  led.coordinator.dropPrepared();
  expect([led.run(), led.told]).toEqual([[], []]);
});

test('what is on its way into a map, or in one, is brought to its end though nothing is to begin any more', () => {
  const led = leading({ writersMsMax: 0 });
  led.coordinator.want([move(other)]);
  led.run((effect) => {
    if (effect.kind !== 'settle') led.coordinator.dropPrepared();
    return undefined;
  });
  expect(led.told).toEqual(expect.arrayContaining(['published', 'moved', 'unlisted']));
  expect(led.told).not.toContain('dropped');
  expect(led.coordinator.view.placement.lookUp(move(0)).partition).toBe(other);
});

test('an effect of an earlier token changes nothing when it is done', () => {
  const led = leading();
  led.coordinator.want([move(other)]);
  const effect = led.coordinator.next(0);
  led.coordinator.lead(9);
  if (effect !== undefined) led.coordinator.done(effect, { kind: 'settled', held: [undefined] }, 0);
  expect(led.coordinator.state).toBe('claiming');
  expect(led.run()).toEqual(['claim']);
});

test('two that are to have one partition for themselves: one is refused, and nothing breaks', () => {
  const led = leading({ writersMsMax: 0 });
  const dedicated = (symbol: string): WantedMove => ({ dataset: 'd', symbol, to: third, standing: 'dedicated' });
  const symbols = ['S', 'A', 'B', 'C', 'D'].filter((symbol) => homePartition('d', symbol, 4) !== third).slice(0, 2);
  led.coordinator.want(symbols.map(dedicated));
  led.run();
  expect(led.told.some((text) => text === 'refused ONE_DEDICATED_EACH')).toBe(true);
  expect(led.coordinator.view.placement.overrideCount).toBe(1);
});
