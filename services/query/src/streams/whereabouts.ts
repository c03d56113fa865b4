/**
 * Where instruments are as far as a topic has told. In: marks of records in the order in which the hub read them, and the map of
 * `control` for instruments of which nothing was read. Out: the partitions whose clocks speak of an instrument. Between its
 * departure and its arrival none does, and one that was seen to arrive before its departure was read is still spoken of by the
 * partition it left: so nobody is told that its bars are complete before they are. Law 7: bounded; one that is settled goes first.
 */
import type { PlacedInstrument, Placement } from '@tapeline/domain';
import type { RecordMarks, StreamItem } from './stream-item.ts';

/** Partitions whose clocks speak of an instrument; `all` = it is one of them, not known which. */
export type Speaker = number | 'all';

/** A record that moved instruments. */
export type MarkedRecord = {
  readonly partition: number;
  readonly marks: RecordMarks;
  /** 0 = it tells none. */
  readonly clockNs: bigint;
  /** From before the hub began. */
  readonly isOld: boolean;
};

type Arrival = {
  readonly dataset: string;
  readonly partition: number;
  readonly epoch: number;
  readonly clockNs: bigint;
};

type Departure = {
  /** It is complete up to this clock, ns. */
  readonly heldNs: bigint;
  readonly to: number;
  /** Its arrival may have been missed: once the clock of where it goes has passed this one it counts as there, ns. */
  missedNs: bigint | undefined;
};

type Stay = {
  readonly dataset: string;
  /** Where it came last of all that was read, and as what. */
  partition: number;
  epoch: number;
  /** The epochs of the last departure from each partition and the last arrival in each: what is not above is a repeat. */
  readonly departed: Map<number, number>;
  readonly arrived: Map<number, number>;
  /** Departures of which the arrival was not read, by epoch. */
  readonly pending: Map<number, Departure>;
  /**
   * Arrivals of which the departure was not read, by epoch: what it put out before is read once every clock has passed that of
   * the arrival, ns.
   */
  readonly unread: Map<number, bigint>;
};

/** What passes on the clock of where an instrument goes before a missed arrival counts as one, ns. */
const missedAfterNs = 30_000_000_000n;
/** Moved instruments that are known at once. */
const staysMax = 131_072;

/** What one topic has told of moves. */
export class Whereabouts {
  readonly #placement: () => Placement;
  readonly #stays = new Map<string, Stay>();
  readonly #underWay = new Map<string, Stay>();
  /** Instruments that somebody asked for and of which the map alone is known, with the epoch there. */
  readonly #unseen = new Map<string, number>();

  /** `placement` answers the map in force. */
  constructor(placement: () => Placement) {
    this.#placement = placement;
  }

  /** A record moved these; `clocksNs` are the clocks of the partitions before it, ns. */
  note({ partition, marks, clockNs, isOld }: MarkedRecord, clocksNs: readonly bigint[]): void {
    const nowNs = clockNs === 0n ? (clocksNs[partition] ?? 0n) : clockNs;
    for (const { instrument, dataset, epoch } of marks.arrivals) {
      this.#arrive(instrument, { dataset, partition, epoch, clockNs: nowNs });
    }
    for (const { instrument, dataset, epoch, to, clockNs: ownNs } of marks.departures) {
      const stay = this.#stayOf(instrument, dataset, partition);
      if (epoch <= (stay.departed.get(partition) ?? 0)) continue;
      stay.departed.set(partition, epoch);
      stay.unread.delete(epoch);
      if (epoch <= (stay.arrived.get(to) ?? 0)) continue;
      const toNs = clocksNs[to] ?? 0n;
      // A worker that starts again tells old departures once more.
      const mayBeLong = isOld || toNs > nowNs + missedAfterNs;
      const missedNs = mayBeLong ? later(toNs, nowNs) + missedAfterNs : undefined;
      stay.pending.set(epoch, { heldNs: ownNs === 0n ? (clocksNs[partition] ?? 0n) : ownNs, to, missedNs });
      this.#underWay.set(instrument, stay);
    }
    this.#forget();
  }

  /** A partition put out something of an instrument that was not seen to arrive: it is there. */
  see(partition: number, { instrument, dataset, epoch }: StreamItem, clockNs: bigint): void {
    if (epoch === undefined) return;
    const stay = this.#underWay.get(instrument);
    const expected = stay === undefined ? this.#unseen.get(instrument) : Math.min(...stay.pending.keys());
    if (expected !== undefined && epoch >= expected) this.#arrive(instrument, { dataset, partition, epoch, clockNs });
  }

  /** Whether `see` would look at an item of this instrument. */
  isLookedFor(key: string): boolean {
    return this.#unseen.has(key) || this.#underWay.has(key);
  }

  /** Records may have been missed: what is under way may have arrived. */
  missedSome(clocksNs: readonly bigint[]): void {
    for (const { pending } of this.#underWay.values()) {
      for (const departure of pending.values()) {
        departure.missedNs ??= later(clocksNs[departure.to] ?? 0n, departure.heldNs) + missedAfterNs;
      }
    }
  }

  /** Whose clock speaks of the instrument; `clocksNs` are those of the partitions. */
  speakerOf(key: string, instrument: PlacedInstrument, clocksNs: readonly bigint[]): Speaker {
    const stay = this.#stays.get(key);
    if (stay === undefined) {
      const place = this.#placement().lookUp(instrument);
      if (place.epoch === 0) return place.partition;
      this.#unseen.set(key, place.epoch);
      return 'all';
    }
    return isLeftUnread(stay, clocksNs) ? 'all' : stay.partition;
  }

  /** Whether the instrument is under way, or came where it is before everything was read of where it was. */
  isAmidMove(key: string, clocksNs: readonly bigint[]): boolean {
    const stay = this.#stays.get(key);
    return stay !== undefined && (this.#underWay.has(key) || isLeftUnread(stay, clocksNs));
  }

  /** Whether nothing is known of the instrument but that it is where it was first. */
  isUnmoved(key: string, instrument: PlacedInstrument): boolean {
    return !this.#stays.has(key) && this.#placement().lookUp(instrument).epoch === 0;
  }

  /** Whether anything is known of the instrument but that it is where it was first. */
  hasMoved(key: string): boolean {
    return this.#stays.has(key) || this.#unseen.has(key);
  }

  /** Up to which clock all of these are complete that are under way, ns; absent = none is. */
  heldNs(wants: (key: string, dataset: string) => boolean): bigint | undefined {
    let lowest: bigint | undefined;
    for (const [key, { dataset, pending }] of this.#underWay) {
      if (!wants(key, dataset)) continue;
      for (const { heldNs } of pending.values()) if (lowest === undefined || heldNs < lowest) lowest = heldNs;
    }
    return lowest;
  }

  /** Takes for arrived what must have arrived unseen by these clocks; answers whether there was any. */
  settleMissed(clocksNs: readonly bigint[]): boolean {
    let hasSettled = false;
    for (const [key, { dataset, pending }] of this.#underWay) {
      for (const [epoch, { to: partition, heldNs: clockNs, missedNs }] of pending) {
        if (missedNs === undefined || (clocksNs[partition] ?? 0n) <= missedNs) continue;
        this.#arrive(key, { dataset, partition, epoch, clockNs });
        hasSettled = true;
      }
    }
    return hasSettled;
  }

  #arrive(key: string, { dataset, partition, epoch, clockNs }: Arrival): void {
    const stay = this.#stayOf(key, dataset, partition);
    if (epoch <= (stay.arrived.get(partition) ?? 0)) return;
    stay.arrived.set(partition, epoch);
    if (epoch > stay.epoch) {
      stay.partition = partition;
      stay.epoch = epoch;
    }
    if (!stay.pending.has(epoch)) stay.unread.set(epoch, clockNs);
    // Arrivals of one partition are read in their order, or were missed.
    for (const [other, { to }] of stay.pending) if (to === partition && other <= epoch) stay.pending.delete(other);
    if (stay.pending.size === 0) this.#underWay.delete(key);
    this.#unseen.delete(key);
  }

  #stayOf(key: string, dataset: string, partition: number): Stay {
    let stay = this.#stays.get(key);
    if (stay === undefined) {
      const maps = { departed: new Map(), arrived: new Map(), pending: new Map(), unread: new Map() };
      stay = { dataset, partition, epoch: 0, ...maps };
      this.#stays.set(key, stay);
    }
    return stay;
  }

  #forget(): void {
    if (this.#stays.size <= staysMax) return;
    for (const key of this.#stays.keys()) {
      if (this.#stays.size <= staysMax) return;
      if (!this.#underWay.has(key)) this.#stays.delete(key);
    }
  }
}

/** Whether something that it left behind is still to be read. */
function isLeftUnread({ unread }: Stay, clocksNs: readonly bigint[]): boolean {
  for (const [epoch, arrivedNs] of unread) {
    if (clocksNs.every((clockNs) => clockNs >= arrivedNs)) unread.delete(epoch);
  }
  return unread.size > 0;
}

function later(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
