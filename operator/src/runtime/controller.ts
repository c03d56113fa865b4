/**
 * The workers of one kind. In: a queue of keys and what to do for a key. Out: each key reconciled until it succeeds, with a deadline and
 * growing waits. A reconcile gets the key and nothing else, so it reads what is true now. Whatever it throws is counted and logged,
 * and ends nothing.
 */
import { hasCode, keyFromText, KubeError, type ObjectKey } from '@tapeline/kubernetes';
import type { Clock, Logger } from '@tapeline/runtime';
import type { ControllerMetrics } from './controller-metrics.ts';
import type { Term } from './leader-election.ts';
import type { WorkQueue } from './work-queue.ts';

/** When to look at the key again; only after a change without `requeueAfterMs`. */
export type ReconcileResult = { readonly requeueAfterMs?: number };

/** What a reconcile has besides its key. */
export type ReconcileContext = {
  /** Fires at its deadline, and when the process stops or leads no more; every call has to have it. */
  readonly signal: AbortSignal;
  readonly term: Term;
};

/** Makes the world as the object of the key says. Level-based: it may be called at any time and any number of times. */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult>;

/** A controller's parts. */
export type ControllerConfig = {
  /** In metrics and logs; small letters. */
  readonly name: string;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  /** Keys worked on at once, from 1. */
  readonly workers: number;
  /** How long one reconcile may take, ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: ControllerMetrics;
};

/** Works on one kind. */
export class Controller {
  readonly #config: ControllerConfig;

  constructor(config: ControllerConfig) {
    this.#config = config;
    config.metrics?.workersMax(config.workers);
  }

  get name(): string {
    return this.#config.name;
  }

  get queue(): WorkQueue {
    return this.#config.queue;
  }

  /** How long a reconcile may take, ms. */
  get timeoutMs(): number {
    return this.#config.timeoutMs;
  }

  /** Works until `stop`, then finishes what is under way; at `abandon`, or when the term ends, that is told to end at once. */
  async run(term: Term, stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const workers = Array.from({ length: this.#config.workers }, async () => {
      for (;;) {
        const key = await this.#config.queue.take(stop);
        if (key === undefined) return;
        await this.#work(key, term, [abandon, term.ended]);
      }
    });
    await Promise.all(workers);
  }

  async #work(key: string, term: Term, ends: readonly AbortSignal[]): Promise<void> {
    const { queue, clock, metrics, reconcile, timeoutMs } = this.#config;
    const startedMs = clock.monotonicMs();
    const over = new AbortController();
    const done = new AbortController();
    const end = (): void => over.abort();
    for (const signal of ends) {
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
    }
    let isLate = false;
    const timer = clock.sleep(timeoutMs, done.signal).then(() => {
      if (done.signal.aborted) return;
      isLate = true;
      metrics?.timedOut();
      end();
    });
    const tookMs = (): number => clock.monotonicMs() - startedMs;
    try {
      const { requeueAfterMs } = await reconcile(keyFromText(key), { signal: over.signal, term });
      queue.forget(key);
      if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
      metrics?.reconciled(requeueAfterMs === undefined ? 'success' : 'requeue_after', tookMs());
    } catch (error) {
      const isAbandoned = !isLate && over.signal.aborted;
      if (!isAbandoned) this.#failed(key, error, tookMs());
    } finally {
      for (const signal of ends) signal.removeEventListener('abort', end);
      done.abort();
      await timer;
      queue.done(key);
    }
  }

  #failed(key: string, error: unknown, tookMs: number): void {
    const { queue, logger, metrics, name } = this.#config;
    const waitMs = queue.addAfterFailure(key, error instanceof KubeError ? error.retryAfterMs : undefined);
    // What was read was old already; reading again is the remedy, and nobody has to know.
    if (hasCode(error, 'CONFLICT')) {
      metrics?.reconciled('requeue', tookMs);
      logger.debug('a reconcile met a newer object and is done again', { controller: name, key, waitMs });
      return;
    }
    metrics?.reconciled('error', tookMs);
    logger.error('a reconcile failed and is tried again', {
      controller: name,
      key,
      failures: queue.failures(key),
      waitMs,
      error,
    });
  }
}
