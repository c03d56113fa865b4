/** One of many leads: by the lease, by each one's own clock, whatever the connection, the clocks and the processes do. */
import { hasCode, type KubeApi, kubeTypes, type KubeObject } from '@tapeline/kubernetes';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fencedApi } from '../../../operator/src/runtime/fenced-api.ts';
import { LeaderElection, type Term } from '../../../operator/src/runtime/leader-election.ts';
import { leaseRecordOf } from '../../../operator/src/runtime/lease-record.ts';
import { FakeKubeApi } from '../../../packages/adapters/kubernetes/test-kit/fake-kube-api.ts';
import { DriftingClock, heardBy } from './drifting-clock.ts';
import { until } from './settled.ts';
import { seededRandom, thing, thingType } from './things.ts';

const lease = { namespace: 'n', name: 'operator' };

/** A process that wants to lead. */
class Candidate {
  readonly clock: DriftingClock;
  readonly api: KubeApi;
  readonly terms: Term[] = [];
  outcome: string | undefined;
  readonly #stop = new AbortController();
  readonly #election: LeaderElection;
  readonly #done: Promise<void>;

  constructor(
    shared: ManualClock,
    server: FakeKubeApi,
    identity: string,
    { rate = 1, wallOffsetMs = 0, seed = 1 } = {},
  ) {
    this.clock = new DriftingClock(shared, rate, wallOffsetMs);
    this.api = heardBy(this.clock, server);
    this.#election = new LeaderElection({
      api: this.api,
      lease,
      identity,
      clock: this.clock,
      random: seededRandom(seed),
      logger: silentLogger,
    });
    this.#done = this.#run();
  }

  /** Whether it would write now. */
  get leads(): boolean {
    return !this.clock.isStopped && this.terms.at(-1)?.isHeld() === true;
  }

  stop(): void {
    this.#stop.abort();
  }

  async ended(): Promise<void> {
    await this.#done;
  }

  async #run(): Promise<void> {
    this.outcome = await this.#election.lead(this.#stop.signal, async (term) => {
      this.terms.push(term);
      const either = AbortSignal.any([term.ended, this.#stop.signal]);
      if (!either.aborted) {
        await new Promise<void>((resolve) => {
          either.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      return 'done';
    });
  }
}

async function leaseOf(api: KubeApi): Promise<KubeObject | undefined> {
  return await api.get(kubeTypes.lease, lease);
}

test('the first one leads, the second waits, and takes over at once when the first stops', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  const first = new Candidate(shared, server, 'first');
  await until(shared, 'first leads', () => first.leads);
  const second = new Candidate(shared, server, 'second');
  await shared.advance(60_000);
  expect([first.leads, second.leads]).toEqual([true, false]);
  first.stop();
  await until(shared, 'second leads', () => second.leads, { withinMs: 2_500 });
  await first.ended();
  expect(first.outcome).toBe('stopped');
  expect(second.terms[0]?.token).toBe((first.terms[0]?.token ?? 0) + 1);
  second.stop();
  await until(shared, 'second has ended', () => second.outcome !== undefined);
  const record = leaseRecordOf((await leaseOf(server)) ?? thing('none'));
  expect(record).toMatchObject({ holder: '', transitions: second.terms[0]?.token });
});

test('a leader that cannot renew stops before anyone else may begin, and says that it lost', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  const first = new Candidate(shared, server, 'first');
  await until(shared, 'first leads', () => first.leads);
  const second = new Candidate(shared, server, 'second');
  await shared.advance(3_000);
  server.faults.freeze();
  const frozenMs = shared.monotonicMs();
  await until(shared, 'first has lost', () => first.outcome === 'lost', { withinMs: 12_500 });
  expect(shared.monotonicMs() - frozenMs).toBeLessThanOrEqual(12_500);
  expect(second.leads).toBe(false);
  server.faults.thaw();
  await until(shared, 'second leads', () => second.leads, { withinMs: 20_000 });
  second.stop();
  await until(shared, 'second has ended', () => second.outcome !== undefined);
});

test('a leader that stood still for a minute writes nothing when it goes on', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  const first = new Candidate(shared, server, 'first');
  await until(shared, 'first leads', () => first.leads);
  const [term] = first.terms;
  if (term === undefined) throw new Error('there is no term');
  const api = fencedApi(first.api, term);
  await api.create(thingType, thing('before'));
  first.clock.standStill();
  const second = new Candidate(shared, server, 'second');
  await until(shared, 'second leads', () => second.leads, { withinMs: 20_000 });
  await shared.advance(40_000);
  first.clock.goOn();
  // Before any timer of the first one runs.
  await expect(api.create(thingType, thing('after'))).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await api.get(thingType, { namespace: 'n', name: 'after' })).toBeUndefined();
  await until(shared, 'first has lost', () => first.outcome === 'lost', { withinMs: 1_000 });
  expect(second.leads).toBe(true);
  second.stop();
  await until(shared, 'second has ended', () => second.outcome !== undefined);
});

test('a write under way when the term ends is given up', async () => {
  const shared = new ManualClock(0);
  const server = new FakeKubeApi(shared);
  const ended = new AbortController();
  const api = fencedApi(server, { token: 1, ended: ended.signal, isHeld: () => !ended.signal.aborted });
  server.faults.freeze();
  const writing = api.create(thingType, thing('a')).then(
    () => 'success',
    (error: unknown) => (hasCode(error, 'ABORTED') ? 'ABORTED' : String(error)),
  );
  await shared.advance(10);
  ended.abort();
  await shared.advance(10);
  expect(await writing).toBe('ABORTED');
});

test('an answer that was lost neither ends a term nor makes a candidate wait for itself', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  server.faults.fail({ call: 'create', kind: 'Lease', code: 'DEADLINE', isDone: true });
  const only = new Candidate(shared, server, 'only');
  await until(shared, 'it leads', () => only.leads, { withinMs: 5_000 });
  server.faults.fail({ call: 'patch', kind: 'Lease', code: 'DEADLINE', isDone: true });
  await shared.advance(30_000);
  expect([only.leads, only.terms.length]).toEqual([true, 1]);
  only.stop();
  await until(shared, 'it has ended', () => only.outcome !== undefined);
  expect(only.outcome).toBe('stopped');
});

test('tokens go on rising although the lease was deleted', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  const first = new Candidate(shared, server, 'first');
  await until(shared, 'first leads', () => first.leads);
  await shared.advance(120_000);
  await server.delete(kubeTypes.lease, lease);
  await until(shared, 'first has lost', () => first.outcome === 'lost');
  const second = new Candidate(shared, server, 'second');
  await until(shared, 'second leads', () => second.leads);
  expect(second.terms[0]?.token ?? 0).toBeGreaterThan(first.terms[0]?.token ?? 0);
  second.stop();
  await until(shared, 'second has ended', () => second.outcome !== undefined);
});

test('work left behind at a stop leaves the lease to run out', async () => {
  const shared = new ManualClock(1_700_000_000_000);
  const server = new FakeKubeApi(shared);
  const stop = new AbortController();
  const election = new LeaderElection({
    api: server,
    lease,
    identity: 'only',
    clock: shared,
    random: seededRandom(1),
    logger: silentLogger,
  });
  const outcome = election.lead(stop.signal, async () => 'left-behind');
  stop.abort();
  await shared.advance(0);
  expect(['finished', 'stopped']).toContain(await outcome);
  expect(election.isLeading()).toBe(false);
});

test('times that contradict each other are refused', () => {
  const shared = new ManualClock();
  const config = {
    api: new FakeKubeApi(shared),
    lease,
    identity: 'a',
    clock: shared,
    random: seededRandom(1),
    logger: silentLogger,
  };
  expect(
    () => new LeaderElection({ ...config, times: { durationMs: 5_000, renewMs: 10_000, retryMs: 1_000 } }),
  ).toThrow(RangeError);
  expect(() => new LeaderElection({ ...config, times: { durationMs: 1_500, renewMs: 1_000, retryMs: 200 } })).toThrow(
    /whole seconds/,
  );
});

type Order = {
  readonly atMs: number;
  readonly what: 'freeze' | 'down' | 'lost' | 'still' | 'fail';
  readonly forMs: number;
  readonly who: number;
};

test('never do two lead at once, and tokens rise, with clocks that drift, processes that stand still and calls that fail', async () => {
  const order = fc.record({
    atMs: fc.integer({ min: 0, max: 50_000 }),
    what: fc.constantFrom<Order['what']>('freeze', 'down', 'lost', 'still', 'fail'),
    forMs: fc.integer({ min: 100, max: 25_000 }),
    who: fc.integer({ min: 0, max: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(order, { maxLength: 8 }),
      fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { minLength: 3, maxLength: 3 }),
      fc.integer(),
      async (orders, rates, seed) => {
        const shared = new ManualClock(1_700_000_000_000);
        const server = new FakeKubeApi(shared);
        const all = rates.map(
          (rate, index) =>
            new Candidate(shared, server, `c${index}`, {
              rate,
              wallOffsetMs: (index - 1) * 86_400_000,
              seed: seed + index,
            }),
        );
        const stepMs = 250;
        for (let nowMs = 0; nowMs < 80_000; nowMs += stepMs) {
          for (const { atMs, what, forMs, who } of orders) {
            const begins = atMs >= nowMs && atMs < nowMs + stepMs;
            const ends = atMs + forMs >= nowMs && atMs + forMs < nowMs + stepMs;
            const candidate = all[who];
            if (begins && what === 'freeze') server.faults.freeze();
            if (ends && what === 'freeze') server.faults.thaw();
            if (begins && what === 'down') server.faults.down();
            if (ends && what === 'down') server.faults.up();
            if (begins && what === 'still') candidate?.clock.standStill();
            if (ends && what === 'still') candidate?.clock.goOn();
            if (begins && what === 'lost')
              server.faults.fail({ kind: 'Lease', code: 'DEADLINE', isDone: true, times: 2 });
            if (begins && what === 'fail') server.faults.fail({ kind: 'Lease', code: 'UNAVAILABLE', times: 3 });
          }
          // Right after one goes on, too: before any timer of it has run.
          expect(all.filter(({ leads }) => leads).length).toBeLessThanOrEqual(1);
          await shared.advance(stepMs);
          expect(all.filter(({ leads }) => leads).length).toBeLessThanOrEqual(1);
        }
        for (const { clock } of all) clock.goOn();
        server.faults.up();
        server.faults.thaw();
        const alive = all.filter(({ outcome }) => outcome === undefined);
        if (alive.length > 0)
          await until(shared, 'one leads in the end', () => alive.some(({ leads }) => leads), {
            withinMs: 40_000,
            stepMs: 250,
          });
        const tokens = all.flatMap(({ terms }) => terms.map(({ token }) => token));
        expect(new Set(tokens).size).toBe(tokens.length);
        for (const candidate of all) candidate.stop();
        await until(shared, 'all have ended', () => all.every(({ outcome }) => outcome !== undefined), { stepMs: 250 });
      },
    ),
    { numRuns: 100 },
  );
});
