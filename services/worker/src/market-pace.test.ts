/** What counts as a market that moves, who hears of it, and when it is at rest. */
import { encodeLogRecord, type LogRecordInput } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { MarketPace } from './market-pace.ts';

function record(appendTimeMs: number, isTime = false): LogRecordInput {
  const bytes = isTime ? encodeLogRecord([{ kind: 'time' }]) : Uint8Array.of(1, 2, 3);
  return { offset: 0, appendTimeMs, bytes };
}

test('the newest append time of publishers counts, for so long and no longer, and Time records never', async () => {
  const clock = new ManualClock(0);
  const pace = new MarketPace(clock, 5_000);
  expect(pace.newestMs).toBeUndefined();
  pace.note([record(70_000), record(60_000), record(90_000, true)]);
  expect(pace.newestMs).toBe(70_000);
  await clock.advance(5_000);
  expect(pace.newestMs).toBe(70_000);
  pace.note([record(95_000, true)]);
  await clock.advance(1);
  expect(pace.newestMs).toBeUndefined();
});

test('listeners are called four times a second at most', () => {
  const pace = new MarketPace(new ManualClock(0), 5_000);
  let calls = 0;
  pace.listen(() => (calls += 1));
  for (let ms = 1_000; ms < 2_000; ms += 10) pace.note([record(ms)]);
  expect(calls).toBe(4);
});
