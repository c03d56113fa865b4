/**
 * The coordinator as a process: it takes a token and moves what a pin or the rates ask for, tells each phase, gives way to another one,
 * takes a new token where an append is not known to have landed, and ends within its term.
 */
import { homePartition, placementPolicyDefaults } from '@tapeline/domain';
import { encodePolicy } from '@tapeline/control';
import { afterEach, expect, test } from 'vitest';
import { type Led, LedStream, reportsOverMs } from './led-stream.ts';

const home = homePartition('d', 'S', 2);
const other = 1 - home;
const pinned = { policy: { ...placementPolicyDefaults, pins: [{ dataset: 'd', symbol: 'S', partition: other }] } };

let stream = new LedStream();
afterEach(async () => {
  await stream.end();
  stream = new LedStream();
});

function kinds({ events }: Led): readonly string[] {
  return events.map(({ kind }) => kind);
}

test('a pin is followed: map, Move in the old partition, map without it, and every phase is told', async () => {
  const led = stream.begin(pinned);
  await stream.pass(15_000);
  expect(stream.view().placement.lookUp({ dataset: 'd', symbol: 'S' })).toEqual({ partition: other, epoch: 2 });
  const [move] = stream.moves;
  expect(move).toMatchObject({ kind: 'move', partition: home, symbol: 'S', epoch: 2, fromEpoch: 0, to: other });
  expect(stream.view().placement.moves).toEqual([]);
  expect(led.lead.status()).toMatchObject({ state: 'idle', token: 1, moves: [{ phase: 'moved' }] });
  stream.steps.push({ dataset: 'd', symbol: 'S', epoch: 2, step: 'left', logTimeMs: 0 });
  await stream.pass(1_000);
  stream.steps.push({ dataset: 'd', symbol: 'S', epoch: 2, step: 'arrived', logTimeMs: 0 });
  await stream.pass(1_000);
  expect(kinds(led)).toEqual(['Published', 'Moved', 'HandedOver', 'Arrived']);
  expect(led.lead.status()).toMatchObject({ moves: [], ended: [{ symbol: 'S', epoch: 2 }] });
  expect(stream.moves).toHaveLength(1);
});

test('since when a move is being prepared is told of each anew, also of an instrument whose row was settled before', async () => {
  stream.prepareMsMax = 5_000;
  const led = stream.begin(pinned);
  await stream.pass(20_000);
  expect(stream.view().placement.lookUp({ dataset: 'd', symbol: 'S' }).partition).toBe(other);
  const declaredMs = stream.clock.monotonicMs();
  const pins = [{ dataset: 'd', symbol: 'S', partition: home }];
  led.lead.steer({ mode: 'auto', policy: { ...placementPolicyDefaults, pins } });
  await stream.pass(2_000);
  const status = led.lead.status();
  expect(status).toMatchObject({ state: 'preparing', preparing: [{ symbol: 'S', to: home }] });
  expect(status?.preparingSinceMs).toBeGreaterThanOrEqual(declaredMs);
});

test('the metrics tell epoch, phases and age', async () => {
  const led = stream.begin(pinned);
  await stream.pass(15_000);
  const text = await led.metrics.text();
  expect(text).toMatch(/tapeline_coordinator_map_epoch 3\n/);
  expect(text).toMatch(/tapeline_coordinator_moves\{phase="moved"\} 1\n/);
  expect(text).toMatch(/tapeline_coordinator_leading 1\n/);
  expect(Number(/^tapeline_coordinator_move_age_seconds (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(1);
  expect(text).toMatch(/tapeline_coordinator_skew 1\n/);
});

test('nothing moves to or from partitions that do not report, nor on what was reported before it began', async () => {
  await stream.report();
  const led = stream.begin(pinned);
  await stream.pass(9_000, false);
  expect(stream.view().placement.epoch).toBe(1);
  expect([...(led.lead.status()?.unfit.values() ?? [])]).toEqual(['silent', 'silent']);
  await stream.pass(6_000);
  expect(stream.view().placement.epoch).toBeGreaterThan(1);
  await stream.pass(reportsOverMs, false);
  expect([...(led.lead.status()?.unfit.values() ?? [])]).toEqual(['silent', 'silent']);
});

test.each(['propose', 'off'] as const)('in mode %s nothing moves', async (mode) => {
  const led = stream.begin({ ...pinned, mode });
  await stream.pass(15_000);
  // The first map of a stream, by which writers stamp an epoch.
  expect(stream.view().placement.parts()).toMatchObject({ epoch: 1, partitions: 2, moves: [] });
  expect(led.lead.status()?.planned?.plan?.moves.length).toBe(mode === 'propose' ? 1 : undefined);
  led.lead.steer({ ...pinned, mode: 'auto' });
  await stream.pass(5_000);
  expect(stream.view().placement.epoch).toBe(3);
});

test('what is prepared when the mode is taken back is dropped and told; what is in a map is brought to its end', async () => {
  stream.prepareMsMax = 30_000;
  const led = stream.begin(pinned);
  await stream.pass(5_000);
  expect(led.lead.status()).toMatchObject({ state: 'preparing', preparing: [{ symbol: 'S' }] });
  led.lead.steer({ ...pinned, mode: 'propose' });
  await stream.pass(60_000);
  expect(led.lead.status()).toMatchObject({ state: 'idle', preparing: [] });
  expect(stream.view().placement.overrideCount).toBe(0);
  expect(stream.told.filter((line) => /dropped, by mode propose/.test(line))).toHaveLength(1);
  stream.down.add(home);
  led.lead.steer({ ...pinned, mode: 'auto' });
  await stream.pass(60_000);
  expect(stream.view().placement.moves).toHaveLength(1);
  led.lead.steer({ ...pinned, mode: 'off' });
  stream.down.clear();
  await stream.pass(10_000);
  expect(stream.moves.at(-1)).toMatchObject({ kind: 'move', symbol: 'S', to: other });
  expect(stream.view().placement.moves).toEqual([]);
});

test.each(['lost', 'lost-reply', 'late'] as const)(
  'an append that is %s costs the token, and the next one goes on',
  async (fate) => {
    const led = stream.begin(pinned);
    await stream.pass(2_000, false);
    led.faults.break(fate);
    await stream.pass(8_000);
    led.faults.break(undefined);
    stream.control.landLate();
    await stream.pass(20_000);
    const { placement, token } = stream.view();
    expect(token).toBeGreaterThan(1);
    expect(placement.lookUp({ dataset: 'd', symbol: 'S' }).partition).toBe(other);
    expect(placement.moves).toEqual([]);
    // Each once in force; a repeat is the same Move.
    const texts = new Set(stream.moves.map((move) => JSON.stringify(move)));
    expect(texts.size).toBe(1);
  },
);

test('the higher token leads; the one that was deposed stands back and follows', async () => {
  const first = stream.begin({}, (highest) => (highest < 7 ? 7 : undefined));
  await stream.pass(2_000);
  expect(first.lead.status()?.token).toBe(7);
  const second = stream.begin(pinned, () => 8);
  await stream.pass(12_000);
  expect(first.lead.status()).toMatchObject({ state: 'follower', token: undefined });
  expect(second.lead.status()).toMatchObject({ state: 'idle', token: 8 });
  expect(kinds(first)).toEqual(['Published', 'Moved']);
  await stream.pass(70_000);
  expect(stream.view().token).toBe(8);
});

test('what another one left listed is moved first, whatever the mode', async () => {
  stream.down.add(home);
  const first = stream.begin(pinned, () => 7);
  await stream.pass(10_000);
  expect(stream.view().placement.moves).toHaveLength(1);
  await Promise.all([first.lead.stop(), stream.clock.advance(6_000)]);
  stream.down.clear();
  stream.begin({ mode: 'off' }, () => 8);
  await stream.pass(3_000);
  expect(stream.moves).toMatchObject([{ kind: 'move', partition: home, epoch: 2 }]);
  expect(stream.view().placement.moves).toEqual([]);
});

test('a Move that cannot be appended is tried again, and told as stuck after 30 s', async () => {
  stream.down.add(home);
  const led = stream.begin(pinned);
  await stream.pass(45_000);
  expect(kinds(led)).toEqual(['Published', 'MoveStuck']);
  stream.down.clear();
  await stream.pass(5_000);
  expect(kinds(led)).toEqual(['Published', 'MoveStuck', 'Moved']);
});

test('a hot instrument gets a partition of its own once the meters measured for a half-life', async () => {
  stream.partitions = 4;
  stream.rates.set('S', 40_000).set('T', 10);
  const led = stream.begin();
  await stream.pass(12_000);
  expect(led.lead.status()?.planned).toMatchObject({ measuringMs: 0 });
  expect(stream.view().placement.overrideOf('d', 'S')).toMatchObject({ partition: 3, standing: 'dedicated' });
  expect(stream.view().placement.partitions).toBe(4);
});

test('rates that come under a key of their own, before a report or after it, are those that are planned by', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `S${index}`);
  const [first = '', second = ''] = [0, 1].map((at) => names.find((name) => homePartition('d', name, 2) === at));
  const led = stream.begin({ mode: 'propose' });
  await stream.pass(2_000);
  stream.rates.set(first, 10).set(second, 10);
  await stream.report();
  for (const name of names) stream.rates.set(name, 1_000);
  await stream.reportRates();
  await stream.pass(1_000, false);
  expect(led.lead.status()?.rates.ticksPerSec.size).toBe(40);
  stream.rates.clear();
  stream.rates.set(first, 20).set(second, 30);
  await stream.report();
  await stream.pass(1_000, false);
  // The meters are young, so all rates are told as a bit higher.
  const rateOf = (name: string): number => led.lead.status()?.rates.ticksPerSec.get('d', name) ?? 0;
  expect(rateOf(second) / rateOf(first)).toBeCloseTo(1.5, 5);
  const others = names.filter((name) => name !== first && name !== second);
  for (const name of others) expect(Math.abs(rateOf(name) / rateOf(first) - 50)).toBeLessThan(1.5);
});

test('live instruments are spread to partitions that were added and never had a record', async () => {
  for (let index = 0; index < 16; index += 1) stream.rates.set(`S${index}`, 6_000);
  // No partition is kept free for hot ones.
  const led = stream.begin({ policy: { ...placementPolicyDefaults, dedicatedMax: 0 } });
  await stream.pass(12_000);
  expect(led.lead.status()?.planned?.plan?.moves).toEqual([]);
  const before = stream.view().placement.overrideCount;
  const grown = led.lead.grow(4);
  await stream.pass(30_000);
  await expect(grown).resolves.toBe(4);
  expect(led.lead.status()?.planned).toMatchObject({ measuringMs: 0 });
  const spread: number[] = [];
  stream.view().placement.forEachOverride(({ standing, partition }) => {
    if (standing === 'spread') spread.push(partition);
  });
  expect([before, spread.includes(2), spread.includes(3)]).toEqual([0, true, true]);
});

test.each(['rows', 'count'] as const)(
  'a Move does not wait for %s that hang, and a round waits two seconds',
  async (what) => {
    stream.down.add(home);
    const first = stream.begin(pinned, () => 7);
    await stream.pass(10_000);
    expect(stream.view().placement.moves).toHaveLength(1);
    await Promise.all([first.lead.stop(), stream.clock.advance(6_000)]);
    stream.down.clear();
    stream.hangs = what;
    const second = stream.begin(pinned, () => 8);
    await stream.pass(1_000);
    expect(stream.moves).toMatchObject([{ kind: 'move', partition: home, epoch: 2 }]);
    await stream.pass(3_000);
    expect(stream.view().placement.moves).toEqual([]);
    expect(second.lead.status()).toMatchObject({ state: 'idle', planned: { wanted: [] } });
  },
);

test('no round is planned while a Move waits for writers, so rows that hang do not delay it', async () => {
  const led = stream.begin(pinned);
  for (let tries = 0; tries < 100 && stream.view().placement.moves.length === 0; tries += 1) {
    await stream.pass(100, tries % 10 === 0);
  }
  expect([led.lead.status()?.state, stream.moves]).toEqual(['moving', []]);
  const planned = led.lead.status()?.planned;
  stream.hangs = 'rows';
  const also = { dataset: 'd', symbol: 'T', partition: 0 };
  led.lead.steer({ mode: 'auto', policy: { ...pinned.policy, pins: [...pinned.policy.pins, also] } });
  await stream.pass(1_000, false);
  expect(led.lead.status()?.planned).toBe(planned);
  await stream.pass(1_500, false);
  expect(stream.moves).toHaveLength(1);
});

test('a plan and a map that fail are told once, nobody waits for them, and both are tried again', async () => {
  const led = stream.begin(pinned);
  await stream.pass(1_000);
  stream.toldPartitions = 2.5;
  await stream.pass(11_000, false);
  expect(stream.errors).toHaveLength(2);
  const grown = Promise.allSettled([led.lead.grow(9)]);
  await stream.pass(20_000, false);
  expect(await grown).toMatchObject([{ reason: { message: expect.stringContaining('PARTITIONS_OUT_OF_RANGE') } }]);
  expect([stream.errors.length, led.lost]).toEqual([2, []]);
  stream.toldPartitions = undefined;
  await stream.pass(25_000);
  expect(stream.view().placement.lookUp({ dataset: 'd', symbol: 'S' }).partition).toBe(other);
  expect([stream.errors.length, led.lost]).toEqual([2, []]);
});

test('who waits for partitions hears that the leader ended by a defect, and one who has them waits for nothing', async () => {
  const led = stream.begin();
  await stream.pass(1_000);
  await expect(led.lead.grow(2)).resolves.toBe(2);
  stream.defect = new TypeError('a defect of the log');
  const grown = Promise.allSettled([led.lead.grow(9)]);
  await stream.pass(1_000);
  expect(await grown).toMatchObject([{ status: 'rejected', reason: { message: expect.stringContaining('nothing') } }]);
  expect(led.lost).toEqual([stream.defect]);
});

test('partitions are added when they are wanted; a refusal is told', async () => {
  const led = stream.begin();
  await stream.pass(1_000);
  const grown = led.lead.grow(5);
  await stream.pass(1_000);
  await expect(grown).resolves.toBe(5);
  stream.refusesPartitions = true;
  const refused = Promise.allSettled([led.lead.grow(9)]);
  await stream.pass(1_000);
  expect(await refused).toMatchObject([{ status: 'rejected', reason: { message: 'the log has enough' } }]);
});

test('who follows adds no partitions', async () => {
  const led = stream.begin({}, () => undefined);
  await stream.pass(1_000);
  await expect(led.lead.grow(5)).rejects.toThrow('another process');
});

test('who follows tells how old moves are, though nothing is planned and nothing read', async () => {
  stream.begin(pinned);
  const follows = stream.begin({}, () => undefined);
  await stream.pass(12_000);
  expect(follows.lead.status()).toMatchObject({ planned: undefined, moves: [{ phase: 'moved' }] });
  const ageOf = (text: string): number => Number(/^tapeline_coordinator_move_age_seconds (\S+)$/m.exec(text)?.[1]);
  const before = ageOf(await follows.metrics.text());
  await stream.pass(12_000, false);
  expect(ageOf(await follows.metrics.text())).toBeGreaterThanOrEqual(before + 5);
});

test('order that was not kept is told, of each partition and only what is new', async () => {
  const led = stream.begin(pinned);
  await stream.pass(12_000);
  stream.facts = { orderViolations: 2 };
  await stream.pass(2_000);
  expect(led.events.filter(({ kind }) => kind === 'OrderViolated')).toHaveLength(2);
  expect(led.events.find(({ kind }) => kind === 'OrderViolated')?.message).toContain('counted 2 violations');
});

test('pins that are kept in control are heard, the last record of them', async () => {
  const { key, bytes } = encodePolicy(pinned.policy.pins);
  await stream.control.append(key, bytes);
  const led = stream.begin();
  await stream.pass(1_000);
  expect(led.kept).toEqual([pinned.policy.pins]);
  await stream.control.append(key, undefined);
  await stream.control.append(key, Uint8Array.of(255));
  await stream.pass(1_000);
  expect(led.kept).toEqual([pinned.policy.pins, []]);
});

test('a dry run goes by another policy and other partitions, and changes nothing', async () => {
  stream.rates.set('S', 400).set('T', 10);
  const led = stream.begin();
  await stream.pass(12_000);
  expect((await led.lead.dryRun(placementPolicyDefaults, 4)).moves).toEqual([]);
  const plan = await led.lead.dryRun({ ...placementPolicyDefaults, targetTicksPerSec: 500 }, 4);
  expect(plan.moves.map(({ symbol, reason, to }) => [symbol, reason, to])).toEqual([['S', 'hot', 3]]);
  expect(stream.view().placement.overrideCount).toBe(0);
});

test('a stop waits no longer than five seconds for what is under way', async () => {
  stream.down.add(home);
  const led = stream.begin(pinned);
  await stream.pass(7_000);
  const stopped = led.lead.stop();
  await stream.clock.advance(5_000);
  await stopped;
  expect(led.lead.status()?.token).toBeUndefined();
  expect(led.lost).toEqual([]);
});
