/** A worker is as well as its worst partition, and says which one that is. */
import { createHealth } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { WorkerHealth } from './worker-health.ts';

test('ready once all partitions run; the worst decides and is named', () => {
  const health = createHealth();
  const worker = new WorkerHealth(health);
  const now = (): string => {
    const [part] = health.report().parts;
    return `${part?.state}: ${part?.detail}`;
  };
  expect(now()).toBe('ready: 0 partitions are counted');
  worker.set(0, 'recovering', 'was gained');
  worker.set(1, 'recovering', 'was gained');
  expect(now()).toBe('starting: partition 0: was gained');
  worker.set(0, 'running', '');
  expect(now()).toBe('starting: partition 1: was gained');
  worker.set(1, 'running', '');
  expect(now()).toBe('ready: 2 partitions are counted');
  worker.set(1, 'held-back', 'writing bars waits');
  expect(now()).toBe('failed: partition 1: writing bars waits');
  worker.set(0, 'failed', 'cannot go on');
  expect(now()).toBe('failed: partition 0: cannot go on');
  worker.set(0, 'stopped', 'was stopped');
  worker.set(1, 'running', '');
  expect(now()).toBe('failed: partition 0: was stopped');
  worker.lost(0);
  expect(now()).toBe('ready: 1 partitions are counted');
  worker.failed('nobody can say what is owned');
  worker.set(1, 'running', '');
  expect(now()).toBe('failed: nobody can say what is owned');
});
