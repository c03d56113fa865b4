/** A cache that follows the server whatever happens to its connection. */
import { keyOf, keyText, type KubeObject } from '@tapeline/kubernetes';
import { type Logger, ManualClock, silentLogger } from '@tapeline/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { informerMetrics } from '../../../operator/src/runtime/controller-metrics.ts';
import { Informer, type InformerConfig, untilSynced } from '../../../operator/src/runtime/informer.ts';
import type { CacheChange } from '../../../operator/src/runtime/object-cache.ts';
import { FakeKubeApi } from '../../../packages/adapters/kubernetes/test-kit/fake-kube-api.ts';
import { CountedMetrics } from './counted-metrics.ts';
import { until } from './settled.ts';
import { seededRandom, thing, thingType } from './things.ts';

/** A server with one informer on it. */
class Watched {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly server = new FakeKubeApi(this.clock);
  readonly metrics = new CountedMetrics();
  readonly changes: CacheChange[] = [];
  readonly resyncs: string[] = [];
  readonly informer: Informer;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(config: Partial<InformerConfig> = {}) {
    this.informer = new Informer({
      api: this.server,
      type: thingType,
      clock: this.clock,
      random: seededRandom(3),
      logger: silentLogger,
      metrics: informerMetrics(this.metrics, 'Thing'),
      ...config,
    });
    this.informer.listen({
      changed: (change) => this.changes.push(change),
      resynced: (key) => this.resyncs.push(key),
    });
  }

  async start(): Promise<void> {
    this.#running = this.informer.run(this.#stop.signal);
    await until(this.clock, 'synced', () => this.informer.synced.aborted);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.advance(0);
    await this.#running;
  }

  restarts(reason: string): number {
    return this.metrics.value('tapeline_operator_watch_restarts_total', { kind: 'Thing', reason });
  }

  /** Whether the cache says what the server says. */
  async agrees(): Promise<boolean> {
    const { items } = await this.server.past(() => this.server.list(thingType));
    return texts(items) === texts(this.informer.list());
  }
}

function texts(objects: readonly KubeObject[]): string {
  return objects
    .map((object) => `${keyText(keyOf(object))} ${object.metadata.uid ?? ''} ${object.metadata.resourceVersion ?? ''}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join('\n');
}

test('what is there, what comes, changes and goes is told once and in order', async () => {
  const watched = new Watched();
  await watched.server.create(thingType, thing('a'));
  await watched.start();
  await watched.server.create(thingType, thing('b'));
  await watched.server.patch(thingType, { namespace: 'n', name: 'a' }, { spec: { size: 2 } });
  await watched.server.delete(thingType, { namespace: 'n', name: 'b' });
  await watched.clock.advance(10);
  expect(watched.changes.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
    'added n/a',
    'added n/b',
    'updated n/a',
    'deleted n/b',
  ]);
  expect(watched.informer.get('n/a')?.['spec']).toEqual({ size: 2 });
  await watched.stop();
});

test('a list of many pages is whole, also when a page in between has become too old', async () => {
  const watched = new Watched();
  for (let index = 0; index < 600; index += 1) await watched.server.create(thingType, thing(`t${index}`));
  let pages = 0;
  const list = watched.server.list.bind(watched.server);
  watched.server.list = async (...call) => {
    pages += 1;
    if (pages === 2) watched.server.compact();
    return await list(...call);
  };
  await watched.start();
  expect(watched.informer.list()).toHaveLength(600);
  expect(pages).toBe(5);
  await watched.stop();
});

test('a reset connection is followed by another one that goes on where the first one was', async () => {
  const watched = new Watched();
  await watched.start();
  watched.server.faults.resetWatches();
  await watched.server.create(thingType, thing('while-away'));
  await until(watched.clock, 'told', () => watched.changes.length === 1, { withinMs: 1_000 });
  expect([
    watched.restarts('failed'),
    watched.metrics.value('tapeline_operator_lists_total', { kind: 'Thing' }),
  ]).toEqual([1, 1]);
  await watched.stop();
});

test('a server that is away for minutes is come back to, with waits that grow to ten seconds', async () => {
  const watched = new Watched();
  await watched.start();
  watched.server.faults.down();
  await watched.clock.advance(300_000);
  const tries = watched.restarts('failed');
  expect(tries).toBeGreaterThan(30);
  expect(tries).toBeLessThan(120);
  watched.server.faults.up();
  await watched.server.create(thingType, thing('a'));
  await until(watched.clock, 'told', () => watched.changes.length === 1, { withinMs: 11_000 });
  await watched.stop();
});

test('a server that is silent is given up after the idle time', async () => {
  const watched = new Watched({ idleMs: 20_000 });
  await watched.start();
  watched.server.faults.freeze();
  await watched.clock.advance(21_000);
  expect(watched.restarts('idle')).toBe(1);
  await watched.clock.advance(60_000);
  expect(watched.restarts('idle')).toBe(4);
  watched.server.faults.thaw();
  await watched.server.create(thingType, thing('a'));
  await until(watched.clock, 'told', () => watched.changes.length === 1, { withinMs: 21_000 });
  await watched.stop();
});

test('bookmarks keep a quiet watch alive and its version young, so that a compaction costs no list', async () => {
  const watched = new Watched({ idleMs: 90_000 });
  await watched.start();
  for (let minute = 0; minute < 4; minute += 1) {
    await watched.clock.advance(60_000);
    watched.server.bookmark();
  }
  expect(watched.restarts('idle')).toBe(0);
  watched.server.compact();
  watched.server.bookmark();
  watched.server.faults.closeWatches();
  await watched.clock.advance(1_000);
  expect([watched.restarts('gone'), watched.metrics.sum('tapeline_operator_lists_total')]).toEqual([0, 1]);
  await watched.stop();
});

test('a version that is too old is answered with a list, which tells what was missed meanwhile', async () => {
  const watched = new Watched();
  await watched.server.create(thingType, thing('a'));
  await watched.start();
  watched.server.faults.down();
  watched.server.faults.up();
  await watched.server.delete(thingType, { namespace: 'n', name: 'a' });
  await watched.server.create(thingType, thing('a'));
  watched.server.compact();
  await until(watched.clock, 'told', () => watched.changes.length === 3, { withinMs: 5_000 });
  expect(watched.changes.map(({ kind }) => kind)).toEqual(['added', 'deleted', 'added']);
  expect(watched.restarts('gone')).toBe(1);
  await watched.stop();
});

test('what a watch never told is found by the next relist and counted', async () => {
  const watched = new Watched({ relistMs: 600_000 });
  await watched.server.create(thingType, thing('lost'));
  await watched.start();
  watched.server.watches.dropNext(1);
  await watched.server.patch(thingType, { namespace: 'n', name: 'lost' }, { spec: { size: 9 } });
  await watched.server.create(thingType, thing('told'));
  await watched.clock.advance(60_000);
  expect(watched.informer.get('n/lost')?.['spec']).toEqual({ size: 1 });
  for (let minute = 0; minute < 10; minute += 1) {
    watched.server.bookmark();
    await watched.clock.advance(60_000);
  }
  expect(watched.informer.get('n/lost')?.['spec']).toEqual({ size: 9 });
  expect(watched.metrics.sum('tapeline_operator_cache_misses_total')).toBe(1);
  expect(watched.restarts('relist')).toBe(1);
  expect(watched.resyncs).toEqual(['n/told']);
  await watched.stop();
});

test('a relist that finds all as it was counts no miss and looks at every key again', async () => {
  const watched = new Watched({ relistMs: 60_000 });
  for (const name of ['a', 'b']) await watched.server.create(thingType, thing(name));
  await watched.start();
  await watched.clock.advance(60_000);
  expect(watched.resyncs).toEqual(['n/a', 'n/b']);
  expect(watched.metrics.sum('tapeline_operator_cache_misses_total')).toBe(0);
  await watched.stop();
});

test('a listener that throws stops neither the cache nor the other listeners', async () => {
  const watched = new Watched();
  watched.informer.listen({
    changed: () => {
      throw new Error('a defect of the test');
    },
  });
  const told: string[] = [];
  watched.informer.listen({ changed: ({ key }) => told.push(key) });
  await watched.start();
  await watched.server.create(thingType, thing('a'));
  await watched.server.create(thingType, thing('b'));
  await watched.clock.advance(10);
  expect(told).toEqual(['n/a', 'n/b']);
  await watched.stop();
});

test('no permission is tried again, so that a role that comes later is enough', async () => {
  const watched = new Watched();
  watched.server.faults.forbid('Thing');
  const starting = watched.start();
  await watched.clock.advance(5_000);
  expect(watched.informer.synced.aborted).toBe(false);
  watched.server.faults.allow('Thing');
  await starting;
  watched.server.faults.forbid('Thing');
  watched.server.faults.resetWatches();
  await watched.clock.advance(20_000);
  watched.server.faults.allow('Thing');
  await watched.server.create(thingType, thing('a'));
  await until(watched.clock, 'told', () => watched.changes.length === 1, { withinMs: 61_000 });
  await watched.stop();
});

test('more objects than the limit are refused: nothing is synced until they are fewer', async () => {
  const watched = new Watched({ objectsMax: 2 });
  for (const name of ['a', 'b', 'c']) await watched.server.create(thingType, thing(name));
  const starting = watched.start();
  await watched.clock.advance(5_000);
  expect(watched.informer.synced.aborted).toBe(false);
  await watched.server.delete(thingType, { namespace: 'n', name: 'c' });
  await starting;
  await watched.server.create(thingType, thing('d'));
  await watched.clock.advance(10);
  expect(watched.informer.list()).toHaveLength(2);
  await watched.stop();
});

test('a list that fails over and over is logged once for each reason, and once when it came', async () => {
  const told: string[] = [];
  const note = (message: string): void => void told.push(message);
  const logger: Logger = { ...silentLogger, warn: note, info: note };
  const watched = new Watched({ logger });
  watched.server.faults.fail({ call: 'list', code: 'NOT_FOUND', times: 5 });
  watched.server.faults.fail({ call: 'list', code: 'UNAVAILABLE', times: 3 });
  const starting = watched.start();
  await watched.clock.advance(100);
  expect(watched.informer.listProblem?.code).toBe('NOT_FOUND');
  await starting;
  const failed = 'a list failed and is tried again';
  expect(told).toEqual([failed, failed, 'the list came after all']);
  expect(watched.informer.listProblem).toBeUndefined();
  await watched.stop();
});

test('waiting for the first list ends at a stop', async () => {
  const watched = new Watched();
  watched.server.faults.down();
  const stop = new AbortController();
  const waiting = untilSynced([watched.informer], stop.signal);
  stop.abort();
  expect(await waiting).toBe(false);
});

type Happening =
  | { readonly what: 'write' | 'delete' | 'recreate'; readonly name: number }
  | { readonly what: 'reset' | 'close' | 'compact' | 'freeze' | 'thaw' | 'down' | 'up' | 'failList' | 'bookmark' }
  | { readonly what: 'pass'; readonly ms: number };

/** What the server forgot before a watch that stood still had heard of it. */
const compactedBehindItsBack: Happening[] = [
  { what: 'freeze' },
  { what: 'write', name: 1 },
  { what: 'compact' },
  { what: 'write', name: 0 },
];

test('whatever happens to server and connection, the cache is what the server has once that is over, and changes lead to it', async () => {
  const name = fc.integer({ min: 0, max: 4 });
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ what: fc.constantFrom('write', 'delete', 'recreate'), name }) },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constantFrom('reset', 'close', 'compact', 'freeze', 'thaw', 'down', 'up', 'failList', 'bookmark'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (happenings) => {
      const watched = new Watched({ idleMs: 30_000, relistMs: 300_000 });
      const { server, clock } = watched;
      await watched.start();
      const direct = new FakeDirect(server);
      for (const happening of happenings) await happen(happening, watched, direct);
      server.faults.up();
      server.faults.thaw();
      await clock.advance(130_000);
      expect(await watched.agrees()).toBe(true);
      expect(keysAfter(watched.changes)).toEqual(
        watched.informer
          .list()
          .map(({ metadata }) => `n/${metadata.name}`)
          .toSorted(),
      );
      expect(watched.metrics.sum('tapeline_operator_cache_misses_total')).toBe(0);
      await watched.stop();
    }),
    { numRuns: 60, examples: [[compactedBehindItsBack]] },
  );
});

async function happen(happening: Happening, { server, clock }: Watched, direct: FakeDirect): Promise<void> {
  switch (happening.what) {
    case 'write':
      return await direct.write(`t${happening.name}`);
    case 'delete':
      return await direct.delete(`t${happening.name}`);
    case 'recreate':
      await direct.delete(`t${happening.name}`);
      return await direct.write(`t${happening.name}`);
    case 'reset':
      return server.faults.resetWatches();
    case 'close':
      return server.faults.closeWatches();
    case 'compact':
      return server.compact();
    case 'failList':
      return server.faults.fail({ call: 'list', code: 'UNAVAILABLE', times: 2 });
    case 'bookmark':
      return server.bookmark();
    case 'pass':
      return await clock.advance(happening.ms);
    default:
      return server.faults[happening.what]();
  }
}

/** The keys that the changes, in order, leave. */
function keysAfter(changes: readonly CacheChange[]): string[] {
  const uids = new Map<string, string | undefined>();
  for (const { kind, key, object } of changes) {
    // Created only where nothing is, changed and deleted only as what it is.
    expect(uids.get(key)).toBe(kind === 'added' ? undefined : object.metadata.uid);
    if (kind === 'deleted') uids.delete(key);
    else uids.set(key, object.metadata.uid);
  }
  return [...uids.keys()].toSorted();
}

/** Somebody else's connection, which no fault here touches. */
class FakeDirect {
  readonly #server: FakeKubeApi;
  #size = 0;

  constructor(server: FakeKubeApi) {
    this.#server = server;
  }

  async write(name: string): Promise<void> {
    this.#size += 1;
    await this.#server.past(() =>
      this.#server.apply(thingType, thing(name, { size: this.#size }), { fieldManager: 't', force: true }),
    );
  }

  async delete(name: string): Promise<void> {
    await this.#server.past(() => this.#server.delete(thingType, { namespace: 'n', name }));
  }
}
