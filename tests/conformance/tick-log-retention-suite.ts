/**
 * What every log must do when records leave it. In: a way to make a log that is new. Out: tests of the seam `TickLog`.
 * Law 1: who asks for what has left is told, and a partition never counts anew.
 */
import type { OffsetRange } from '@tapeline/domain';
import { expect, test, vi } from 'vitest';
import { numbered, readTo, refused, type StartLog, suiteRetentionMs } from './log-under-test.ts';

/** Retention works beside the test. */
const patience = { timeout: 15_000, interval: 5 };
const quarter = suiteRetentionMs / 4;

/** Tests of a log whose time can pass: records leave by age. */
export function aging(start: StartLog): void {
  test('records leave when they are old, and a reader of what has left is told', async () => {
    const { log, age } = await start();
    if (age === undefined) throw new TypeError('a log that ages has to bring `age`');
    const behind = log.open('bars', 0, 0);
    await log.append('bars', 0, Uint8Array.of(1));
    await age(suiteRetentionMs - quarter);
    await log.append('bars', 0, Uint8Array.of(2));
    await age(2 * quarter);
    await vi.waitFor(
      async () => expect(await log.range('bars', 0)).toEqual({ firstOffset: 1, endOffset: 2 }),
      patience,
    );
    await refused('OFFSET_BELOW_RETENTION', async () => log.open('bars', 0, 0).next());
    await refused('OFFSET_BELOW_RETENTION', async () => behind.next());
    expect((await readTo(log, 'bars', 0, 1, 2)).map(({ bytes }) => bytes[0])).toEqual([2]);
  });

  test('a partition that has lost all of its records goes on counting, also after a restart', async () => {
    const { log, age, reopen } = await start();
    if (age === undefined) throw new TypeError('a log that ages has to bring `age`');
    const { appendTimeMs } = await log.append('tape', 0, Uint8Array.of(1));
    await log.append('tape', 0, Uint8Array.of(2));
    await age(suiteRetentionMs + quarter);
    await vi.waitFor(
      async () => expect(await log.range('tape', 0)).toEqual({ firstOffset: 2, endOffset: 2 }),
      patience,
    );
    const again = await reopen();
    expect(await again.range('tape', 0)).toEqual({ firstOffset: 2, endOffset: 2 });
    const next = await again.append('tape', 0, Uint8Array.of(3));
    expect(next.offset).toBe(2);
    expect(next.appendTimeMs).toBeGreaterThan(appendTimeMs);
  });

  test('what is pinned stays whatever its age', async () => {
    const { log, age } = await start();
    if (age === undefined || log.pin === undefined) throw new TypeError('a log that ages has to bring `age` and `pin`');
    for (const bytes of numbered(6)) await log.append('ticks', 0, bytes);
    log.pin('ticks', 0, 4);
    await age(suiteRetentionMs * 2);
    const kept: OffsetRange = { firstOffset: 4, endOffset: 6 };
    await vi.waitFor(async () => expect(await log.range('ticks', 0)).toEqual(kept), patience);
    await age(suiteRetentionMs);
    expect(await log.range('ticks', 0)).toEqual(kept);
    expect((await readTo(log, 'ticks', 0, 4, 6)).map(({ offset }) => offset)).toEqual([4, 5]);
  });
}

/** Tests of a log whose records can be made to leave by offset. */
export function removal(start: StartLog): void {
  test('a reader of records that have left is told, and one behind them goes on', async () => {
    const { log, removeBelow } = await start();
    for (const bytes of numbered(3)) await log.append('bars', 0, bytes);
    await removeBelow?.('bars', 0, 2);
    await vi.waitFor(
      async () => expect(await log.range('bars', 0)).toEqual({ firstOffset: 2, endOffset: 3 }),
      patience,
    );
    await refused('OFFSET_BELOW_RETENTION', async () => log.open('bars', 0, 0).next());
    await refused('OFFSET_BELOW_RETENTION', async () => log.open('bars', 0, 1).next());
    expect((await readTo(log, 'bars', 0, 2, 3)).map(({ offset }) => offset)).toEqual([2]);
  });

  test('a partition whose records have all left goes on counting, also after a restart', async () => {
    const { log, removeBelow, reopen } = await start();
    for (const bytes of numbered(2)) await log.append('tape', 0, bytes);
    await removeBelow?.('tape', 0, 2);
    await vi.waitFor(
      async () => expect(await log.range('tape', 0)).toEqual({ firstOffset: 2, endOffset: 2 }),
      patience,
    );
    const again = await reopen();
    expect(await again.range('tape', 0)).toEqual({ firstOffset: 2, endOffset: 2 });
    expect((await again.append('tape', 0, Uint8Array.of(3))).offset).toBe(2);
  });
}
