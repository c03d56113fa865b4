/** When a process is ready, who hears of a change, and the bounds. */
import { expect, test } from 'vitest';
import { createHealth, healthPartsMax, type HealthReport } from './health.ts';

test('ready means that there are parts and all are ready', () => {
  const health = createHealth();
  expect(health.report()).toEqual({ ready: false, parts: [] });
  health.set('log', 'ready', 'open');
  health.set('worker', 'starting', 'replaying');
  expect(health.report().ready).toBe(false);
  health.set('worker', 'ready', 'caught up');
  expect(health.report()).toEqual({
    ready: true,
    parts: [
      { part: 'log', state: 'ready', detail: 'open' },
      { part: 'worker', state: 'ready', detail: 'caught up' },
    ],
  });
  health.set('log', 'failed', 'the disk is full');
  expect(health.report().ready).toBe(false);
});

test('listeners hear each change once, and none after they left', () => {
  const health = createHealth();
  const heard: HealthReport[] = [];
  const leave = health.onChange((report) => heard.push(report));
  health.set('log', 'ready', 'open');
  health.set('log', 'ready', 'open');
  health.set('log', 'ready', 'open again');
  leave();
  health.set('log', 'failed', 'gone');
  expect(heard.map(({ parts }) => parts[0]?.detail)).toEqual(['open', 'open again']);
});

test('the 65th part and the 65th listener are refused; those that are there go on', () => {
  const health = createHealth();
  for (let part = 0; part < healthPartsMax; part += 1) {
    health.set(`part-${part}`, 'ready', 'fine');
    health.onChange(() => undefined);
  }
  expect(() => health.set('one-more', 'ready', 'fine')).toThrow(
    'no room for health part one-more: there are 64 already; group parts under one name',
  );
  expect(() => health.onChange(() => undefined)).toThrow(RangeError);
  health.set('part-0', 'failed', 'broken');
  expect(health.report()).toMatchObject({ ready: false, parts: { length: 64 } });
});
