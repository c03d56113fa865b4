/** An operator's process: warm caches, work only while leading, an end within its time. */
import { hasCode, keyText, type KubeApi } from '@tapeline/kubernetes';
import { createHealth, ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { Controller, type Reconcile } from '../../../operator/src/runtime/controller.ts';
import { EventRecorder } from '../../../operator/src/runtime/event-recorder.ts';
import { fencedApi } from '../../../operator/src/runtime/fenced-api.ts';
import { Informer } from '../../../operator/src/runtime/informer.ts';
import { LeaderElection } from '../../../operator/src/runtime/leader-election.ts';
import { runControllers } from '../../../operator/src/runtime/run-controllers.ts';
import { writeStatus } from '../../../operator/src/runtime/status-writer.ts';
import { WorkQueue } from '../../../operator/src/runtime/work-queue.ts';
import { FakeKubeApi } from '../../../packages/adapters/kubernetes/test-kit/fake-kube-api.ts';
import { DriftingClock, heardBy } from './drifting-clock.ts';
import { until } from './settled.ts';
import { seededRandom, thing, thingType } from './things.ts';

/** A process whose reconcile writes who did it into the status. */
class Process {
  readonly clock: DriftingClock;
  readonly readiness = createHealth();
  readonly liveness = createHealth();
  readonly queue: WorkQueue;
  readonly stop = new AbortController();
  reconciles = 0;
  outcome: string | undefined;

  constructor(
    shared: ManualClock,
    server: FakeKubeApi,
    identity: string,
    reconcile?: (api: KubeApi, informer: Informer) => Reconcile,
  ) {
    this.clock = new DriftingClock(shared, 1, 0);
    const api = heardBy(this.clock, server);
    const parts = { clock: this.clock, random: seededRandom(identity.length), logger: silentLogger };
    this.queue = new WorkQueue({ clock: this.clock });
    const informer = new Informer({ api, type: thingType, ...parts });
    informer.listen({ changed: ({ key }) => this.queue.add(key), resynced: (key) => this.queue.add(key, 'resync') });
    const own: Reconcile = async (key, { term, signal }) => {
      this.reconciles += 1;
      const object = informer.get(keyText(key));
      if (object === undefined) return {};
      const status = { by: identity, size: (object['spec'] as { size: number }).size };
      await writeStatus(
        { api: fencedApi(api, term), fieldManager: 'operator' },
        { type: thingType, object, status, signal },
      );
      return {};
    };
    const controller = new Controller({
      name: 'thing',
      queue: this.queue,
      reconcile: reconcile?.(api, informer) ?? own,
      workers: 2,
      timeoutMs: 60_000,
      clock: this.clock,
      logger: silentLogger,
    });
    const election = new LeaderElection({ api, lease: { namespace: 'n', name: 'operator' }, identity, ...parts });
    const events = new EventRecorder({ api, controller: 'test', instance: identity, ...parts });
    void runControllers(
      {
        informers: [informer],
        controllers: [{ controller }],
        election,
        events,
        clock: this.clock,
        logger: silentLogger,
        readiness: this.readiness,
        liveness: this.liveness,
      },
      this.stop.signal,
    ).then((outcome) => {
      this.outcome = outcome;
    });
  }
}

async function statusOf(server: FakeKubeApi, name: string): Promise<unknown> {
  return (await server.past(() => server.get(thingType, { namespace: 'n', name })))?.['status'];
}

test('the standby is ready with a warm cache, does nothing, and goes on where the leader stopped', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  for (const name of ['a', 'b', 'c']) await server.create(thingType, thing(name));
  const first = new Process(shared, server, 'first');
  await until(shared, 'the first one has worked', () => first.reconciles >= 3);
  const second = new Process(shared, server, 'second');
  await shared.advance(5_000);
  expect([second.readiness.report().ready, second.liveness.report().ready, second.reconciles]).toEqual([true, true, 0]);
  first.stop.abort();
  await until(shared, 'the first one has ended', () => first.outcome === 'stopped', { withinMs: 1_000 });
  await server.create(thingType, thing('d'));
  await until(shared, 'the second one has worked', () => second.reconciles >= 4, { withinMs: 3_000 });
  expect(await statusOf(server, 'd')).toEqual({ by: 'second', size: 1 });
  second.stop.abort();
  await until(shared, 'the second one has ended', () => second.outcome === 'stopped');
  expect(second.readiness.report().ready).toBe(false);
});

test('in a steady state nothing is written but the lease, and starting anew changes nothing', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  for (const name of ['a', 'b']) await server.create(thingType, thing(name));
  const first = new Process(shared, server, 'same');
  await until(shared, 'settled', () => first.reconciles >= 4);
  const writes = server.writes.length;
  await shared.advance(3_600_000);
  expect(server.writes.slice(writes).filter(({ kind }) => kind !== 'Lease')).toEqual([]);
  expect(first.reconciles).toBeGreaterThan(4);
  first.stop.abort();
  await until(shared, 'ended', () => first.outcome !== undefined);
  const again = new Process(shared, server, 'same');
  await until(shared, 'settled again', () => again.reconciles >= 2);
  await shared.advance(10_000);
  expect(server.writes.slice(writes).filter(({ kind }) => kind !== 'Lease')).toEqual([]);
  again.stop.abort();
  await until(shared, 'ended again', () => again.outcome !== undefined);
});

test("a leader that stood still works no more, ends as lost, and the status is the new leader's", async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  await server.create(thingType, thing('a'));
  const first = new Process(shared, server, 'first');
  await until(shared, 'the first one has worked', () => first.reconciles >= 2);
  const second = new Process(shared, server, 'second');
  first.clock.standStill();
  await until(shared, 'the second one has worked', () => second.reconciles >= 1, { withinMs: 25_000 });
  await server.patch(thingType, { namespace: 'n', name: 'a' }, { spec: { size: 5 } });
  await until(shared, 'the second one has seen it', () => second.reconciles >= 2, { withinMs: 5_000 });
  await shared.advance(100);
  const written = server.writes.length;
  first.clock.goOn();
  await until(shared, 'the first one has ended', () => first.outcome === 'lost', { withinMs: 30_000 });
  expect(await statusOf(server, 'a')).toEqual({ by: 'second', size: 5 });
  expect(server.writes.slice(written).filter(({ kind }) => kind !== 'Lease')).toEqual([]);
  second.stop.abort();
  await until(shared, 'the second one has ended', () => second.outcome !== undefined);
});

test('a stop ends within thirty seconds, whatever a reconcile does, and leaves the lease to run out if it did not end', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  await server.create(thingType, thing('a'));
  let heard = 0;
  let isWriteRefused = false;
  let release = (): void => undefined;
  const deaf = new Process(shared, server, 'deaf', (api) => async (_key, { signal, term }) => {
    signal.addEventListener('abort', () => {
      heard += 1;
    });
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    try {
      await fencedApi(api, term).create(thingType, thing('late'));
    } catch (error) {
      isWriteRefused = hasCode(error, 'ABORTED');
    }
    return {};
  });
  await until(shared, 'it works', () => deaf.queue.working === 1);
  deaf.stop.abort();
  const beganMs = shared.monotonicMs();
  await until(shared, 'it has ended', () => deaf.outcome !== undefined, { withinMs: 30_000 });
  expect(shared.monotonicMs() - beganMs).toBeLessThan(30_000);
  expect(heard).toBe(1);
  release();
  await shared.advance(10);
  expect(isWriteRefused).toBe(true);
  const next = new Process(shared, server, 'next');
  await shared.advance(4_000);
  expect(next.reconciles).toBe(0);
  await until(shared, 'the next one works', () => next.reconciles > 0, { withinMs: 20_000 });
  next.stop.abort();
  await until(shared, 'the next one has ended', () => next.outcome !== undefined);
});

test('a server that is away for ten minutes makes nobody unfit, and work goes on by itself', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  await server.create(thingType, thing('a'));
  const first = new Process(shared, server, 'first');
  await until(shared, 'it has worked', () => first.reconciles >= 2);
  const standby = new Process(shared, server, 'standby');
  await shared.advance(3_000);
  server.faults.down();
  await shared.advance(600_000);
  // The leader could not renew; its process begins anew, and the standby waits in good health.
  expect([first.outcome, standby.outcome, standby.liveness.report().ready]).toEqual(['lost', undefined, true]);
  server.faults.up();
  await server.create(thingType, thing('b'));
  await until(shared, 'the standby works', () => standby.reconciles >= 2, { withinMs: 60_000 });
  expect(await statusOf(server, 'b')).toEqual({ by: 'standby', size: 1 });
  standby.stop.abort();
  await until(shared, 'it has ended', () => standby.outcome !== undefined);
});

test('why the first list does not come is told in readiness, and is no reason to begin anew', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  server.faults.forbid('Thing');
  const only = new Process(shared, server, 'only');
  expect(only.readiness.report().parts[0]?.detail).toBe('the first list of things is on its way');
  await shared.advance(5_000);
  const [caches] = only.readiness.report().parts;
  expect([caches?.state, only.liveness.report().ready]).toEqual(['failed', true]);
  expect(caches?.detail).toMatch(/^list things: /);
  server.faults.allow('Thing');
  await until(shared, 'it is ready', () => only.readiness.report().ready, { withinMs: 15_000 });
  expect(only.readiness.report().parts[0]?.detail).toBe('synced');
  await shared.advance(5_000);
  expect(only.readiness.report().parts[0]?.detail).toBe('synced');
  only.stop.abort();
  await until(shared, 'it has ended', () => only.outcome === 'stopped');
});

test('a stop before the first list ends at once', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  server.faults.freeze();
  const only = new Process(shared, server, 'only');
  await shared.advance(1_000);
  only.stop.abort();
  await until(shared, 'it has ended', () => only.outcome === 'stopped', { withinMs: 5_000 });
});
