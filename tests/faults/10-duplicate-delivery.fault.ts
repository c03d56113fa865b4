/**
 * Fault 10. A batch that is delivered again, through the same ingest, through another one, or as a record that stands twice
 * in the log, changes no bar: identity alone decides what counts.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { Load, type LoadTrade } from './rig/load.ts';
import { howMany } from './rig/oracles.ts';
import { sendAgain } from './rig/send-again.ts';
import { startServers } from './rig/servers.ts';
import { StreamView } from './rig/stream-view.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import { inWorld, type World } from './rig/world.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
let damage: string = notSeen;

type Again = { readonly verdict: Verdict; readonly sent: number; readonly records: number };

async function deliverAgain(again: (world: World, trades: readonly LoadTrade[]) => Promise<number>): Promise<Again> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  return inWorld(servers, { ingests: 2, workers: 2 }, async (world) => {
    const load = await Load.start({ addresses: world.ingestAddresses.slice(0, 1), seed: 10 });
    await until('trades are acknowledged', () => load.acknowledgedCount > 2_000);
    const sent = await again(world, load.published.slice(0, 1_500));
    await pause(1_000);
    await load.end();
    const records = await appendAgain(world);
    const verdict = await verdictOf(world, load);
    expect(world.memory.differences(600)).toEqual([]);
    expect(load.rejections).toEqual([]);
    return { verdict, sent, records };
  });
}

/** Appends every tenth record of the log once more, as a producer without memory does. */
async function appendAgain(world: World): Promise<number> {
  const view = await StreamView.open(world.facts);
  try {
    let appended = 0;
    for (let partition = 0; partition < view.log.partitionCount; partition += 1) {
      const records = await view.records(partition);
      for (const { bytes } of records.filter((_record, index) => index % 10 === 0)) {
        await view.log.append('ticks', partition, bytes);
        appended += 1;
      }
    }
    return appended;
  } finally {
    await view.close();
  }
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 10: the same batches are delivered again (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, a new identity for what is sent again: trades count twice', async () => {
      const { verdict } = await deliverAgain((world, trades) =>
        sendAgain({ address: world.ingestAddresses[1] ?? '', trades, keepsIdentity: false }),
      );
      expect([verdict.lost, verdict.rows]).toEqual([[], []]);
      expect(verdict.counts.length).toBeGreaterThan(0);
      damage = `${howMany(verdict.counts)} bars of 1 s count trades twice`;
    });

    test('with their identity no bar changes', async () => {
      const { verdict, sent, records } = await deliverAgain(async (world, trades) => {
        const counts = await Promise.all(
          world.ingestAddresses.map((address) => sendAgain({ address, trades, keepsIdentity: true })),
        );
        return counts.reduce((sum, count) => sum + count, 0);
      });
      expect(damageOf(verdict)).toEqual(clean);
      // They did arrive: the log holds them more than once.
      expect(verdict.repeats).toBeGreaterThanOrEqual(1_500);
      recordFault({
        fault: 10,
        title: 'duplicate delivery',
        injected: `${sent} trades sent again through the same and another ingest, ${records} records appended again`,
        guardOff: 'a new publisher for what is sent again',
        damage,
        result: `${verdict.repeats} trades stand more than once in the log and count once; ${verdict.bars} rows are exact`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
