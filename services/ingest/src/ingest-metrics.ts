/**
 * Numbers of ingest. In: what happens. Out: metrics in base units, and a rate for the status. No label names an
 * instrument (law 8 without a flood).
 */
import type { Clock, Counter, Gauge, Histogram, Metrics } from '@tapeline/runtime';

/** The rate is the mean of so many seconds. */
const rateSeconds = 10;

const appendBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Counts what ingest does. */
export class IngestMetrics {
  ticksTotal = 0;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #ticks: Counter;
  readonly #batches: Counter;
  readonly #bytes: Counter;
  readonly #acks: Counter;
  readonly #refusals: Counter;
  readonly #appends: Histogram;
  readonly #failures: Counter;
  readonly #laneBytes: Gauge;
  readonly #streams: Gauge;
  readonly #mapEpoch: Gauge;
  /** Ticks of the last seconds; the second that each entry belongs to. */
  readonly #counts: number[] = Array.from({ length: rateSeconds + 1 }, () => 0);
  readonly #seconds: number[] = Array.from({ length: rateSeconds + 1 }, () => -1);

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    const verdicts = ['verdict', 'code'];
    this.#ticks = metrics.counter('tapeline_ingest_ticks_total', 'Ticks by verdict, once they are durable.', verdicts);
    this.#batches = metrics.counter('tapeline_ingest_batches_total', 'Messages of ticks taken, by form.', ['form']);
    this.#bytes = metrics.counter('tapeline_ingest_bytes_total', 'Bytes of records appended to the tick log.');
    this.#acks = metrics.counter('tapeline_ingest_acks_total', 'Acks sent.');
    this.#refusals = metrics.counter('tapeline_ingest_refusals_total', 'Calls and streams ended by a refusal.', [
      'reason',
    ]);
    const append = 'From the call of an append to its answer.';
    this.#appends = metrics.histogram('tapeline_ingest_append_seconds', append, appendBuckets);
    this.#failures = metrics.counter('tapeline_ingest_append_failures_total', 'Appends that failed.', ['code']);
    this.#laneBytes = metrics.gauge('tapeline_ingest_lane_bytes', 'Bytes that wait for a partition.', ['partition']);
    this.#streams = metrics.gauge('tapeline_ingest_streams', 'Publish streams that are open.');
    const epoch = 'Epoch of the map by which ticks are placed; 0 = where instruments began.';
    this.#mapEpoch = metrics.gauge('tapeline_ingest_map_epoch', epoch);
  }

  /** Ticks that became durable, and Voids of those that were refused. */
  settled(accepted: number, rejects: readonly { readonly rejection: { readonly code: string } }[]): void {
    if (accepted > 0) {
      this.#ticks.add(accepted, { verdict: 'accepted', code: '' });
      this.ticksTotal += accepted;
      this.#countInSecond(accepted);
    }
    for (const { rejection } of rejects) this.#ticks.add(1, { verdict: 'rejected', code: rejection.code });
  }

  batch(form: 'columns' | 'rows' | 'process' | 'once', count: number = 1): void {
    this.#batches.add(count, { form });
  }

  appended(bytes: number, seconds: number): void {
    this.#bytes.add(bytes);
    this.#appends.observe(seconds);
  }

  appendFailed(code: string): void {
    this.#failures.add(1, { code });
  }

  laneBytes(partition: number, bytes: number): void {
    this.#laneBytes.set(bytes, { partition: String(partition) });
  }

  acked(): void {
    this.#acks.add();
  }

  refused(reason: string): void {
    this.#refusals.add(1, { reason });
  }

  streams(open: number): void {
    this.#streams.set(open);
  }

  mapEpoch(epoch: number): void {
    this.#mapEpoch.set(epoch);
  }

  /** Ticks made durable a second, over the last ten whole seconds or since the start. */
  ticksPerSecond(): number {
    const nowMs = this.#clock.monotonicMs();
    const second = Math.floor(nowMs / 1_000);
    let ticks = 0;
    for (const [place, of] of this.#seconds.entries()) {
      if (of < second && of >= second - rateSeconds) ticks += this.#counts[place] ?? 0;
    }
    const seconds = Math.min(rateSeconds, Math.max(1, Math.floor((nowMs - this.#startMs) / 1_000)));
    return ticks / seconds;
  }

  #countInSecond(ticks: number): void {
    const second = Math.floor(this.#clock.monotonicMs() / 1_000);
    const place = second % this.#seconds.length;
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second;
      this.#counts[place] = 0;
    }
    this.#counts[place] = (this.#counts[place] ?? 0) + ticks;
  }
}
