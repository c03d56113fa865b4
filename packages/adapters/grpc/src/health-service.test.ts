/**
 * The health protocol. In: parts that change. Out: what a caller of Check, List and Watch sees.
 */
import { afterEach, expect, test } from 'vitest';
import { createHealth } from '@tapeline/runtime';
import { eventually, type ProbeWorld, probeWorld, refusalOf } from '../test-kit/probe-service.ts';
import { healthService } from './health-service.ts';
import type { MethodDefinition } from './service-definition.ts';

let world: ProbeWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const name = 'grpc.health.v1.Health';
const messages = healthService(createHealth(), []).service.methods.map(({ definition }) => definition);

function method(called: string): MethodDefinition {
  const found = messages.find((message) => message.name === called);
  if (found === undefined) throw new Error(`no ${called}`);
  return found;
}

test('a part, every service and the whole say how they are', async () => {
  world = await probeWorld();
  const { channel, health } = world;
  const check = (service: string): Promise<unknown> => channel.unary(method('Check'), name, { service });
  expect(await check('')).toEqual({ status: 'NOT_SERVING' });
  health.set('log', 'ready', 'open');
  health.set('store', 'starting', 'opening');
  expect(await check('log')).toEqual({ status: 'SERVING' });
  expect(await check('store')).toEqual({ status: 'NOT_SERVING' });
  expect(await check('probe.v1.Probe')).toEqual({ status: 'NOT_SERVING' });
  health.set('store', 'ready', 'open');
  expect(await check('')).toEqual({ status: 'SERVING' });
  expect(await check('probe.v1.Probe')).toEqual({ status: 'SERVING' });
  expect(await channel.unary(method('List'), name, {})).toEqual({
    statuses: {
      '': { status: 'SERVING' },
      log: { status: 'SERVING' },
      'probe.v1.Probe': { status: 'SERVING' },
      store: { status: 'SERVING' },
    },
  });
});

test('an unknown name is NOT_FOUND for Check and SERVICE_UNKNOWN for Watch', async () => {
  world = await probeWorld();
  const { channel, health } = world;
  const refusal = await refusalOf(channel.unary(method('Check'), name, { service: 'lg' }));
  expect([refusal.status, refusal.facts]).toEqual(['NOT_FOUND', { field: 'service', value: 'lg' }]);
  const watch = channel.serverStream(method('Watch'), name, { service: 'lg' })[Symbol.asyncIterator]();
  expect((await watch.next()).value).toEqual({ status: 'SERVICE_UNKNOWN' });
  health.set('lg', 'ready', 'here now');
  expect((await watch.next()).value).toEqual({ status: 'SERVING' });
  await watch.return?.(undefined);
});

test('a watcher hears each change, and that the server goes', async () => {
  world = await probeWorld();
  const { channel, health, server } = world;
  health.set('log', 'ready', 'open');
  const seen: unknown[] = [];
  const watching = refusalOf(
    (async () => {
      for await (const { status } of channel.serverStream(method('Watch'), name, { service: '' }) as AsyncIterable<{
        status: string;
      }>) {
        seen.push(status);
      }
    })(),
  );
  await eventually(() => seen.length === 1);
  health.set('log', 'ready', 'another word for the same');
  health.set('log', 'failed', 'the disk is full');
  await eventually(() => seen.length === 2);
  health.set('log', 'ready', 'open');
  await eventually(() => seen.length === 3);
  await server.close(1_000);
  expect((await watching).reason).toBe('SHUTTING_DOWN');
  expect(seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING']);
});

test('a watcher that went leaves nothing behind', () => {
  const health = createHealth();
  const own = healthService(health, []);
  expect(own.service.methods).toHaveLength(3);
  own.close();
  // One listener for all watchers, so the bound of health is never met by callers.
  for (let count = 0; count < 64; count += 1) health.onChange(() => undefined);
});
