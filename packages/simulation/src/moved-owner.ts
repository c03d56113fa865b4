/**
 * An owner of a partition: a fold and an outbox. In: records of its partition, a snapshot to begin from. Out: bars and tape to the
 * store, then records to other partitions, step by step and in order (O1, O6); snapshots that are kept once all before them is out
 * (O2). There may be several of one partition, and one of another configuration. What it emits must be what the witness emits.
 */
import {
  type Bar,
  CountedTape,
  type Emission,
  type FoldConfig,
  type LogRecordInput,
  PartitionFold,
  type TapeSegmentOut,
} from '@tapeline/domain';
import { firstDifference } from './fold-runs.ts';
import { emissionKey, type MovedLog } from './moved-log.ts';
import type { MovedStore } from './moved-store.ts';

/** An owner that did what no owner may. */
export class OwnerStrayedError extends Error {
  override name = 'OwnerStrayedError';
}

/** A snapshot as the store keeps it. */
export type KeptSnapshot = {
  readonly nextOffset: number;
  readonly retainFromOffset: number;
  readonly bytes: Uint8Array;
  /** Whether entries were parked in it. */
  readonly parked: boolean;
};

/** A record for another partition. */
export type OutgoingRecord = { readonly to: number; readonly bytes: Uint8Array; readonly key: string };

type Group = {
  readonly nextOffset: number;
  readonly bars: readonly Bar[];
  readonly segments: readonly TapeSegmentOut[];
  readonly emissions: readonly Emission[];
  /** By target, in order; filled once bars and tape are out. */
  outgoing: Map<number, OutgoingRecord[]> | undefined;
};

/** Where an owner begins and what it does with its outputs. */
export type OwnerOptions = {
  readonly partition: number;
  readonly config: FoldConfig;
  readonly log: MovedLog;
  /** Absent for an owner of another configuration, whose bars go elsewhere. */
  readonly store: MovedStore | undefined;
  readonly from?: KeptSnapshot | undefined;
};

/** One owner. */
export class MovedOwner {
  readonly partition: number;
  readonly fold: PartitionFold;
  readonly #log: MovedLog;
  readonly #store: MovedStore | undefined;
  readonly #tape = new CountedTape();
  #groups: Group[] = [];
  #taken: KeptSnapshot[] = [];
  /** Everything before this offset is out. */
  durableOffset: number;

  /** Throws `OwnerStrayedError` for a snapshot that its own fold refuses. */
  constructor({ partition, config, log, store, from }: OwnerOptions) {
    this.partition = partition;
    this.#log = log;
    this.#store = store;
    const own = { ...config, partition };
    this.fold = from === undefined ? PartitionFold.start(own) : this.#restored(own, from);
    this.durableOffset = this.fold.nextOffset;
  }

  /** Whether its outputs go nowhere, as it has another configuration. */
  get isForeign(): boolean {
    return this.#store === undefined;
  }

  /** Whether it has read all that there is. */
  get isAtEnd(): boolean {
    return this.fold.nextOffset >= this.#log.endOf(this.partition);
  }

  /** Whether everything is out. */
  get isFlushed(): boolean {
    return this.#groups.length === 0;
  }

  /** Reads up to `count` records as one step; false if there are none. */
  step(count: number): boolean {
    const records = this.#read(this.fold.nextOffset, count);
    if (records.length === 0) return false;
    const { bars, emissions } = this.fold.step(records, this.#tape);
    const segments = this.#tape.take();
    this.#groups.push({ nextOffset: this.fold.nextOffset, bars, segments, emissions, outgoing: undefined });
    return true;
  }

  /** Partitions to which the oldest group has something left to send; none before its bars and tape are out. */
  targets(): number[] {
    return [...(this.#groups[0]?.outgoing?.keys() ?? [])];
  }

  /** Puts the bars and the tape of the oldest group out; false if that is done or there is none. */
  store(): boolean {
    const [group] = this.#groups;
    if (group === undefined || group.outgoing !== undefined) return false;
    this.#store?.write(group.bars, group.segments);
    group.outgoing = new Map();
    for (const emission of group.emissions) {
      const list = group.outgoing.get(emission.to) ?? [];
      list.push(...this.#recordsOf(emission));
      group.outgoing.set(emission.to, list);
    }
    this.#endGroup(group);
    return true;
  }

  /** The next record for a partition; it stays there until `sent` says that it is durable. */
  outgoing(to: number): OutgoingRecord | undefined {
    return this.#groups[0]?.outgoing?.get(to)?.[0];
  }

  /** The next record for that partition is durable. */
  sent(to: number): void {
    const [group] = this.#groups;
    const list = group?.outgoing?.get(to);
    if (group === undefined || list === undefined) return;
    list.shift();
    if (list.length === 0) group.outgoing?.delete(to);
    this.#endGroup(group);
  }

  /** Takes a snapshot of what was read so far; `kept` hands it out once it may be kept. */
  takeSnapshot(): void {
    const { fold } = this;
    const { nextOffset, snapshotRetainFromOffset: retainFromOffset } = fold;
    this.#taken.push({ nextOffset, retainFromOffset, bytes: fold.snapshot(), parked: fold.parked.count > 0 });
  }

  /** Snapshots with nothing before them that is not out (O2); each is answered once. */
  kept(): KeptSnapshot[] {
    const kept = this.#taken.filter(({ nextOffset }) => nextOffset <= this.durableOffset);
    if (kept.length > 0) this.#taken = this.#taken.filter((one) => !kept.includes(one));
    return kept;
  }

  #endGroup(group: Group): void {
    if (group.outgoing === undefined || group.outgoing.size > 0) return;
    this.#groups.shift();
    this.durableOffset = group.nextOffset;
  }

  /** The bytes are written now, long after the step, and must be those of the witness. */
  #recordsOf({ offset, to, pieces }: Emission): OutgoingRecord[] {
    // In slices of other sizes than the witness, which makes them in one go.
    const written = [...pieces(1 + ((offset * 7_919) % 5_000))].filter((piece) => piece !== undefined);
    const key = emissionKey(offset, to);
    const expected = this.#log.witness(this.partition).emissions.get(key) ?? [];
    const isEqual = written.length === expected.length && written.every((bytes, at) => isSame(bytes, expected[at]));
    if (!isEqual && !this.isForeign) {
      throw new OwnerStrayedError(`partition ${this.partition} emits other bytes for record ${key} than its witness`);
    }
    return written.map((bytes, at) => ({ to, bytes, key: `${key} ${at}` }));
  }

  #restored(config: FoldConfig, from: KeptSnapshot): PartitionFold {
    const fold = PartitionFold.restore(config, from.bytes);
    if (!(fold instanceof PartitionFold)) throw new OwnerStrayedError(fold.message);
    const { retainFromOffset, nextOffset } = fold;
    const { bars, notices, emissions } = fold.step(this.#read(retainFromOffset, nextOffset - retainFromOffset));
    if (bars.length + notices.length + emissions.length > 0) {
      throw new OwnerStrayedError(`partition ${this.partition} puts something out for records that it reads again`);
    }
    if (fold.isRecovering) {
      throw new OwnerStrayedError(`records of partition ${this.partition} that the snapshot needs are not in the log`);
    }
    return fold;
  }

  #read(from: number, count: number): readonly LogRecordInput[] {
    const read = this.#log.log.read(this.partition, from, count);
    if ('code' in read) throw new OwnerStrayedError(read.message);
    return read;
  }
}

function isSame(left: Uint8Array, right: Uint8Array | undefined): boolean {
  return right !== undefined && firstDifference(left, right) === undefined;
}
