/** Forming bars between workers and readers: who wants what, for how long, and how long a read waits. */
import type { Bar, FormingBars } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { exampleBar } from '../../test-kit/example-bar.ts';
import { FormingRelay } from './forming-relay.ts';

const spy = { dataset: 'd', symbol: 'SPY' };

function made(lingeringMax: number = 10): {
  clock: ManualClock;
  relay: FormingRelay;
  wanted: string[];
  publish: (bar: Bar) => void;
} {
  const clock = new ManualClock();
  const wanted: string[] = [];
  const listeners: ((bars: readonly Bar[]) => void)[] = [];
  const forming: FormingBars = {
    publish: () => undefined,
    subscribe: (listener) => {
      listeners.push(listener);
      return () => listeners.splice(0);
    },
    want: (_, symbol) => {
      wanted.push(symbol);
      return () => void wanted.splice(wanted.indexOf(symbol), 1);
    },
    isWanted: (_, symbol) => wanted.includes(symbol),
  };
  const relay = new FormingRelay({ forming, clock, lingerMs: 5_000, lingeringMax });
  return { clock, relay, wanted, publish: (bar) => listeners.forEach((listener) => listener([bar])) };
}

const forming = exampleBar({ state: 'forming' });

test('an instrument is wanted once however many follow it, and no longer than the last of them', () => {
  const { relay, wanted, publish } = made();
  const heard: number[] = [];
  const releases = [relay.follow(spy, () => heard.push(1)), relay.follow(spy, () => heard.push(2))];
  publish(forming);
  publish(exampleBar({ symbol: 'QQQ', state: 'forming' }));
  expect([wanted, heard, relay.known(spy, () => true).length]).toEqual([['SPY'], [1, 2], 1]);
  releases[0]?.();
  publish(forming);
  releases[1]?.();
  expect([wanted, heard, relay.known(spy, () => true)]).toEqual([[], [1, 2, 2], []]);
});

test('who asks first waits for the first publication, or for the end of the wait', async () => {
  const { clock, relay, wanted, publish } = made();
  let answered = false;
  const asking = relay.ask([spy], 50).then(() => (answered = true));
  await clock.advance(20);
  expect(answered).toBe(false);
  publish(forming);
  await asking;
  expect(relay.known(spy, () => true)).toHaveLength(1);
  await relay.ask([spy], 50);
  const never = relay.ask([{ dataset: 'd', symbol: 'QQQ' }], 50);
  await clock.advance(50);
  await never;
  expect(wanted).toEqual(['SPY', 'QQQ']);
  await clock.advance(5_000);
  expect([wanted, clock.sleeping]).toEqual([[], 0]);
});

test('past the bound of those asked for lately an instrument is wanted during the call alone', async () => {
  const { clock, relay, wanted } = made(0);
  const asking = relay.ask([spy], 50);
  expect(wanted).toEqual(['SPY']);
  await clock.advance(50);
  await asking;
  expect(wanted).toEqual([]);
});
