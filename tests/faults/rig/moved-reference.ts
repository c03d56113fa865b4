/**
 * The judge's folds of a stream whose instruments move. In: its log and store. Out: two folds of the same ticks: one fold for each
 * partition, as the workers do it, with everything that partitions send each other; and one fold over one partition that has every
 * landing of the writers once, in the order of append times. What moves has to end as if nothing had moved.
 */
import {
  type Bar,
  CountedTape,
  decodeLogRecord,
  decodeTickBlock,
  encodeLogRecord,
  type FoldConfig,
  LogDictionary,
  type LogEntry,
  type LogEntryToWrite,
  type LogRecordInput,
  PartitionFold,
  TickColumns,
} from '@tapeline/domain';
import { barKey } from '@tapeline/simulation';
import { foldConfigOf } from './oracles.ts';
import type { StreamView } from './stream-view.ts';

/** What the folds of all partitions counted. */
export type MovedAccount = {
  /** Different ticks in the log, and copies of them in direct entries beyond the first. */
  readonly ticks: number;
  readonly repeats: number;
  readonly applied: number;
  readonly late: number;
  readonly gapsDeclared: number;
  readonly quarantined: number;
  /** Instruments that left, and that came. */
  readonly left: number;
  readonly came: number;
  /** Strays that were sent on, in entries; what waits for an instrument or a predecessor now. */
  readonly strays: number;
  readonly parkedEver: number;
  readonly parked: number;
  readonly held: number;
  readonly contradicted: number;
};

/** A landing of the writers, for the one partition. */
type Landing = { readonly appendTimeMs: number; readonly entries: readonly LogEntryToWrite[] };

/** Both. */
export class MovedReference {
  readonly fold: Omit<FoldConfig, 'partition'>;
  readonly #view: StreamView;
  readonly #basePartitions: number;
  readonly #folds: PartitionFold[] = [];
  readonly #bars = new Map<string, Bar>();
  readonly #identities = new Map<string, number>();
  readonly #landings: Landing[] = [];
  /** Revisions that came a second time with other contents, in words. */
  readonly contradictions: string[] = [];

  constructor(view: StreamView, workerArgs: readonly string[], basePartitions: number) {
    this.#view = view;
    this.#basePartitions = basePartitions;
    this.fold = foldConfigOf(workerArgs);
  }

  /** The newest revision of each bar, by its key. */
  get bars(): ReadonlyMap<string, Bar> {
    return this.#bars;
  }

  /** How often each tick stands in the log as a writer put it there. */
  get identities(): ReadonlyMap<string, number> {
    return this.#identities;
  }

  /** Whether no bar waits for its end, and nothing for an instrument, a predecessor or a publisher. */
  get isSettled(): boolean {
    return this.#folds.every(({ dueMs, waitLeftMs }) => dueMs === undefined && waitLeftMs === undefined);
  }

  get account(): MovedAccount {
    const sum = (count: (fold: PartitionFold) => number): number =>
      this.#folds.reduce((total, fold) => total + count(fold), 0);
    const landed = [...this.#identities.values()].reduce((total, times) => total + times, 0);
    return {
      ticks: this.#identities.size,
      repeats: landed - this.#identities.size,
      applied: sum(({ counters }) => counters.applied),
      late: sum(({ counters }) => counters.late),
      gapsDeclared: sum(({ counters }) => counters.gapsDeclared),
      quarantined: sum(({ counters }) => counters.quarantined),
      left: sum(({ handovers }) => handovers.left),
      came: sum(({ handovers }) => handovers.came + handovers.cameBack),
      strays: sum(({ handovers }) => handovers.strayForwarded),
      parkedEver: sum(({ handovers }) => handovers.parkedUnknown + handovers.parkedAway),
      parked: sum(({ parked }) => parked.count),
      held: sum(({ heldTicks }) => heldTicks),
      contradicted: sum(({ handovers }) => handovers.contradicted),
    };
  }

  /** Reads on to where the log ends now. */
  async advance(): Promise<void> {
    const { log } = this.#view;
    for (let partition = 0; partition < log.partitionCount; partition += 1) {
      const config = { ...this.fold, partition, basePartitions: this.#basePartitions };
      const fold = (this.#folds[partition] ??= PartitionFold.start(config));
      for (const record of await this.#view.records(partition, fold.nextOffset)) {
        this.#land(record);
        for (const bar of fold.step([record]).bars) this.#take(bar);
      }
    }
  }

  /** The newest revision of each bar of one fold that had every landing in one partition. */
  onOnePartition(): ReadonlyMap<string, Bar> {
    const fold = PartitionFold.start({ ...this.fold, partition: 0 });
    const tape = new CountedTape();
    const bars = new Map<string, Bar>();
    const inOrder = this.#landings.toSorted((left, right) => left.appendTimeMs - right.appendTimeMs);
    for (const [offset, { appendTimeMs, entries }] of inOrder.entries()) {
      const record = { offset, appendTimeMs, bytes: encodeLogRecord(entries) };
      for (const bar of fold.step([record], tape).bars) bars.set(barKey(bar), bar);
      tape.take();
    }
    return bars;
  }

  /** Partitions are read one after the other, so an older revision may come after a newer one. */
  #take(bar: Bar): void {
    const key = barKey(bar);
    const known = this.#bars.get(key);
    if (known === undefined || known.revision < bar.revision) this.#bars.set(key, bar);
    else if (known.revision === bar.revision) this.contradictions.push(`revision ${bar.revision} of ${key} came twice`);
  }

  #land({ bytes, appendTimeMs }: LogRecordInput): void {
    const entries: LogEntryToWrite[] = [];
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind === 'tickBlock') this.#note(bytes, entry);
      const landed = ofWriters(bytes, entry);
      if (landed !== undefined) entries.push(landed);
    }
    if (entries.length > 0) this.#landings.push({ appendTimeMs, entries });
  }

  #note(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): void {
    const columns = new TickColumns();
    decodeTickBlock(bytes, start, end, new LogDictionary(), columns);
    for (let group = 0; group < columns.groupCount; group += 1) {
      for (let index = columns.groupStart[group] ?? 0; index < (columns.groupStart[group + 1] ?? 0); index += 1) {
        const identity = `${columns.publisherId} ${columns.sequenceAt(group, index)}`;
        this.#identities.set(identity, (this.#identities.get(identity) ?? 0) + 1);
      }
    }
  }
}

/** What a writer put there, and time; what is only there because instruments move is left out. */
function ofWriters(bytes: Uint8Array, entry: LogEntry): LogEntryToWrite | undefined {
  switch (entry.kind) {
    case 'tickBlock':
      return { kind: 'tickBlock', bytes: bytes.subarray(entry.start, entry.end) };
    case 'void':
    case 'time':
    case 'progress':
    case 'alive':
    case 'endOfReplay':
      return entry;
    default:
      return undefined;
  }
}
