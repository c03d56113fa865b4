/**
 * Who leads. In: a market in a data directory or on servers, with and without --placement-mode. Out: whether it takes the token of
 * moves, which on servers is another process's unless it was said that it is this one's.
 */
import { parseControlKey } from '@tapeline/domain';
import { createHealth, createMetrics, ManualClock, readOptions, silentLogger, systemRandom } from '@tapeline/runtime';
import { SimulatedControlLog, SimulatedLog, SimulatedStore, VirtualClock } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { startPlacement } from '../../services/standalone/src/placement/start-placement.ts';
import { serveOptions } from '../../services/standalone/src/serve/serve-options.ts';

/** The tokens that were claimed after a minute, the mode that is told, and what adding partitions is answered. */
async function after(kind: 'embedded' | 'servers', ...args: readonly string[]) {
  const line = readOptions(serveOptions, args, {});
  if (line.kind !== 'read') throw new Error(JSON.stringify(line));
  const virtual = new VirtualClock(0);
  const log = new SimulatedLog({ clock: virtual, partitions: 2 });
  const control = new SimulatedControlLog({ clock: virtual });
  const clock = new ManualClock(1_000);
  const placement = startPlacement({
    backend: { kind, log, control: control.beside(), partitions: log, store: new SimulatedStore() },
    settings: line.values,
    retentionMs: Infinity,
    name: 'standalone',
    clock,
    random: systemRandom,
    logger: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
    health: createHealth(),
  });
  for (let second = 0; second < 60; second += 1) await clock.advance(1_000);
  const claims = control.records.map(({ key }) => parseControlKey(key)?.kind).filter((each) => each === 'claim');
  const mode = placement.lead.status()?.mode;
  const stopping = placement.stop();
  await clock.advance(10_000);
  await stopping;
  return { mode, leads: claims.length > 0 };
}

test.each([
  ['embedded', [], 'auto', true],
  ['embedded', ['--placement-mode', 'propose'], 'propose', true],
  ['embedded', ['--placement-mode', 'off'], 'off', false],
  ['servers', [], 'off', false],
  ['servers', ['--placement-mode', 'off'], 'off', false],
  ['servers', ['--placement-mode', 'propose'], 'propose', true],
  ['servers', ['--placement-mode', 'auto'], 'auto', true],
] as const)('%s with %j is in mode %s, and leads: %s', async (kind, args, mode, leads) => {
  expect(await after(kind, ...args)).toEqual({ mode, leads });
});

test('the help says the default of both', () => {
  expect(serveOptions['placement-mode'].help).toContain('Default: auto in a data directory; off with --kafka');
  expect(serveOptions['placement-mode'].default).toBeUndefined();
});
