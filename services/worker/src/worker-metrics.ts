/**
 * The worker's numbers for Prometheus. In: counters of the fold, offsets, sizes, times. Out: metrics by partition, named
 * tapeline_worker_*. Symbols are never labels; the codes of notices are a closed list.
 */
import type { FoldCounters } from '@tapeline/domain';
import type { Counter, Gauge, Histogram, Metrics } from '@tapeline/runtime';
import { type FoldOfMoves, MoveMetrics } from './move-metrics.ts';

const stepSecondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const snapshotSecondsBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Counters of the fold that are metrics: their names, and what they count. */
const counted: readonly (readonly [keyof FoldCounters, string, string])[] = [
  ['applied', 'ticks', 'Ticks counted, late ones included.'],
  ['repeats', 'repeats', 'Ticks dropped because they had been counted before.'],
  ['late', 'late', 'Ticks that came too late for any bar; told as notices.'],
  ['gapsDeclared', 'gaps', 'Gaps declared in the order of a publisher.'],
  ['quarantined', 'quarantined', 'Ticks and entries refused for good; told as notices.'],
  ['barsEmitted', 'bars', 'Revisions of bars put out.'],
];

/** What of a fold is counted. */
export type CountedFold = { readonly counters: Readonly<FoldCounters> } & Pick<FoldOfMoves, 'handovers'>;

/** Where a partition stands, for the gauges. */
export type PartitionPosition = {
  readonly lagRecords: number;
  readonly lagMs: number;
  /** Records that are still to be read again after a restart. */
  readonly replayRecords: number;
  /** Outputs that wait for store or log, bytes. */
  readonly heldBackBytes: number;
  /** Records that a restart from the last saved snapshot would read again before it comes to new ones. */
  readonly restartRecords: number;
  /** Records that the log keeps before the first one that a restart from either kept snapshot needs. */
  readonly headroomRecords: number;
};

/** The metrics of one partition. */
export class PartitionMetrics {
  readonly #labels: { readonly partition: string };
  readonly #counters: readonly (readonly [keyof FoldCounters, Counter])[];
  readonly #before = new Map<keyof FoldCounters, number>();
  readonly #gauges: Readonly<Record<keyof PartitionPosition, Gauge>>;
  readonly #notices: Counter;
  readonly #retries: Counter;
  readonly #timeRecords: Counter;
  readonly #stepSeconds: Histogram;
  readonly #snapshotSeconds: Histogram;
  readonly #snapshotBytes: Gauge;
  readonly #replaySeconds: Gauge;
  readonly #recoverySeconds: Gauge;
  readonly #claimsLost: Counter;
  readonly #quarantined: Counter;
  readonly #reportsDropped: Counter;
  /** Those of instruments between partitions. */
  readonly moves: MoveMetrics;

  constructor(metrics: Metrics, partition: number) {
    const labels = ['partition'];
    this.#labels = { partition: String(partition) };
    this.moves = new MoveMetrics(metrics, partition);
    this.#counters = counted.map(([name, metric, help]) => [
      name,
      metrics.counter(`tapeline_worker_${metric}_total`, help, labels),
    ]);
    const gauge = (name: string, help: string): Gauge => metrics.gauge(`tapeline_worker_${name}`, help, labels);
    this.#gauges = {
      lagRecords: gauge('lag_records', 'Records of the log that are not counted yet.'),
      lagMs: gauge('lag_seconds', 'Age of the newest counted record while others wait; 0 = none waits.'),
      replayRecords: gauge('replay_records', 'Records that are still to be read again after a restart.'),
      heldBackBytes: gauge('held_back_bytes', 'Outputs that wait for the store or the log.'),
      restartRecords: gauge('restart_records', 'Records that a restart now would read again before new ones.'),
      headroomRecords: gauge(
        'retention_headroom_records',
        'Records that the log keeps before those that a restart needs; at 0 retention is about to take them.',
      ),
    };
    this.#notices = metrics.counter('tapeline_worker_notices_total', 'What was not plainly applied, by code.', [
      'code',
    ]);
    this.#retries = metrics.counter(
      'tapeline_worker_retries_total',
      'Writes and reads that had to be tried again.',
      labels,
    );
    this.#timeRecords = metrics.counter(
      'tapeline_worker_time_records_total',
      'Time records of quiet partitions.',
      labels,
    );
    this.#stepSeconds = metrics.histogram(
      'tapeline_worker_step_seconds',
      'Time of a step of the fold.',
      stepSecondsBuckets,
    );
    const help = 'Time of making a snapshot, in which nothing else is folded.';
    this.#snapshotSeconds = metrics.histogram('tapeline_worker_snapshot_seconds', help, snapshotSecondsBuckets);
    this.#snapshotBytes = gauge('snapshot_bytes', 'Size of the last snapshot.');
    this.#replaySeconds = gauge('replay_seconds', 'How long the last recovery read records again.');
    this.#recoverySeconds = gauge('recovery_seconds', 'The last recovery, from the claim to caught up.');
    const counter = (name: string, help: string): Counter => metrics.counter(`tapeline_worker_${name}`, help, labels);
    this.#claimsLost = counter(
      'claims_lost_total',
      'Times that another worker took the snapshots of a partition over.',
    );
    this.#quarantined = counter('quarantine_records_total', 'Records put into the topic quarantine.');
    this.#reportsDropped = counter('reports_dropped_total', 'Reports to control that did not go through.');
  }

  /** The partition is not ours any more: what it told of now is told by whoever has it. */
  end(): void {
    for (const gauge of Object.values(this.#gauges)) gauge.set(0, this.#labels);
    this.#snapshotBytes.set(0, this.#labels);
    this.moves.end();
  }

  /** It caught up, so long after the claim and after reading began, ms. */
  recovered(tookMs: number, replayMs: number): void {
    this.#recoverySeconds.set(tookMs / 1000, this.#labels);
    this.#replaySeconds.set(replayMs / 1000, this.#labels);
  }

  reportDropped(): void {
    this.#reportsDropped.add(1, this.#labels);
  }

  claimLost(): void {
    this.#claimsLost.add(1, this.#labels);
  }

  quarantined(records: number): void {
    this.#quarantined.add(records, this.#labels);
  }

  /** From here on: what the fold counted before, in another process, is not counted again. */
  beginAt(fold: CountedFold): void {
    for (const [name] of this.#counters) this.#before.set(name, fold.counters[name]);
    this.moves.beginAt(fold);
  }

  /** A step ended, in so many ms. */
  step(fold: CountedFold, tookMs: number): void {
    const { counters } = fold;
    for (const [name, counter] of this.#counters) {
      const now = counters[name];
      const more = now - (this.#before.get(name) ?? 0);
      this.#before.set(name, now);
      if (more > 0) counter.add(more, this.#labels);
    }
    this.moves.step(fold);
    this.#stepSeconds.observe(tookMs / 1000);
  }

  position(position: PartitionPosition): void {
    this.#gauges.lagRecords.set(position.lagRecords, this.#labels);
    this.#gauges.lagMs.set(position.lagMs / 1000, this.#labels);
    this.#gauges.replayRecords.set(position.replayRecords, this.#labels);
    this.#gauges.heldBackBytes.set(position.heldBackBytes, this.#labels);
    this.#gauges.restartRecords.set(position.restartRecords, this.#labels);
    this.#gauges.headroomRecords.set(position.headroomRecords, this.#labels);
  }

  notice(code: string): void {
    this.#notices.add(1, { code });
  }

  retry(): void {
    this.#retries.add(1, this.#labels);
  }

  timeRecord(): void {
    this.#timeRecords.add(1, this.#labels);
  }

  snapshot(bytes: number, tookMs: number): void {
    this.#snapshotBytes.set(bytes, this.#labels);
    this.#snapshotSeconds.observe(tookMs / 1000);
  }
}
