/**
 * Numbers of instruments on their way between partitions. In: events of the fold, what waits, records for others. Out: metrics named
 * tapeline_worker_*. What is of now is told by partition, what happened by event or kind alone: a metric has a bounded number of
 * label sets, and there are events and partitions enough to reach it together.
 */
import {
  decodeLogRecord,
  type HandoverEvent,
  handoverEvents,
  type PartitionFold,
  type StepOfMove,
} from '@tapeline/domain';
import type { Counter, Gauge, Histogram, Metrics } from '@tapeline/runtime';

const pauseSecondsBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What of a fold is told here. */
export type FoldOfMoves = Pick<PartitionFold, 'handovers' | 'parked' | 'heldTicks' | 'ownInstruments'>;

/** The numbers of one partition. */
export class MoveMetrics {
  readonly #labels: { readonly partition: string };
  readonly #moves: Counter;
  readonly #violations: Counter;
  readonly #emissions: Counter;
  readonly #emissionBytes: Counter;
  readonly #shippedBytes: Counter;
  readonly #pauseSeconds: Histogram;
  readonly #parkedEntries: Gauge;
  readonly #parkedBytes: Gauge;
  readonly #heldTicks: Gauge;
  readonly #ownInstruments: Gauge;
  readonly #waitingBytes: Gauge;
  readonly #waitingSeconds: Gauge;
  #before: Readonly<Record<HandoverEvent, number>> | undefined;

  constructor(metrics: Metrics, partition: number) {
    const labels = ['partition'];
    this.#labels = { partition: String(partition) };
    const counter = (name: string, help: string, by: string[] = []): Counter =>
      metrics.counter(`tapeline_worker_${name}`, help, by);
    const gauge = (name: string, help: string): Gauge => metrics.gauge(`tapeline_worker_${name}`, help, labels);
    this.#moves = counter('moves_total', 'What happened to instruments between partitions, by event.', ['event']);
    this.#violations = counter(
      'order_violations_total',
      'Entries that say of the place of an instrument what cannot be; 0 unless something is broken.',
      labels,
    );
    this.#emissions = counter('emissions_total', 'Entries appended to other partitions, by kind.', ['kind']);
    this.#emissionBytes = counter('emission_bytes_total', 'Their bytes, by kind.', ['kind']);
    this.#shippedBytes = counter('shipped_trade_bytes_total', 'Bytes of trades that went ahead of their instrument.');
    this.#pauseSeconds = metrics.histogram(
      'tapeline_worker_move_pause_seconds',
      'From the Move of an instrument to its arrival, by the clocks of the two partitions.',
      pauseSecondsBuckets,
    );
    this.#parkedEntries = gauge('parked_entries', 'Entries that wait for their instrument to come.');
    this.#parkedBytes = gauge('parked_bytes', 'Bytes of memory that they take; at 8 MiB what comes is sent on.');
    this.#heldTicks = gauge('held_ticks', 'Ticks that wait for their predecessor.');
    this.#ownInstruments = gauge('own_instruments', 'Instruments that the partition has.');
    this.#waitingBytes = gauge('emissions_waiting_bytes', 'What waits to be appended to other partitions.');
    this.#waitingSeconds = gauge(
      'emissions_waiting_seconds',
      'For how long the one of them that took nothing longest took nothing; until it does no snapshot is saved.',
    );
  }

  /** From here on: what the fold met before, in another process, is not counted again. */
  beginAt({ handovers }: Pick<FoldOfMoves, 'handovers'>): void {
    this.#before = { ...handovers };
    // An alert on its rise needs it to be there before.
    this.#violations.add(0, this.#labels);
  }

  /** A step ended. */
  step({ handovers }: Pick<FoldOfMoves, 'handovers'>): void {
    const before = this.#before;
    if (before === undefined) return;
    let hasChanged = false;
    for (const event of handoverEvents) {
      const more = handovers[event] - before[event];
      if (more <= 0) continue;
      hasChanged = true;
      this.#moves.add(more, { event });
      if (event === 'contradicted') this.#violations.add(more, this.#labels);
    }
    if (hasChanged) this.#before = { ...handovers };
  }

  /** An instrument came: how long it was on its way. The clocks of two partitions may differ, so it may seem less than nothing. */
  arrived({ logTimeMs, movedAtMs }: Extract<StepOfMove, { step: 'arrived' }>): void {
    this.#pauseSeconds.observe(Math.max(0, logTimeMs - movedAtMs) / 1000);
  }

  /** Another partition has this record. */
  sent(record: Uint8Array): void {
    for (const entry of decodeLogRecord(record)) {
      if (!('start' in entry)) continue;
      const { kind, start, end } = entry;
      this.#emissions.add(1, { kind });
      this.#emissionBytes.add(end - start, { kind });
      if (kind === 'trades') this.#shippedBytes.add(end - start);
    }
  }

  /** What waits now, and what is here. */
  now({ parked, heldTicks, ownInstruments, forOthers }: WaitingNow): void {
    this.#parkedEntries.set(parked.count, this.#labels);
    this.#parkedBytes.set(parked.bytes, this.#labels);
    this.#heldTicks.set(heldTicks, this.#labels);
    this.#ownInstruments.set(ownInstruments, this.#labels);
    this.#waitingBytes.set(forOthers.bytes, this.#labels);
    this.#waitingSeconds.set(forOthers.waitMs / 1000, this.#labels);
  }

  /** The partition is not ours any more. */
  end(): void {
    const forOthers = { bytes: 0, waitMs: 0 };
    this.now({ parked: { count: 0, bytes: 0 }, heldTicks: 0, ownInstruments: 0, forOthers });
  }
}

/** What is told of now. */
export type WaitingNow = Pick<FoldOfMoves, 'parked' | 'heldTicks'> & {
  readonly ownInstruments: number;
  /** See `Outbox.forOthers`. */
  readonly forOthers: { readonly bytes: number; readonly waitMs: number };
};
