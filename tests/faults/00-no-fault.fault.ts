/**
 * The rig itself. In: the system without a fault. Out: every oracle is content; with data that were tampered with, each
 * one says so, or it would prove nothing.
 */
import type { Bar } from '@tapeline/domain';
import { afterAll, describe, expect, test } from 'vitest';
import { BarWatch } from './rig/bar-watch.ts';
import { Load, type LoadTrade } from './rig/load.ts';
import { MemoryWatch } from './rig/memory-watch.ts';
import { countDifferences, lostTrades, Reference, rowDifferences } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { StreamView } from './rig/stream-view.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, verdictOf } from './rig/verdict.ts';
import { inWorld } from './rig/world.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const boundMiB = 600;

describe.skipIf(servers.unavailable !== undefined)(
  'the rig (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('without a fault every oracle is content, and each one sees what was tampered with', async () => {
      if (servers.unavailable !== undefined) return;
      await inWorld(servers, { query: true }, async (world) => {
        const load = await Load.start({ addresses: world.ingestAddresses, publishers: 2 });
        await until('the first trades are acknowledged', () => load.acknowledgedCount > 500);
        const watch = new BarWatch({ address: world.queryAddress, symbols: load.symbols });
        await pause(8_000);
        await load.end();
        expect(load.acknowledged).toEqual(load.published);
        const verdict = await verdictOf(world, load);
        expect(damageOf(verdict)).toEqual(clean);
        expect(verdict.ticks).toBe(load.published.length);
        const view = await StreamView.open(world.facts);
        try {
          const reference = new Reference(view, world.facts.workerArgs);
          await reference.advance();
          const rows = await view.bars(reference.fold.intervals, reference.fold.profiles);
          await until('the stream brought everything', () => watch.gaps(rows).length === 0, { withinMs: 30_000 });
          expect(watch.stepsBack).toEqual([]);
          expect(rows.length).toBeGreaterThan(100);
          expectSeen(rows, reference, load.acknowledged);
          expect(watch.gaps(rows.map((row, index) => (index === 3 ? { ...row, revision: 99 } : row)))).toHaveLength(1);
        } finally {
          await watch.close();
          await view.close();
        }
        expect(world.memory.differences(boundMiB)).toEqual([]);
        expect(world.memory.differences(10).length).toBe(4);
        console.log(
          [...world.memory.peaks].map(([name, mebibytes]) => `${name} ${Math.round(mebibytes)} MiB`).join(', '),
        );
      });
    });

    test('the watch tells a revision that goes back, and takes a repeat', async () => {
      const watch = new BarWatch({ address: '127.0.0.1:1', symbols: [] });
      const bar = {
        instrument: { dataset: 'd', symbol: 'S' },
        interval: '1s',
        profile: 'all',
        startTimeNs: 0n,
        state: 2 as const,
      };
      for (const revision of [1n, 2n, 2n]) watch.take({ ...bar, revision });
      expect(watch.stepsBack).toEqual([]);
      watch.take({ ...bar, revision: 1n });
      expect(watch.stepsBack).toEqual(['S 1s all 0 came with revision 1 after 2']);
      await watch.close();
    });

    test('memory above the bound is told', async () => {
      const command = { name: 'this', main: '', args: [], folder: '' };
      const memory = new MemoryWatch(() => [{ pid: process.pid, isRunning: true, command } as never]);
      await until('a sample', () => memory.peaks.size === 1);
      memory.close();
      expect([memory.differences(1).length, memory.differences(100_000)]).toEqual([1, []]);
    });
  },
);

function expectSeen(rows: readonly Bar[], reference: Reference, trades: readonly LoadTrade[]): void {
  const tampered = (change: (row: Bar) => Bar): Bar[] => rows.map((row, index) => (index === 7 ? change(row) : row));
  const each: readonly ((row: Bar) => Bar)[] = [
    (row) => ({ ...row, close: (row.close ?? 0) + 1 }),
    (row) => ({ ...row, revision: row.revision + 1 }),
    (row) => ({ ...row, notional: row.notional + 1n }),
    (row) => ({ ...row, state: 'forming' }),
    (row) => ({ ...row, position: { ...row.position, offset: row.position.offset + 1 } }),
  ];
  for (const change of each) expect(rowDifferences(tampered(change), reference.bars)).toHaveLength(1);
  expect(rowDifferences(rows.slice(1), reference.bars)[0]).toMatch(/^missing in the store: /);
  expect(rowDifferences([...rows, ...rows.slice(0, 1)], reference.bars)[0]).toMatch(/^twice in the store: /);
  const foreign = rows.slice(0, 1).map((row) => ({ ...row, startSec: 1 }));
  expect(rowDifferences([...rows, ...foreign], reference.bars)[0]).toMatch(/^in the store and not of the log: /);
  const [trade] = trades;
  if (trade === undefined) throw new Error('nothing was published');
  expect(lostTrades([...trades, { ...trade, sequence: 1e9 }], reference.identities)).toHaveLength(1);
  expect(countDifferences(rows, trades.slice(1)).length).toBeGreaterThan(0);
  expect(countDifferences(rows, [...trades, trade]).length).toBeGreaterThan(0);
}
