/**
 * Two hundred streams under one operator: its memory stays flat while they are edited again and again, and while nothing happens it
 * asks little. Most are paused, since their keyspaces would be too many tables for one node; five are made whole.
 */
import { readFileSync } from 'node:fs';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause, until } from '../faults/rig/until.ts';
import { isOfNow } from './rig/market.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

const whole = await startWholeOperator();
const streams = Array.from({ length: 200 }, (_, n) => `s${String(n).padStart(3, '0')}`);
const few = 20;
const living = 5;
const lines: string[] = [];

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

/** Of the operator's process, MiB, after a pause in which it can tidy. */
async function residentMiB(): Promise<number> {
  await pause(5_000);
  const status = readFileSync(`/proc/${operator().operator.child.pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024);
}

async function make(names: readonly string[]): Promise<void> {
  const { market } = operator();
  for (const name of names) {
    const paused = !streams.slice(0, living).includes(name);
    await market.put(market.store(name, { paused }));
    await market.put(
      market.stream(name, { paused, feeds: [{ name: 'sim', type: 'simulator' }], ingest: ['ingest:50051'] }),
    );
  }
}

/** Waits until the last edit of each was looked at. */
async function observed(names: readonly string[]): Promise<void> {
  const { market } = operator();
  for (const name of names) {
    const isDone = async (): Promise<boolean> => isOfNow(await market.get(tickStreamType, name));
    await until(`${name} was looked at`, isDone, { withinMs: 180_000 });
  }
}

async function cpuSeconds(): Promise<number> {
  return operator().operator.metric('process_cpu_seconds_total');
}

describe.skipIf(whole.unavailable !== undefined)(
  `two hundred streams (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    const rss: Record<string, number> = {};
    beforeAll(async () => {
      await make(streams.slice(0, few));
      await observed(streams.slice(0, few));
      for (const name of streams.slice(0, living)) {
        await operator().market.tells(tickStreamType, name, ['Ready Working'], 180_000);
      }
      rss['of 20'] = await residentMiB();
      await make(streams.slice(few));
      await observed(streams);
      rss['of 200'] = await residentMiB();
    });
    afterAll(async () => {
      process.stdout.write(`${lines.join('\n')}\n`);
      await operator().end();
    });

    test('memory does not grow with edits', async () => {
      const { market } = operator();
      const beganMs = performance.now();
      for (let round = 1; round <= 3; round += 1) {
        for (const name of streams) {
          await market.change(tickStreamType, name, { spec: { lateness: `${round}s` } });
          await market.poke(tickStoreType, name);
        }
        await observed(streams);
        rss[`after ${round * streams.length} edits`] = await residentMiB();
      }
      const seconds = Math.round((performance.now() - beganMs) / 1_000);
      lines.push(`resident MiB: ${JSON.stringify(rss)}; 600 edits of streams and of stores took ${seconds} s`);
      expect(rss['after 600 edits']).toBeLessThan((rss['after 200 edits'] ?? 0) * 1.15 + 16);
      expect(rss['after 600 edits']).toBeLessThan(512);
    });

    test('while nothing happens it asks little and works little', async () => {
      const { operator: process } = operator();
      await pause(10_000);
      const [calls, cpu] = [await process.metric('rest_client_requests_total'), await cpuSeconds()];
      const rounds = await process.metric('controller_runtime_reconcile_total');
      await pause(60_000);
      const asked = (await process.metric('rest_client_requests_total')) - calls;
      const looked = (await process.metric('controller_runtime_reconcile_total')) - rounds;
      const share = ((await cpuSeconds()) - cpu) / 60;
      lines.push(
        `a minute of rest: ${asked} calls of the API, ${looked} looks, ${Math.round(share * 1_000) / 10} % of a core`,
      );
      expect(share).toBeLessThan(0.25);
      // Each of the four hundred is read about once a minute; the rest is the lease.
      expect(asked).toBeLessThan(streams.length * 2 * 2 + 100);
    });
  },
);
