/** Workers: each key until it succeeds, whatever a reconcile does. */
import { KubeError } from '@tapeline/kubernetes';
import { createHealth, ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { Controller, type Reconcile } from '../../../operator/src/runtime/controller.ts';
import { controllerMetrics } from '../../../operator/src/runtime/controller-metrics.ts';
import type { Term } from '../../../operator/src/runtime/leader-election.ts';
import { judgeWork } from '../../../operator/src/runtime/work-liveness.ts';
import { WorkQueue } from '../../../operator/src/runtime/work-queue.ts';
import { CountedMetrics } from './counted-metrics.ts';

/** A controller at work, without a server. */
class AtWork {
  readonly clock = new ManualClock();
  readonly metrics = new CountedMetrics();
  readonly queue: WorkQueue;
  readonly controller: Controller;
  readonly stop = new AbortController();
  readonly abandon = new AbortController();
  readonly termEnd = new AbortController();
  readonly #running: Promise<void>;

  constructor(reconcile: Reconcile, workers = 1) {
    const metrics = controllerMetrics(this.metrics, 'thing');
    this.queue = new WorkQueue({ clock: this.clock, observer: metrics.queue });
    this.controller = new Controller({
      name: 'thing',
      queue: this.queue,
      reconcile,
      workers,
      timeoutMs: 60_000,
      clock: this.clock,
      logger: silentLogger,
      metrics,
    });
    const term: Term = { token: 7, ended: this.termEnd.signal, isHeld: () => true };
    this.#running = this.controller.run(term, this.stop.signal, this.abandon.signal);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.clock.advance(0);
    await this.#running;
  }

  count(result: string): number {
    return this.metrics.value('controller_runtime_reconcile_total', { controller: 'thing', result });
  }
}

test('a reconcile gets the key and the term, and asks for the next look itself', async () => {
  const seen: string[] = [];
  const work = new AtWork(async ({ namespace, name }, { term }) => {
    seen.push(`${namespace}/${name} ${term.token}`);
    return { requeueAfterMs: 30_000 };
  });
  work.queue.add('n/a');
  await work.clock.advance(60_000);
  expect(seen).toEqual(['n/a 7', 'n/a 7', 'n/a 7']);
  expect(work.count('requeue_after')).toBe(3);
  await work.end();
});

test('what a reconcile throws is counted and tried again, with waits that grow, until it succeeds', async () => {
  const at: number[] = [];
  const work = new AtWork(async () => {
    at.push(work.clock.monotonicMs());
    if (at.length < 5) throw new Error('a defect of the test');
    return {};
  });
  work.queue.add('n/a');
  await work.clock.advance(10_000);
  expect(at).toEqual([0, 5, 15, 35, 75]);
  expect([work.count('error'), work.count('success'), work.queue.failures('n/a')]).toEqual([4, 1, 0]);
  expect(work.metrics.sum('controller_runtime_reconcile_errors_total')).toBe(4);
  expect(work.metrics.value('workqueue_retries_total', { name: 'thing', controller: 'thing' })).toBe(4);
  await work.end();
});

test('a newer object is no error, and a server that asks for patience gets it', async () => {
  const errors = [new KubeError('CONFLICT', 'newer'), new KubeError('UNAVAILABLE', 'busy', { retryAfterMs: 9_000 })];
  const at: number[] = [];
  const work = new AtWork(async () => {
    at.push(work.clock.monotonicMs());
    const error = errors.shift();
    if (error !== undefined) throw error;
    return {};
  });
  work.queue.add('n/a');
  await work.clock.advance(20_000);
  expect(at).toEqual([0, 5, 9_005]);
  expect([work.count('requeue'), work.count('error'), work.count('success')]).toEqual([1, 1, 1]);
  await work.end();
});

test('a reconcile past its deadline is told to end, and counts as failed', async () => {
  const work = new AtWork(async (_key, { signal }) => {
    await work.clock.sleep(3_600_000, signal);
    if (signal.aborted) throw new KubeError('ABORTED', 'told to end');
    return {};
  });
  work.queue.add('n/a');
  await work.clock.advance(60_001);
  expect([work.count('error'), work.metrics.sum('controller_runtime_reconcile_timeouts_total')]).toEqual([1, 1]);
  work.abandon.abort();
  await work.end();
});

test('one key is never worked on by two workers, while others go on beside it', async () => {
  const atWork = new Set<string>();
  let most = 0;
  const work = new AtWork(async ({ name }) => {
    expect(atWork.has(name)).toBe(false);
    atWork.add(name);
    most = Math.max(most, atWork.size);
    await work.clock.sleep(100);
    atWork.delete(name);
    return {};
  }, 3);
  for (let round = 0; round < 5; round += 1) {
    for (const name of ['a', 'b', 'c', 'd']) work.queue.add(`n/${name}`);
    await work.clock.advance(50);
  }
  await work.clock.advance(1_000);
  expect(most).toBe(3);
  expect(work.count('error')).toBe(0);
  await work.end();
});

test('at a stop what is under way is finished and nothing new begins; at the end of a term it is told to end', async () => {
  let finished = 0;
  let abandoned = 0;
  const work = new AtWork(async (_key, { signal }) => {
    await work.clock.sleep(1_000, signal);
    if (signal.aborted) {
      abandoned += 1;
      throw new KubeError('ABORTED', 'told to end');
    }
    finished += 1;
    return {};
  });
  work.queue.add('n/a');
  work.queue.add('n/b');
  await work.clock.advance(500);
  work.stop.abort();
  await work.clock.advance(10_000);
  expect([finished, work.queue.depth]).toEqual([1, 1]);
  await work.end();
  const lost = new AtWork(async (_key, { signal }) => {
    await lost.clock.sleep(1_000, signal);
    if (signal.aborted) abandoned += 1;
    throw new KubeError('ABORTED', 'told to end');
  });
  lost.queue.add('n/a');
  await lost.clock.advance(500);
  lost.termEnd.abort();
  await lost.end();
  expect([abandoned, lost.count('error')]).toEqual([1, 0]);
});

/** How the work of a controller is judged. */
function judgement({ controller, clock }: AtWork, isLeading = true): string | undefined {
  const health = createHealth();
  judgeWork({ health, controllers: [controller], clock }, isLeading);
  return health.report().parts[0]?.state;
}

test('much work that takes long is no standstill, however long a key waits', async () => {
  const work: AtWork = new AtWork(async (_key, { signal }) => {
    await work.clock.sleep(50_000, signal);
    return {};
  });
  for (let key = 0; key < 30; key += 1) work.queue.add(`n/${key}`);
  const judged = new Set<string | undefined>();
  for (let second = 0; second < 1_400; second += 10) {
    await work.clock.advance(10_000);
    judged.add(judgement(work));
  }
  expect([...judged]).toEqual(['ready']);
  expect(work.count('success')).toBeGreaterThan(25);
  work.abandon.abort();
  await work.end();
});

test('who stood by for an hour is not judged by it when it begins to lead', async () => {
  const standby = new AtWork(async () => ({}));
  await standby.end();
  for (let key = 0; key < 10; key += 1) standby.queue.add(`n/${key}`);
  await standby.clock.advance(3_600_000);
  expect([judgement(standby, false), judgement(standby)]).toEqual(['ready', 'failed']);
  const stop = new AbortController();
  const term: Term = { token: 8, ended: new AbortController().signal, isHeld: () => true };
  const running = standby.controller.run(term, stop.signal, new AbortController().signal);
  expect(judgement(standby)).toBe('ready');
  await standby.clock.advance(1);
  expect([judgement(standby), standby.queue.depth]).toEqual(['ready', 0]);
  stop.abort();
  await running;
});

test('a worker that does not hear its deadline makes the process unfit, and so does a key that no worker takes', async () => {
  let release = (): void => undefined;
  const work = new AtWork(async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return {};
  });
  const judge = (isLeading: boolean): string | undefined => judgement(work, isLeading);
  expect(judge(true)).toBe('ready');
  work.queue.add('n/a');
  await work.clock.advance(119_000);
  expect(judge(true)).toBe('ready');
  await work.clock.advance(2_000);
  expect(judge(true)).toBe('failed');
  release();
  await work.end();
  work.queue.add('n/b');
  await work.clock.advance(600_001);
  expect([judge(false), judge(true)]).toEqual(['ready', 'failed']);
});
