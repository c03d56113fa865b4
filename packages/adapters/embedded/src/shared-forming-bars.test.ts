/** Forming bars reach who listens, and neither a listener's defect nor too many of them harm a worker. */
import type { Logger } from '@tapeline/runtime';
import { silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { listenersMax, SharedFormingBars, wantedMax } from './shared-forming-bars.ts';

test('a listener that fails is told of once and hears no more; the others hear on', () => {
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message) => errors.push(message) };
  const forming = new SharedFormingBars(logger);
  let heard = 0;
  forming.subscribe(() => {
    throw new Error('a defect');
  });
  forming.subscribe(() => (heard += 1));
  forming.publish([]);
  forming.publish([]);
  expect(heard).toBe(2);
  expect(errors).toEqual(['a listener to forming bars failed and hears no more']);
});

test('past the bound of listeners the next is refused until one stops', () => {
  const forming = new SharedFormingBars(silentLogger);
  const stops = Array.from({ length: listenersMax }, () => forming.subscribe(() => undefined));
  expect(() => forming.subscribe(() => undefined)).toThrow(new RangeError('10000 listen to forming bars already'));
  stops[0]?.();
  forming.subscribe(() => undefined);
});

test('past the bound of wanted instruments the next is refused, those already wanted are not', () => {
  const forming = new SharedFormingBars(silentLogger);
  for (let number = 0; number < wantedMax; number += 1) forming.want('d', String(number));
  expect(() => forming.want('d', 'one more')).toThrow('forming bars of 1000000 instruments are wanted already');
  forming.want('d', '7')();
  expect(forming.isWanted('d', '7')).toBe(true);
});
