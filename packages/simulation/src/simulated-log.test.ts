/** The simulated log fails as a real one does: refused, unknown, lost answers, held answers; by hand or by chance. */
import type { LogErrorCode } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { Random } from './random.ts';
import { FaultSource } from './simulated-faults.ts';
import { SimulatedLog } from './simulated-log.ts';
import { VirtualClock } from './virtual-clock.ts';

function logOf(faults: FaultSource = new FaultSource(), bytesMax: number = Infinity): SimulatedLog {
  return new SimulatedLog({ clock: new VirtualClock(1_000), partitions: 1, faults, bytesMax });
}

async function outcomeOf(append: Promise<unknown>): Promise<LogErrorCode | 'done'> {
  return append.then(
    () => 'done' as const,
    (error: unknown) => (error as { code: LogErrorCode }).code,
  );
}

test('a record refused for lack of space never landed, and the log goes on when it is mended', async () => {
  const log = logOf();
  log.faults.break('full');
  expect(await outcomeOf(log.append('ticks', 0, Uint8Array.of(1)))).toBe('LOG_FULL');
  expect(await log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 0 });
  log.faults.break(undefined);
  expect(await log.append('ticks', 0, Uint8Array.of(1))).toEqual({ offset: 0, appendTimeMs: 1_000 });
});

test('its disk is full when its bytes are used up', async () => {
  const log = logOf(new FaultSource(), 10);
  expect(await outcomeOf(log.append('ticks', 0, new Uint8Array(10)))).toBe('done');
  expect(await outcomeOf(log.append('ticks', 0, new Uint8Array(1)))).toBe('LOG_FULL');
});

test('an answer that is lost is unavailable, and the record is there', async () => {
  const log = logOf();
  log.faults.break('landed-unknown');
  expect(await outcomeOf(log.append('ticks', 0, Uint8Array.of(7)))).toBe('LOG_UNAVAILABLE');
  expect(await log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 1 });
});

test('a log that is down takes nothing and shows nothing', async () => {
  const log = logOf();
  const reader = log.open('ticks', 0, 0);
  log.faults.break('unavailable');
  expect(await outcomeOf(log.append('ticks', 0, Uint8Array.of(7)))).toBe('LOG_UNAVAILABLE');
  expect(await outcomeOf(log.range('ticks', 0))).toBe('LOG_UNAVAILABLE');
  expect(await outcomeOf(reader.next())).toBe('LOG_UNAVAILABLE');
  log.faults.break(undefined);
  await log.append('ticks', 0, Uint8Array.of(8));
  expect(await reader.next()).toMatchObject([{ offset: 0, bytes: Uint8Array.of(8) }]);
});

test('appends that are held land in their order once they are let go', async () => {
  const log = logOf();
  const release = log.faults.hold();
  const appends = [1, 2, 3].map(async (byte) => log.append('ticks', 0, Uint8Array.of(byte)));
  expect(await log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 0 });
  release();
  expect((await Promise.all(appends)).map(({ offset }) => offset)).toEqual([0, 1, 2]);
});

test('the same seed brings the same faults, and each kind comes', async () => {
  const run = async (seed: number): Promise<readonly string[]> => {
    const log = logOf(new FaultSource(new Random(seed), { full: 0.2, unavailable: 0.2, landedUnknown: 0.2 }));
    const outcomes: string[] = [];
    for (let record = 0; record < 200; record += 1) {
      outcomes.push(await outcomeOf(log.append('ticks', 0, Uint8Array.of(record))));
    }
    const done = outcomes.filter((outcome) => outcome === 'done').length;
    const unknown = outcomes.filter((outcome) => outcome === 'LOG_UNAVAILABLE').length;
    const { endOffset } = await log.range('ticks', 0);
    expect(endOffset).toBeGreaterThan(done);
    expect(endOffset).toBeLessThan(done + unknown);
    return outcomes;
  };
  const first = await run(5);
  expect(new Set(first)).toEqual(new Set(['done', 'LOG_FULL', 'LOG_UNAVAILABLE']));
  expect(await run(5)).toEqual(first);
  expect(await run(6)).not.toEqual(first);
});
