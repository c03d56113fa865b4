/** A listener's defect does no harm to a worker, and is told. */
import type { Logger } from '@tapeline/runtime';
import { silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { SharedFormingBars } from './shared-forming-bars.ts';

test('a listener that fails is told of in the log', () => {
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message) => errors.push(message) };
  const forming = new SharedFormingBars(logger);
  forming.subscribe(() => {
    throw new Error('a defect');
  });
  forming.publish([]);
  forming.publish([]);
  expect(errors).toEqual(['a listener to forming bars failed and hears no more']);
});
