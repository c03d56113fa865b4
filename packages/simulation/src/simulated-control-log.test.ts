/** The simulated control log fails as a real one may: lost, landed without an answer, late; by hand or by chance, and replayable. */
import type { ControlLogRecord } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { Random } from './random.ts';
import { ControlFaultSource, SimulatedControlLog } from './simulated-control-log.ts';
import { VirtualClock } from './virtual-clock.ts';

function logOf(faults?: ControlFaultSource): SimulatedControlLog {
  return new SimulatedControlLog({ clock: new VirtualClock(1_000), ...(faults === undefined ? {} : { faults }) });
}

async function outcomeOf(append: Promise<unknown>): Promise<string> {
  return append.then(
    () => 'done',
    (error: unknown) => (error as { code: string }).code,
  );
}

function keysOf(records: readonly ControlLogRecord[]): string[] {
  return records.map(({ key }) => key);
}

test.each([
  ['lost', []],
  ['lost-reply', ['a']],
  ['late', []],
  ['down', []],
] as const)('an append whose fate is %s is unavailable, and %j landed by then', async (fate, landed) => {
  const log = logOf();
  log.faults.break(fate);
  expect(await outcomeOf(log.append('a', Uint8Array.of(1)))).toBe('LOG_UNAVAILABLE');
  expect(keysOf(log.records)).toEqual(landed);
  log.faults.break(undefined);
  expect(await log.endOffset()).toBe(landed.length);
});

test('a log that is down shows nothing, and goes on when it is mended', async () => {
  const log = logOf();
  const reader = log.open();
  log.faults.break('down');
  expect(await outcomeOf(log.endOffset())).toBe('LOG_UNAVAILABLE');
  expect(await outcomeOf(reader.next())).toBe('LOG_UNAVAILABLE');
  log.faults.break(undefined);
  await log.append('a', Uint8Array.of(1));
  expect(keysOf((await reader.next()) ?? [])).toEqual(['a']);
});

test('what is late lands behind what another process wrote meanwhile, also when its own has ended', async () => {
  const deposed = logOf();
  const next = deposed.beside();
  deposed.faults.break('late');
  await outcomeOf(deposed.append('map/1/2', Uint8Array.of(1)));
  await deposed.close();
  await next.append('claim/2', Uint8Array.of(2));
  expect(keysOf(next.records)).toEqual(['claim/2']);
  expect(next.underWay).toBe(1);
  next.landLate();
  expect(keysOf(next.records)).toEqual(['claim/2', 'map/1/2']);
});

test('what a client gave up never lands behind its own next record', async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 300; seed += 1) {
    const random = new Random(seed);
    const log = logOf(new ControlFaultSource(random, { lost: 0.1, lostReply: 0.1, late: 0.4 }));
    const other = log.beside(new ControlFaultSource(random.fork()));
    for (let turn = 0; turn < 12; turn += 1) {
      const outcome = await outcomeOf(log.append('own', Uint8Array.of(turn)));
      if (random.chance(0.5)) await outcomeOf(other.append('other', Uint8Array.of(turn)));
      const landed = log.records.filter(({ key }) => key === 'own').map(({ bytes }) => bytes?.[0] ?? -1);
      expect(landed).toEqual([...new Set(landed)].sort((left, right) => left - right));
      outcomes.add(`${outcome} ${landed.includes(turn)}`);
    }
  }
  expect([...outcomes].sort()).toEqual(['LOG_UNAVAILABLE false', 'LOG_UNAVAILABLE true', 'done true']);
});

test('the same seed brings the same faults, and another brings others', async () => {
  const run = async (seed: number): Promise<string> => {
    const log = logOf(new ControlFaultSource(new Random(seed), { lost: 0.2, lostReply: 0.2, late: 0.2 }));
    const outcomes: string[] = [];
    for (let turn = 0; turn < 50; turn += 1) outcomes.push(await outcomeOf(log.append('k', Uint8Array.of(turn))));
    return JSON.stringify([outcomes, log.records.map(({ bytes }) => bytes?.[0])]);
  };
  expect(await run(4)).toBe(await run(4));
  expect(await run(4)).not.toBe(await run(5));
});

test('compaction takes what is old enough, and tombstones only where it is told to', async () => {
  const clock = new VirtualClock(1_000);
  const log = new SimulatedControlLog({ clock });
  await log.append('a', Uint8Array.of(1));
  await log.append('b', undefined);
  clock.advanceBy(1_000);
  await log.append('a', Uint8Array.of(2));
  await log.append('a', Uint8Array.of(3));
  expect(log.compact({ beforeMs: 2_000, tombstones: false })).toBe(1);
  expect(log.records.map(({ offset }) => offset)).toEqual([1, 2, 3]);
  expect(log.compact()).toBe(2);
  expect(log.records.map(({ offset }) => offset)).toEqual([3]);
  await log.append('a', undefined);
  expect(log.compact()).toBe(1);
  expect(log.records.map(({ offset, bytes }) => [offset, bytes])).toEqual([[4, undefined]]);
});
