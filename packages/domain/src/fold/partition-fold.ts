/**
 * The fold over one partition: real ticks in, exact bars out. In: records in offset order. Out: per step the revisions
 * of bars, the notices and what goes to other partitions, and at any time a snapshot. Law 1: same log prefix, configuration and fold version, same
 * bytes, however the records are cut into steps; a record that was applied before is passed over.
 */
import type { Bar } from '../bars/bar.ts';
import { expirePending } from './amend.ts';
import { applyRecord } from './apply-record.ts';
import { barsOf } from './bars-of-row.ts';
import { putOut, sweep } from './close-bars.ts';
import type { FoldState } from './fold-state.ts';
import type { FoldConfig, FoldCounters, FoldOutput, LogRecordInput } from './fold-types.ts';
import { refresh } from './merge-rows.ts';
import { freshState } from './moves-of-partition.ts';
import { reread } from './reread.ts';
import type { HandoverEvent } from '../placement/handover-events.ts';
import type { InstrumentName } from '../placement/instrument-map.ts';
import type { StoredInstrument } from '../seams/store.ts';
import type { CountedTicks } from '../tape-output/counted-ticks.ts';
import { snapshotRetainFrom } from './snapshot.ts';
import { type SnapshotProblem, SnapshotReading } from './snapshot-reading.ts';
import { type SnapshotInProgress, SnapshotWriting, writeSnapshot } from './snapshot-writing.ts';
import { clockDueMs, waitLeftMs } from './waits.ts';

/** Thrown when a restored fold is given new records before it has read the retained ones again. */
export class RecoveryIncompleteError extends Error {
  override name = 'RecoveryIncompleteError';
}

/** A fold that is restored a little at a time. */
export type RestoreInProgress = {
  /** Reads some `bytes` more, an instrument at least; answers `undefined` until it is at an end, and is not called again then. */
  work(bytes: number): PartitionFold | SnapshotProblem | undefined;
};

/** The snapshot that a fold was restored from. */
type Restored = { readonly bytes: Uint8Array; readonly retainFromOffset: number };

/** One partition's fold. */
export class PartitionFold {
  readonly #state: FoldState;
  /** Records in [#rereadOffset, #rereadEnd) are read again for their trades alone. */
  #rereadOffset: number;
  readonly #rereadEnd: number;
  /** Number of blocks that the state has seen, to which reading again must lead, and the snapshot until it has. */
  readonly #rereadBlocks: number;
  #restored: Restored | undefined;

  private constructor(state: FoldState, restored: Restored & { readonly blocks: number }) {
    this.#state = state;
    this.#rereadOffset = restored.retainFromOffset;
    this.#rereadEnd = state.nextOffset;
    this.#rereadBlocks = restored.blocks;
    this.#restored = restored;
    this.#letGo();
  }

  /** A fold that has seen nothing. Throws `RangeError` for an interval or `basePartitions` that are none. */
  static start(config: FoldConfig): PartitionFold {
    return new PartitionFold(freshState(config), { retainFromOffset: 0, blocks: 0, bytes: new Uint8Array(0) });
  }

  /** A fold as `snapshot` left it, or why the bytes cannot be used. Feed it from `retainFromOffset` on. */
  static restore(config: FoldConfig, bytes: Uint8Array): PartitionFold | SnapshotProblem {
    return PartitionFold.beginRestore(config, bytes).work(Infinity) as PartitionFold | SnapshotProblem;
  }

  /** Begins what `restore` answers, to be done a little at a time; the bytes must not change meanwhile. */
  static beginRestore(config: FoldConfig, bytes: Uint8Array): RestoreInProgress {
    const reading = new SnapshotReading(config, bytes);
    return {
      work: (count) => {
        const read = reading.work(count);
        return read === undefined || 'code' in read ? read : new PartitionFold(read.state, { ...read, bytes });
      },
    };
  }

  /** The first record that is not in the state. */
  get nextOffset(): number {
    return this.#state.nextOffset;
  }

  /** The first record that recovery must read again; `nextOffset` where nothing is retained. */
  get retainFromOffset(): number {
    return Math.min(this.#rereadOffset, this.#state.nextOffset);
  }

  /** Totals since offset 0. */
  get counters(): Readonly<FoldCounters> {
    return this.#state.counters;
  }

  /** How often each thing happened to instruments between partitions, since offset 0. */
  get handovers(): Readonly<Record<HandoverEvent, number>> {
    return this.#state.handovers;
  }

  /** Entries that wait for their instrument to come, and the bytes of those that may not stay for ever (rule A4). */
  get parked(): { readonly count: number; readonly bytes: number } {
    const { count = 0, bytes = 0 } = this.#state.moves?.parking ?? {};
    return { count, bytes };
  }

  /** Ticks and Voids that are held for their predecessor now (rule F2). */
  get heldTicks(): number {
    return this.#state.heldCount;
  }

  /** Whether the instrument is here: what comes for it is applied (see `InstrumentPlace`). */
  owns(dataset: string, symbol: string): boolean {
    return this.#state.find(dataset, symbol)?.place.kind === 'own';
  }

  /** The instruments with terms that are here, in no order that says anything. */
  ownInstruments(): InstrumentName[] {
    return this.#state.instruments.filter(({ place, terms }) => place.kind === 'own' && terms !== undefined);
  }

  /** The instruments that are here by a move, with its epoch, 1 or more; in no order that says anything. */
  ownArrivals(): (InstrumentName & { readonly epoch: number })[] {
    return this.#state.instruments.flatMap(({ dataset, symbol, place }) =>
      place.kind === 'own' && place.epoch > 0 ? [{ dataset, symbol, epoch: place.epoch }] : [],
    );
  }

  /** Whether records before `nextOffset` must be read again before new ones are applied. */
  get isRecovering(): boolean {
    return this.#state.retained.nextNumber < this.#rereadBlocks;
  }

  /** The partition's clock (rule K1), ms since the Unix epoch; 0 before the first record. */
  get clockMs(): number {
    return this.#state.clock.nowMs;
  }

  /**
   * The earliest clock at which an open bar of live ticks closes or a live amendment that waits for its trade is given
   * up, ms; `undefined` if none waits for the clock.
   */
  get dueMs(): number | undefined {
    return finite(clockDueMs(this.#state));
  }

  /**
   * How much longer the partition must wait until time alone settles something, ms of the waiting clock (rule K3): ticks
   * held for their predecessor, entries parked for their instrument, bars and amendments that wait for a delayed or replay
   * publisher. 0 or more, at most 10 min; `undefined` if nothing waits so.
   */
  get waitLeftMs(): number | undefined {
    return finite(waitLeftMs(this.#state));
  }

  /** How many instruments have terms. */
  get instrumentCount(): number {
    return this.#state.listed.length;
  }

  /**
   * The instruments from place `from` on, 0-based, in the order in which ticks brought their terms here; `epoch` is how often the
   * instrument had moved when the newest of these came, 0 = it began here. One whose terms came with it is not among them.
   */
  instruments(from: number): (StoredInstrument & { readonly epoch: number })[] {
    return this.#state.listed.slice(from).map(({ dataset, symbol, terms, listedEpoch: epoch }) => {
      return { dataset, symbol, terms: terms!, epoch };
    });
  }

  /**
   * Applies records in offset order. Older ones are passed over, or read again after a restart. With `counted`, what is
   * counted goes there too; nothing of a record that is read again does.
   */
  step(records: readonly LogRecordInput[], counted?: CountedTicks): FoldOutput {
    const state = this.#state;
    state.counted = counted;
    for (const record of records) {
      if (record.offset >= state.nextOffset) this.#apply(record);
      else if (record.offset >= this.#rereadOffset && record.offset < this.#rereadEnd) {
        reread(state, record);
        this.#rereadOffset = record.offset + 1;
        this.#letGo();
      }
    }
    const { bars, notices, emissions, moved } = state;
    state.bars = [];
    state.notices = [];
    state.emissions = [];
    state.moved = [];
    return { bars, notices, emissions, moved };
  }

  /** Nobody asks for the snapshot again once the retained records were read again, and it is as large as the state. */
  #letGo(): void {
    if (!this.isRecovering) this.#restored = undefined;
  }

  #apply(record: LogRecordInput): void {
    const state = this.#state;
    if (this.isRecovering) {
      throw new RecoveryIncompleteError(
        `record ${record.offset} came before the records from offset ${this.#rereadOffset} were read again`,
      );
    }
    state.offset = record.offset;
    state.counted?.begin(state.config.partition, record.offset);
    applyRecord(state, record);
    state.counted?.settle();
    expirePending(state);
    putOut(state);
    sweep(state);
    if (state.moves !== undefined) state.emissions.push(...state.sending.take(record.offset));
    state.nextOffset = record.offset + 1;
  }

  /**
   * The state as bytes, an envelope `Snapshot` of the contract. Equal for equal log prefixes; before the retained
   * records have been read again, the bytes that the fold was restored from.
   */
  snapshot(): Uint8Array {
    return this.#restored?.bytes ?? writeSnapshot(this.#state);
  }

  /**
   * Begins what `snapshot` would answer now, to be written a little at a time while records are applied. Throws
   * `RangeError` while another one is being written.
   */
  beginSnapshot(): SnapshotInProgress {
    if (this.#state.writing !== undefined) {
      const { nextOffset } = this.#state.writing;
      throw new RangeError(`the snapshot of offset ${nextOffset} is still being written: finish or abandon it first`);
    }
    if (this.#restored === undefined) return new SnapshotWriting(this.#state, false);
    const { bytes, retainFromOffset } = this.#restored;
    return {
      nextOffset: this.nextOffset,
      work: () => true,
      parts: [bytes],
      retainFromOffset,
      abandon: () => undefined,
    };
  }

  /** The first record that a restart from what `snapshot` answers now reads again. */
  get snapshotRetainFromOffset(): number {
    return this.#restored?.retainFromOffset ?? snapshotRetainFrom(this.#state);
  }

  /** Bars of an instrument that have not closed, as they stand now: ephemeral views, fine before coarse. */
  forming(dataset: string, symbol: string): Bar[] {
    const state = this.#state;
    const open = state.find(dataset, symbol)?.open ?? [];
    const order = (row: number): number => state.rows.level[row]!;
    return open
      .toSorted((left, right) => order(left) - order(right))
      .flatMap((row) => {
        refresh(state, row);
        return barsOf(state, row);
      });
  }
}

function finite(ms: number): number | undefined {
  return ms === Infinity ? undefined : ms;
}
