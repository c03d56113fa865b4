/** What is said of a group that does not answer: once for each silence, and how long it lasts at any time. */
import { createHealth, createMetrics, type Logger, type Metrics, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { groupMetrics } from './group-metrics.ts';
import { GroupSilence } from './group-silence.ts';

const kept = 'what this worker owns is kept until another one has it';

type World = { nowMs: number; contactMs: number };

function silenceIn(world: World): {
  silence: GroupSilence;
  lines: string[];
  readiness: () => string;
  metrics: Metrics;
} {
  const lines: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (line) => lines.push(`info: ${line}`),
    warn: (line) => lines.push(`warn: ${line}`),
  };
  const [health, metrics] = [createHealth(), createMetrics({ ofProcess: false })];
  const silence = new GroupSilence({
    groupId: 's.worker',
    sessionTimeoutMs: 6_000,
    monotonicMs: () => world.nowMs,
    contactMs: () => world.contactMs,
    metrics: groupMetrics(metrics),
    logger,
    health,
  });
  const readiness = (): string =>
    health
      .report()
      .parts.map(({ state, detail }) => `${state}: ${detail}`)
      .join();
  return { silence, lines, readiness, metrics };
}

test('a silence is told once when a session is over, with its reason beside readiness, and once when it ends', () => {
  const world = { nowMs: 6_000, contactMs: 0 };
  const { silence, lines, readiness } = silenceIn(world);
  silence.look();
  expect([lines, readiness()]).toEqual([[], '']);
  for (world.nowMs = 6_001; world.nowMs < 60_000; world.nowMs += 1_000) silence.look();
  expect(lines).toEqual([`warn: the worker group does not answer; ${kept}`]);
  expect(readiness()).toBe(`ready: has not answered for more than 6 s; ${kept}`);
  world.contactMs = world.nowMs;
  silence.look();
  silence.look();
  expect(lines.slice(1)).toEqual(['info: the worker group answers again']);
  expect(readiness()).toBe('ready: answers again');
});

test('the gauge is the length of the silence, and each silence counts once', async () => {
  const world = { nowMs: 0, contactMs: 0 };
  const { silence, metrics } = silenceIn(world);
  for (const silentMs of [250, 7_500, 9_000, 0, 8_250]) {
    world.nowMs += 10_000;
    world.contactMs = world.nowMs - silentMs;
    silence.look();
  }
  const text = await metrics.text();
  expect(text).toMatch(/^tapeline_group_silence_seconds 8\.25$/m);
  expect(text).toMatch(/^tapeline_group_silences_total 2$/m);
});
