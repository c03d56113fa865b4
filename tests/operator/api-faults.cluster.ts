/**
 * The whole operator while its API server is killed, frozen for longer than the lease, and forgets its history: afterwards an edit
 * reaches Kafka within seconds, and nothing is done twice.
 */
import { tickStreamType } from '@tapeline/operator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause, until } from '../faults/rig/until.ts';
import { callsOf, countCalls, unsteadyWrites } from './rig/audit-log.ts';
import { effectsIn, eventCounts, schemaVersion } from './rig/effects.ts';
import { namespace, operatorName } from './rig/operator-cluster.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

/** A lease that nobody renews is another's after this, ms. Who is without it for 10 s ends, and its successor waits for it. */
const leaseMs = 15_000;
/** An edit through a healthy API server reaches Kafka within this on a loaded machine, ms. */
const withinMs = 15_000;
const name = 'tape';
const times: string[] = [];
const ends: (number | null)[] = [];
const whole = await startWholeOperator({ audit: true });

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

/** Changes the retention, and waits until Kafka has it; the ms that it took. */
async function edit(hours: number, limitMs: number): Promise<number> {
  const { market } = operator();
  const beganMs = performance.now();
  await until('the API server takes the edit', async () => taken(hours), { withinMs: 30_000 });
  const wanted = String(hours * 3_600_000);
  const isDone = async (): Promise<boolean> =>
    (await market.admin.topicConfig(market.topicOf(name, 'quarantine')))['retention.ms'] === wanted;
  await until(`Kafka has a retention of ${hours} h`, isDone, { withinMs: limitMs });
  return Math.round(performance.now() - beganMs);
}

async function taken(hours: number): Promise<boolean> {
  return operator()
    .market.change(tickStreamType, name, { spec: { topic: { retention: `${hours}h` } } })
    .then(
      () => true,
      () => false,
    );
}

/** Waits until somebody leads, as long as a lease of somebody who ended may take. */
async function leading(): Promise<void> {
  await operator().operator.leads(leaseMs * 2 + withinMs);
}

/** Notes how long an edit took after a fault, which may end processes in no other way than one. */
async function told(fault: string, awayMs: number, tookMs: number): Promise<void> {
  const allMs = Math.round(performance.now() - awayMs);
  times.push(`${fault} ${tookMs} (${allMs} after the fault began, ${ends.length} processes ended so far)`);
  expect(ends.every((code) => code === 2)).toBe(true);
  await leading();
}

describe.skipIf(whole.unavailable !== undefined)(
  `an API server with faults (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    beforeAll(async () => {
      operator().operator.supervise((code) => ends.push(code));
      await operator().market.made(name, { feeds: [{ name: 'sim', type: 'simulator' }], ingest: ['ingest:50051'] });
      times.push(`healthy ${await edit(24, withinMs)}`);
    });
    afterAll(async () => {
      process.stdout.write(`from an edit to Kafka, ms: ${times.join(', ')}\n`);
      await operator().end();
    });

    test('killed in the middle of watches, it is watched again', async () => {
      const { apiServer } = operator().place.cluster;
      await leading();
      await apiServer.kill();
      const awayMs = performance.now();
      await apiServer.start();
      await told('killed', awayMs, await edit(25, leaseMs + withinMs));
    });

    test('its history gone, everything is listed anew', async () => {
      const { place, operator: process } = operator();
      await leading();
      const { pid } = process.child;
      const before = await process.metric('tapeline_operator_lists_total');
      const awayMs = performance.now();
      await place.cluster.apiServer.forget();
      await told('compacted', awayMs, await edit(26, leaseMs + withinMs));
      // A process that ended meanwhile has listed everything at its start.
      if (process.child.pid !== pid) return;
      const isListed = async (): Promise<boolean> =>
        (await process.metric('tapeline_operator_lists_total')) >= before + 5;
      await until('every type is listed anew', isListed);
      expect(await process.metric('tapeline_operator_watch_restarts_total', 'reason="gone"')).toBeGreaterThan(0);
      expect(await process.metric('tapeline_operator_cache_misses_total')).toBe(0);
    });

    test('frozen for longer than the lease, it is led anew by a process that begins with nothing in memory', async () => {
      const { place, operator: process } = operator();
      await leading();
      const [{ pid }, awayMs] = [process.child, performance.now()];
      await place.cluster.apiServer.stop();
      await pause(leaseMs + 5_000);
      await place.cluster.apiServer.cont();
      await told('frozen', awayMs, await edit(27, leaseMs * 2 + withinMs));
      expect(process.child.pid).not.toBe(pid);
      await leading();
      times.push(`afterwards ${await edit(28, withinMs)}`);
    });

    test('nothing was done twice, and in a steady state nothing is written', async () => {
      const { place, market } = operator();
      await market.tells(tickStreamType, name, ['Ready Working', 'Progressing Settled']);
      const counts = await eventCounts(place.api);
      // Topics of the log, and `control`, are made and told one after the other.
      const wanted = {
        'TopicsCreated tape': 2,
        'StreamEntered tape': 1,
        'KeyspaceCreated tape': 1,
        'Migrated tape': 1,
      };
      const keys = Object.keys(wanted);
      expect(Object.fromEntries(keys.map((key) => [key, counts.get(key)]))).toEqual(wanted);
      const [before, schema] = [await effectsIn(place.api, market, [name]), await schemaVersion(market)];
      const sinceMs = Date.now();
      for (let round = 0; round < 5; round += 1) {
        await market.poke(tickStreamType, name);
        await pause(1_000);
      }
      expect(await effectsIn(place.api, market, [name])).toEqual(before);
      const { auditFile } = place.cluster.apiServer;
      const calls = callsOf(auditFile, `${namespace}:${operatorName}`, sinceMs);
      expect(countCalls(unsteadyWrites(calls, schema === (await schemaVersion(market))))).toEqual({});
    });
  },
);
