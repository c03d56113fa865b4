/**
 * One of many works. In: a Lease, our identity. Out: terms: each begins when the lease is ours, has a token that only rises, and
 * ends well before anyone else may begin, by our own clock. What a term's work writes after its end is refused by `fenced-api`.
 */
import { hasCode, type KubeApi, KubeError, type KubeObject, kubeTypes, type ObjectKey } from '@tapeline/kubernetes';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import { firstTransitions, type LeaseRecord, leaseRecordOf, microTime } from './lease-record.ts';
import { LeaseWatch } from './lease-watch.ts';

/** The times, ms; 15,000, 10,000 and 2,000 if absent. */
export type LeaseTimes = {
  /** How long others wait after a renewal. */
  readonly durationMs: number;
  /** How long after the last renewal the work ends by itself; below `durationMs`. */
  readonly renewMs: number;
  /** How often it is renewed or asked for; below `renewMs`. */
  readonly retryMs: number;
};

/** The usual times of Kubernetes' own controllers. */
export const leaseTimesDefault: LeaseTimes = { durationMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

/** Who wants to lead, and by which lease. */
export type LeaderElectionConfig = {
  readonly api: KubeApi;
  readonly lease: Required<ObjectKey>;
  /** Of this process alone; host and a random part. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly onLeading?: (isLeader: boolean) => void;
};

/** A time in which this process leads. */
export type Term = {
  /** The lease's `leaseTransitions`: higher than every earlier term's. For everything that must refuse a late writer. */
  readonly token: number;
  /** Fires when the term is over; what runs then has to stop. */
  readonly ended: AbortSignal;
  /** Whether the lease is ours for certain, by the clock and not by a timer: false also right after a long standstill. */
  isHeld(): boolean;
};

type Held = { readonly token: number; resourceVersion: string };

/** Takes part in the election of one lease. */
export class LeaderElection {
  readonly #config: LeaderElectionConfig;
  readonly #times: LeaseTimes;
  readonly #watch = new LeaseWatch();
  #held: Held | undefined;
  #renewedMs = 0;

  /** `RangeError` if the times contradict each other. */
  constructor(config: LeaderElectionConfig) {
    this.#config = config;
    this.#times = config.times ?? leaseTimesDefault;
    const { durationMs, renewMs, retryMs } = this.#times;
    if (!(durationMs > renewMs && renewMs > retryMs && retryMs > 0 && durationMs % 1_000 === 0)) {
      throw new RangeError(
        `lease of ${durationMs} ms, renewed within ${renewMs} ms every ${retryMs} ms; give whole seconds and 0 < retry < renew < duration`,
      );
    }
  }

  /** Whether this process leads for certain. */
  isLeading(): boolean {
    return this.#held !== undefined && this.#config.clock.monotonicMs() < this.#renewedMs + this.#times.renewMs;
  }

  /**
   * Waits for the lease, then runs `work` for one term; at `stop` the work has to end by itself, and the lease is renewed until
   * it has and then let go; if it left something running behind, the lease is left to run out. Answers why the term is over. After
   * `lost` the process should end, so that a new one begins with nothing in memory. Rejects with what `work` does.
   */
  async lead(
    stop: AbortSignal,
    work: (term: Term) => Promise<'done' | 'left-behind'>,
  ): Promise<'stopped' | 'lost' | 'finished'> {
    const { logger, onLeading, lease } = this.#config;
    while (!stop.aborted && !(await this.#tryAcquire(stop))) await this.#pause(stop);
    const held = this.#held;
    if (held === undefined) return 'stopped';
    logger.info('this process leads', { lease: `${lease.namespace}/${lease.name}`, token: held.token });
    onLeading?.(true);
    const ended = new AbortController();
    const working = new AbortController();
    const renewing = this.#renewUntil(working.signal, ended);
    let isDone = false;
    let isLost = false;
    try {
      const isHeld = (): boolean => this.isLeading() && !ended.signal.aborted;
      isDone = (await work({ token: held.token, ended: ended.signal, isHeld })) === 'done';
    } finally {
      working.abort();
      await renewing;
      onLeading?.(false);
      isLost = !this.isLeading();
      if (isLost) logger.warn('this process does not lead any more', { token: held.token });
      else if (isDone) await this.#release();
      this.#held = undefined;
    }
    if (isLost) return 'lost';
    return stop.aborted ? 'stopped' : 'finished';
  }

  /** Renews until the work is over; ends the term when it cannot, also when the clock has jumped past it. */
  async #renewUntil(over: AbortSignal, ended: AbortController): Promise<void> {
    const { clock } = this.#config;
    while (!over.aborted) {
      const leftMs = this.#renewedMs + this.#times.renewMs - clock.monotonicMs();
      if (leftMs <= 0) {
        ended.abort();
        return;
      }
      await clock.sleep(Math.min(this.#times.retryMs, leftMs), over);
      if (!over.aborted && (await this.#tryRenew(over)) === 'taken') {
        this.#renewedMs = -Infinity;
        ended.abort();
        return;
      }
    }
  }

  async #tryRenew(over: AbortSignal): Promise<'renewed' | 'failed' | 'taken'> {
    const { api, lease, identity, clock, logger } = this.#config;
    const held = this.#held;
    if (held === undefined || !this.isLeading()) return 'failed';
    const askedMs = clock.monotonicMs();
    // A call that outlives the term would end it late.
    const leftMs = this.#renewedMs + this.#times.renewMs - askedMs;
    const options = { signal: over, fieldManager, deadlineMs: Math.min(this.#times.renewMs / 2, leftMs) };
    try {
      const patch = {
        metadata: { resourceVersion: held.resourceVersion },
        spec: { renewTime: microTime(clock.nowMs()) },
      };
      const object = await api.patch(kubeTypes.lease, lease, patch, options);
      held.resourceVersion = object.metadata.resourceVersion ?? '';
      this.#renewedMs = askedMs;
      return 'renewed';
    } catch (error) {
      if (over.aborted || !(error instanceof KubeError)) return this.#failed(error, over);
      logger.warn('the lease was not renewed', { error });
      if (error.code === 'NOT_FOUND') return 'taken';
      if (error.code !== 'CONFLICT') return 'failed';
    }
    return await this.#reread(held, identity, options);
  }

  /** Somebody wrote the lease, perhaps we: a renewal whose answer was lost. */
  async #reread(
    held: Held,
    identity: string,
    options: { signal: AbortSignal; deadlineMs: number },
  ): Promise<'failed' | 'taken'> {
    const { api, lease } = this.#config;
    try {
      const object = await api.get(kubeTypes.lease, lease, options);
      if (object === undefined) return 'taken';
      const record = leaseRecordOf(object);
      if (record.holder !== identity || record.transitions !== held.token) return 'taken';
      held.resourceVersion = record.resourceVersion;
      return 'failed';
    } catch (error) {
      return this.#failed(error, options.signal);
    }
  }

  #failed(error: unknown, over: AbortSignal): 'failed' {
    if (!(error instanceof KubeError)) throw error;
    if (!over.aborted) this.#config.logger.warn('the lease could not be read', { error });
    return 'failed';
  }

  /** Takes the lease if it is free or over; true once it is ours. */
  async #tryAcquire(stop: AbortSignal): Promise<boolean> {
    const { api, lease, clock, logger, identity } = this.#config;
    try {
      const object = await api.get(kubeTypes.lease, lease, this.#callOptions(stop));
      const readMs = clock.monotonicMs();
      const record = object === undefined ? undefined : leaseRecordOf(object);
      if (record === undefined) this.#watch.seeNone();
      else this.#watch.see(record, readMs);
      // Ours without our knowing: we took it and the answer was lost.
      const isOurs = record?.holder === identity;
      if (!isOurs && this.#watch.waitMs(readMs, this.#times.durationMs) > 0) return false;
      const askedMs = clock.monotonicMs();
      const taken = await this.#take(record, stop);
      const token = leaseRecordOf(taken).transitions;
      this.#held = { token, resourceVersion: taken.metadata.resourceVersion ?? '' };
      this.#renewedMs = askedMs;
      return true;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // Somebody else was faster; that is what the lease is for.
      if (!stop.aborted && !hasCode(error, 'CONFLICT', 'ALREADY_EXISTS')) {
        logger.warn('the lease could not be asked for', { error });
      }
      return false;
    }
  }

  async #take(record: LeaseRecord | undefined, stop: AbortSignal): Promise<KubeObject> {
    const { api, lease, identity, clock } = this.#config;
    const now = microTime(clock.nowMs());
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: this.#times.durationMs / 1_000,
      // Also where we held it before: every term has a token of its own.
      leaseTransitions: Math.max(
        (record?.transitions ?? 0) + 1,
        record === undefined ? firstTransitions(clock.nowMs()) : 0,
      ),
      acquireTime: now,
      renewTime: now,
    };
    if (record === undefined) {
      const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...lease }, spec };
      return await api.create(kubeTypes.lease, object, this.#callOptions(stop));
    }
    const patch = { metadata: { resourceVersion: record.resourceVersion }, spec };
    return await api.patch(kubeTypes.lease, lease, patch, this.#callOptions(stop));
  }

  /** Lets go, so that the next need not wait; a failure only costs that wait. */
  async #release(): Promise<void> {
    const { api, lease, clock, logger } = this.#config;
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.nowMs()) };
    const patch = { metadata: { resourceVersion: held.resourceVersion }, spec };
    try {
      await api.patch(kubeTypes.lease, lease, patch, {
        fieldManager: fieldManager,
        deadlineMs: this.#times.renewMs / 2,
      });
      logger.info('the lease is free', { token: held.token });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      logger.warn('the lease was not freed, it runs out by itself', { error });
    }
  }

  #callOptions(signal: AbortSignal): { signal: AbortSignal; deadlineMs: number; fieldManager: string } {
    return { signal, deadlineMs: this.#times.renewMs / 2, fieldManager };
  }

  async #pause(stop: AbortSignal): Promise<void> {
    const { clock, random } = this.#config;
    await clock.sleep(this.#times.retryMs * (1 + random.next() * 0.2), stop);
  }
}

const fieldManager = 'tapeline-leader-election';
