/**
 * What a person reads under `kubectl describe`. In: something that happened to an object. Out: an Event of events.k8s.io/v1, or one
 * more in the series of the same. Law 7: a queue of 1,000, and per object 25 at once and then one in 5 min; what goes beyond is
 * dropped and counted. Reconciles never wait for it and never fail by it.
 */
import { hasCode, type KubeApi, KubeError, type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import { microTime } from './lease-record.ts';
import { TokenBuckets } from './token-buckets.ts';

/** What happened. Record transitions only: a state that goes on is a condition. */
export type EventFacts = {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase, 1 to 128 characters. */
  readonly reason: string;
  /** What was done or tried, one word in CamelCase, 1 to 128 characters. */
  readonly action: string;
  /** A sentence for a person; cut at 1,024 characters. */
  readonly note: string;
};

/** Who records, and where to. */
export type EventRecorderConfig = {
  readonly api: KubeApi;
  /** For example `tapeline.dev/operator`. */
  readonly controller: string;
  /** This process. */
  readonly instance: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly onOutcome?: (outcome: 'written' | 'counted' | 'dropped' | 'failed') => void;
};

type Pending = { readonly about: KubeObject; readonly facts: EventFacts; readonly key: string; readonly atMs: number };
type Series = { readonly name: string; readonly namespace: string; count: number; lastMs: number };

const queueMax = 1_000;
const seriesMax = 4_000;
/** The same thing within this time is one event with a count. */
const seriesMs = 10 * 60_000;
const noteCharsMax = 1_024;
const instanceCharsMax = 128;

/** Records events in the background. */
export class EventRecorder {
  readonly #config: EventRecorderConfig;
  readonly #queue: Pending[] = [];
  readonly #series = new Map<string, Series>();
  readonly #buckets = new TokenBuckets({ burst: 25, everyMs: 5 * 60_000, keysMax: seriesMax });
  #wake: (() => void) | undefined;

  constructor(config: EventRecorderConfig) {
    this.#config = config;
  }

  /** How many wait to be written. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Something happened to `about`, now. */
  record(about: KubeObject, facts: EventFacts): void {
    const { clock, onOutcome } = this.#config;
    const uid = about.metadata.uid ?? '';
    const key = [uid, facts.type, facts.reason, facts.action, facts.note].join('\n');
    const isWanted = this.#queue.length < queueMax && this.#buckets.take(uid, clock.monotonicMs());
    if (!isWanted) {
      onOutcome?.('dropped');
      return;
    }
    this.#queue.push({ about, facts, key, atMs: clock.nowMs() });
    this.#wake?.();
  }

  /** Writes until `stop`, and then what is still there, for at most `flushMs`. */
  async run(stop: AbortSignal, flushMs = 2_000): Promise<void> {
    while (!stop.aborted) {
      const next = this.#queue.shift();
      if (next === undefined) await this.#untilRecorded(stop);
      else await this.#write(next, 5_000);
    }
    const untilMs = this.#config.clock.monotonicMs() + flushMs;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const leftMs = untilMs - this.#config.clock.monotonicMs();
      if (leftMs <= 0) this.#config.onOutcome?.('dropped');
      else await this.#write(next, leftMs);
    }
  }

  async #untilRecorded(stop: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wake = undefined;
        stop.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      stop.addEventListener('abort', wake, { once: true });
    });
  }

  async #write(pending: Pending, deadlineMs: number): Promise<void> {
    const { clock, logger, onOutcome } = this.#config;
    try {
      const known = this.#series.get(pending.key);
      const isSame = known !== undefined && clock.monotonicMs() - known.lastMs < seriesMs;
      if (isSame && (await this.#count(known, pending, deadlineMs))) onOutcome?.('counted');
      else {
        await this.#create(pending, deadlineMs);
        onOutcome?.('written');
      }
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      onOutcome?.('failed');
      logger.warn('an event was not written', { reason: pending.facts.reason, note: pending.facts.note, error });
    }
  }

  async #create({ about, facts, key, atMs }: Pending, deadlineMs: number): Promise<void> {
    const { api, controller, instance, random, clock } = this.#config;
    const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
    const own = `${name.slice(0, 200)}.${random.bits(64).toString(16).padStart(16, '0')}`;
    await api.create(
      kubeTypes.event,
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: own, namespace },
        eventTime: microTime(atMs),
        type: facts.type,
        reason: facts.reason,
        action: facts.action,
        note: facts.note.slice(0, noteCharsMax),
        reportingController: controller,
        reportingInstance: instance.slice(0, instanceCharsMax),
        regarding: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name,
          ...(about.metadata.namespace === undefined ? {} : { namespace }),
          ...(uid === undefined ? {} : { uid }),
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        },
      },
      { deadlineMs },
    );
    this.#series.delete(key);
    this.#series.set(key, { name: own, namespace, count: 1, lastMs: clock.monotonicMs() });
    // The oldest is forgotten: its next event is a new one.
    for (const oldest of this.#series.keys()) {
      if (this.#series.size <= seriesMax) break;
      this.#series.delete(oldest);
    }
  }

  /** One more of a series; false if its event is gone meanwhile. */
  async #count(series: Series, { atMs }: Pending, deadlineMs: number): Promise<boolean> {
    const { api, clock } = this.#config;
    const count = series.count + 1;
    const patch = { series: { count, lastObservedTime: microTime(atMs) } };
    try {
      await api.patch(kubeTypes.event, { namespace: series.namespace, name: series.name }, patch, { deadlineMs });
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return false;
      throw error;
    }
    series.count = count;
    series.lastMs = clock.monotonicMs();
    return true;
  }
}
