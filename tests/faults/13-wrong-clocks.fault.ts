/**
 * Fault 13. Clocks of workers and ingests that are an hour ahead or behind change no bar: the log's time closes bars. A tick
 * that lies in the future of its ingest is rejected by name, never dropped in silence.
 */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { Load } from './rig/load.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { until } from './rig/until.ts';
import { clean, damageOf, verdictOf } from './rig/verdict.ts';
import { inWorld } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
const hourMs = 3_600_000;
const preload = pathToFileURL(path.join(fileURLToPath(import.meta.url), '../unguarded/shifted-date.ts')).href;
const tradesMin = 3_000;
let damage: string = notSeen;

/** The environment of a process whose clock is so far ahead. */
function aheadBy(ms: number): Record<string, string> {
  return { NODE_OPTIONS: `--import=${preload}`, TAPELINE_SHIFT_CLOCK_MS: String(ms) };
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 13: clocks are an hour off (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test("guard off, bars close by the machine's clock: an hour ahead, trades are missing", async () => {
      if (servers.unavailable !== undefined) return;
      const workerMain = 'tests/faults/unguarded/worker-main.ts';
      const workerEnv = { [variantVariable]: `wall-clock-closing:${hourMs}` };
      await inWorld(servers, { workers: 2, workerMain, workerEnv }, async (world) => {
        const load = await Load.start({ addresses: world.ingestAddresses, seed: 13 });
        await until('trades are acknowledged', () => load.acknowledgedCount > tradesMin);
        await load.end();
        const { lost, rows, counts } = await verdictOf(world, load);
        expect(lost).toEqual([]);
        expect(rows.join('\n')).toMatch(/missing in the store: |the log gives /);
        expect(counts.length).toBeGreaterThan(0);
        damage = `${howMany(counts)} bars of 1 s lack trades, ${howMany(rows)} rows are not what the log gives`;
      });
    });

    test('the real workers and ingests', async () => {
      if (servers.unavailable !== undefined) return;
      await inWorld(servers, { ingests: 2, workers: 2 }, async (world) => {
        const [ahead = '', behind = ''] = world.ingestAddresses;
        await world.workers[0]?.restart(aheadBy(hourMs));
        await world.workers[1]?.restart(aheadBy(-hourMs));
        await world.ingests[0]?.restart(aheadBy(hourMs));
        await world.ingests[1]?.restart(aheadBy(-hourMs));
        await Promise.all([
          ...world.workers.map((each) => each.field('address')),
          ...world.ingests.map((each) => each.field('port')),
        ]);
        const load = await Load.start({ addresses: [ahead], seed: 14 });
        const refused = await Load.start({
          addresses: [behind],
          seed: 15,
          symbols: ['LATE1', 'LATE2'],
          tradesPerSecond: 50,
        });
        await until('trades are acknowledged', () => load.acknowledgedCount > tradesMin);
        await load.end();
        await refused.end();
        const both = {
          get acknowledged() {
            return [...load.acknowledged, ...refused.acknowledged];
          },
        };
        const verdict = await verdictOf(world, both);
        expect(damageOf(verdict)).toEqual(clean);
        expect(load.rejections).toEqual([]);
        // An hour behind, every trade of now is of the future: its publisher is told of each.
        expect(refused.rejections.map(({ code }) => code)).toEqual(refused.published.map(() => 'EVENT_TIME_AHEAD'));
        recordFault({
          fault: 13,
          title: 'clocks an hour off',
          injected: 'two workers and two ingests, one of each an hour ahead, one an hour behind, 550 trades/s',
          guardOff: "bars close by the worker's clock",
          damage,
          result:
            `${verdict.bars} rows equal the fold of the log and what was published; ${refused.rejections.length} trades through ` +
            'the ingest behind were each rejected as EVENT_TIME_AHEAD, none in silence',
          seconds: (performance.now() - startMs) / 1_000,
        });
      });
    });
  },
);
