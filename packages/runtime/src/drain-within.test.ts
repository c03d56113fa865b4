/** The way down: in order, past failures, and never longer than its time. */
import { expect, test } from 'vitest';
import { type DrainStep, drainWithin } from './drain-within.ts';
import { silentLogger } from './logger.ts';
import { ManualClock } from './manual-clock.ts';

test('steps run one after the other, and a failed one does not keep the next from running', async () => {
  const clock = new ManualClock();
  const order: string[] = [];
  const steps: DrainStep[] = [
    { name: 'intake', run: () => void order.push('intake') },
    {
      name: 'drain',
      run: async () => {
        await clock.sleep(50);
        order.push('drain');
        throw new Error('no');
      },
    },
    { name: 'close', run: async () => void order.push('close') },
  ];
  const draining = drainWithin({ graceMs: 1_000, steps, clock, log: silentLogger });
  await clock.advance(50);
  expect(await draining).toEqual({ failed: ['drain'], unfinished: [] });
  expect(order).toEqual(['intake', 'drain', 'close']);
  expect(clock.sleeping).toBe(0);
});

test('when the time is over what hangs is named, and what comes after it does not start', async () => {
  const clock = new ManualClock();
  let release = (): void => undefined;
  let isClosed = false;
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  const steps: DrainStep[] = [
    { name: 'intake', run: () => undefined },
    { name: 'drain', run: () => hanging },
    {
      name: 'close',
      run: () => {
        isClosed = true;
      },
    },
  ];
  const draining = drainWithin({ graceMs: 500, steps, clock, log: silentLogger });
  await clock.advance(500);
  expect(await draining).toEqual({ failed: [], unfinished: ['drain', 'close'] });
  release();
  await clock.advance(1);
  expect(isClosed).toBe(false);
});
