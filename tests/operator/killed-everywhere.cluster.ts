/**
 * SIGKILL of the operator's process at every change that it makes: each process makes one, and dies right after it or while it is
 * under way. What is there at the end is what an operator makes that nobody kills, and whoever comes next changes nothing. Changes of
 * copies need two nodes of Cassandra, so they are died at in store-conditions.cluster.ts.
 */
import { kubeTypes } from '@tapeline/kubernetes';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import { afterAll, describe, expect, test } from 'vitest';
import { pause } from '../faults/rig/until.ts';
import { callsOf, countCalls, unsteadyWrites } from './rig/audit-log.ts';
import { effectsIn, schemaVersion } from './rig/effects.ts';
import { isOfNow, type Spec } from './rig/market.ts';
import { namespace, operatorName } from './rig/operator-cluster.ts';
import { untilOneLives } from './rig/mortal-operators.ts';
import type { OperatorProcess } from './rig/operator-process.ts';
import { reasonsOf } from './rig/told-reasons.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

const whole = await startWholeOperator({ audit: true });
const deaths = new Map<string, number>();
/** Who goes on changing nothing for so long once all is as declared has nothing to change, ms. */
const quietMs = 3_000;
/** A migration whose process was killed holds its lock for a minute. */
const quietWithinMs = 120_000;

/** What an operator changes, but for copies; each has to be died at. */
const changes: readonly string[] = [
  'create-keyspace',
  'migrate',
  'set-table',
  'create-topics',
  'create-control',
  'enter-stream',
  'enter-pins',
  'set-topic-config',
  'add-partitions',
  'delete-topics',
  'drop-keyspace',
  'apply Deployment',
  'apply PodDisruptionBudget',
  'apply TickStream status',
  'apply TickStore status',
  'delete Deployment',
  'delete PodDisruptionBudget',
  'patch TickStream',
  'patch TickStore',
];

const pins = [{ dataset: 'sim', symbol: 'AAPL', partition: 0 }];
const feeds = { feeds: [{ name: 'sim', type: 'simulator' }], ingest: ['ingest:50051'] };
const tables = [{ name: 'bars', ttl: '30d' }];

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

/** Declares it whole, so that what was declared before and is not now is taken out. */
async function declare(name: string, store: Spec, stream: Spec, topic: Spec): Promise<void> {
  const { market } = operator();
  await market.put(market.store(name, store));
  await market.put(market.stream(name, stream, topic));
}

/** From nothing to work; then changed in every way; then all of it deleted. */
const life: readonly ((name: string) => Promise<void>)[] = [
  async (name) => declare(name, { tables }, { ...feeds, pins }, {}),
  async (name) => {
    const changed = { pins, partitions: 2, workers: { replicas: 2 }, deletionPolicy: 'Delete' };
    const store = { tables: [{ name: 'bars', ttl: '60d' }], deletionPolicy: 'Delete' };
    await declare(name, store, changed, { retention: '2d' });
  },
  async (name) => {
    const { market } = operator();
    await market.delete(tickStreamType, name);
    await market.delete(tickStoreType, name);
  },
];

/** Processes that die, one after the other, until one finds nothing to change. */
async function untilNothingIsLeft(name: string): Promise<void> {
  const died = await untilOneLives(operator().place, name, async (process) => isQuiet(process, name));
  for (const what of died) deaths.set(what, (deaths.get(what) ?? 0) + 1);
}

/** Whether all is as declared and it goes on changing nothing; false once it has died. */
async function isQuiet(process: OperatorProcess, name: string): Promise<boolean> {
  let sinceMs = 0;
  for (const beganMs = performance.now(); performance.now() - beganMs < quietWithinMs;) {
    if (!process.child.isRunning) return false;
    const isSettled = (await process.isLeading()) && (await isAsDeclared(name));
    if (!isSettled) sinceMs = 0;
    else if (sinceMs === 0) sinceMs = performance.now();
    else if (performance.now() - sinceMs > quietMs) return true;
    await pause(50);
  }
  throw new Error(`it neither settled nor died:\n${process.child.text().slice(-3_000)}`);
}

/** Whether both objects tell that of what they declare now, or are gone both. */
async function isAsDeclared(name: string): Promise<boolean> {
  const { market } = operator();
  const both = await Promise.all([tickStreamType, tickStoreType].map(async (type) => market.get(type, name)));
  if (both.every((object) => object === undefined)) return true;
  return both.every((object) => {
    const told = reasonsOf(object);
    return isOfNow(object) && told.has('Ready Working') && told.has('Progressing Settled');
  });
}

describe.skipIf(whole.unavailable !== undefined)(
  `SIGKILL at every change (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    afterAll(async () => operator().end());

    test('each step of a life ends as it does undisturbed, and a restart changes nothing', async () => {
      const { market, place, operator: immortal } = operator();
      const undisturbed: unknown[] = [];
      for (const [step, act] of life.entries()) {
        await act('calm');
        await settled('calm', step);
        undisturbed.push(await shapeOf('calm'));
      }
      await immortal.child.kill('SIGTERM');
      for (const [step, act] of life.entries()) {
        await act('killed');
        await untilNothingIsLeft('killed');
        expect(await shapeOf('killed'), `after step ${step}`).toEqual(undisturbed[step]);
        if (step < life.length - 1) await restartChangesNothing();
      }
      const told = [...deaths].map(([what, count]) => `${what} ${count}`);
      process.stdout.write(
        `deaths: ${[...deaths.values()].reduce((sum, count) => sum + count, 0)}\n  ${told.join('\n  ')}\n`,
      );
      expect(changes.filter((change) => !deaths.has(change))).toEqual([]);
      expect(await market.get(tickStreamType, 'killed')).toBeUndefined();
      expect((await place.api.list(kubeTypes.deployment, { namespace })).items).toEqual([]);
    });
  },
);

async function settled(name: string, step: number): Promise<void> {
  const { market } = operator();
  if (step === life.length - 1) {
    await market.isGone(tickStreamType, name);
    await market.isGone(tickStoreType, name);
    return;
  }
  for (const type of [tickStoreType, tickStreamType])
    await market.tells(type, name, ['Ready Working', 'Progressing Settled']);
  await pause(1_500);
}

/** What was made, without what differs from stream to stream. */
async function shapeOf(name: string): Promise<unknown> {
  const { market, place } = operator();
  const isThere = (await market.get(tickStoreType, name)) !== undefined;
  const effects = isThere ? await effectsIn(place.api, market, [name]) : {};
  const text = JSON.stringify(effects)
    .replaceAll(market.nameOf(name), 'NAME')
    .replaceAll(new RegExp(`\\b${name}\\b`, 'g'), 'NAME')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/"(id|topicId|schemaVersion|lastTransitionTime|appliedHash)":"[^"]*"/g, '"$1":"…"')
    // A deployment is applied in one or in several goes, as the operator is killed between.
    .replaceAll(/"(generation|observedGeneration)":\d+/g, '"$1":0');
  return JSON.parse(text) as unknown;
}

async function restartChangesNothing(): Promise<void> {
  const { market, place, another } = operator();
  const [before, schema] = [await effectsIn(place.api, market, ['killed']), await schemaVersion(market)];
  const sinceMs = Date.now();
  await place.api.delete(kubeTypes.lease, { namespace, name: operatorName });
  const next = await another(`again-${sinceMs}`);
  await next.leads();
  for (let round = 0; round < 3; round += 1) {
    await market.poke(tickStreamType, 'killed');
    await market.poke(tickStoreType, 'killed');
    await pause(1_000);
  }
  await next.child.kill('SIGTERM');
  expect(await effectsIn(place.api, market, ['killed'])).toEqual(before);
  const calls = callsOf(place.cluster.apiServer.auditFile, `${namespace}:${operatorName}`, sinceMs);
  expect(countCalls(unsteadyWrites(calls, schema === (await schemaVersion(market))))).toEqual({});
}
