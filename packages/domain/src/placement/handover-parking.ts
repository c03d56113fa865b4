/**
 * What waits for an instrument's Handover, in the order in which it came. In: entries and moves of instruments that are not
 * here. Out: the same, when the instrument comes, or those that may not stay (rule A4). Law 7: entries have `bytesMax` in all
 * and wait `msMax` each by the waiting clock; moves are few, one an epoch, and stay.
 */
import type { EntryWay, InstrumentMove } from './handover-rules.ts';

/** Bytes of memory that the entries of one partition take at most. */
export const parkedBytesMax = 8_388_608;
/** An entry is parked at most so long, ms of the waiting clock (rule K3). */
export const parkedMsMax = 10_000;

/** The clocks of a partition at one of its records, ms (rules K1 and K3). */
export type PartitionTime = { readonly nowMs: number; readonly waitedMs: number };

/** An entry on its way through a partition. */
export type RoutedEntry<Entry> = EntryWay & {
  readonly entry: Entry;
  /** Bytes of memory that it is counted with while it is parked. */
  readonly bytes: number;
  /** The clocks at its own record: by them it is applied, however late. */
  readonly at: PartitionTime;
};

/** Something that is parked. */
export type Parked<Entry> =
  | { readonly kind: 'entry'; readonly entry: RoutedEntry<Entry> }
  | { readonly kind: 'move'; readonly move: InstrumentMove };

/** An entry that may not stay any longer. */
export type Overdue<Instrument, Entry> = { readonly instrument: Instrument; readonly entry: RoutedEntry<Entry> };

/** The bounds of parking. */
export type ParkingBounds = { readonly bytesMax: number; readonly msMax: number };

/** Something that is parked, and of which instrument. */
export type ParkedAt<Instrument, Entry> = { readonly instrument: Instrument; readonly parked: Parked<Entry> };

/** What one partition has parked. */
export class Parking<Instrument, Entry> {
  readonly #bounds: ParkingBounds;
  /** All of it in the order of arrival, and how much there is of each instrument. */
  #places: ParkedAt<Instrument, Entry>[] = [];
  readonly #counts = new Map<Instrument, number>();
  #bytes = 0;
  /** The lowest waiting clock of the entries, ms; Infinity = there is none. One that is parked again is not the newest. */
  #sinceMs = Infinity;

  constructor(bounds: ParkingBounds = { bytesMax: parkedBytesMax, msMax: parkedMsMax }) {
    this.#bounds = bounds;
  }

  /** Bytes of memory of the entries. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries and moves. */
  get count(): number {
    return this.#places.length;
  }

  /** All of it in the order of arrival, as it is now: put back one by one in another parking, it makes the same one. */
  all(): readonly ParkedAt<Instrument, Entry>[] {
    return [...this.#places];
  }

  /** The waiting clock at which the next entry may not stay any longer, ms; Infinity = none waits. */
  get dueMs(): number {
    return this.#sinceMs + this.#bounds.msMax;
  }

  /** Parks an entry; false if there is no room for it. */
  addEntry(instrument: Instrument, entry: RoutedEntry<Entry>): boolean {
    if (this.#bytes + entry.bytes > this.#bounds.bytesMax) return false;
    this.#addEntry(instrument, entry);
    return true;
  }

  /** Puts back what was parked when a snapshot was made, also what today's bounds would not have taken: it was not sent on then. */
  putBack({ instrument, parked }: ParkedAt<Instrument, Entry>): void {
    if (parked.kind === 'move') this.addMove(instrument, parked.move);
    else this.#addEntry(instrument, parked.entry);
  }

  /** Parks a move; false if one of its epoch is parked already. */
  addMove(instrument: Instrument, move: InstrumentMove): boolean {
    const isThere = this.#places.some(
      ({ instrument: other, parked }) =>
        other === instrument && parked.kind === 'move' && parked.move.epoch === move.epoch,
    );
    if (!isThere) this.#add(instrument, { kind: 'move', move });
    return !isThere;
  }

  /** Takes out everything of an instrument, in order. */
  takeAll(instrument: Instrument): Parked<Entry>[] {
    if (!this.#counts.has(instrument)) return [];
    return this.#takeOut((place) => place.instrument === instrument).map(({ parked }) => parked);
  }

  /** Takes out the entries that have waited too long, in the order of arrival. */
  takeOverdue({ waitedMs }: PartitionTime): Overdue<Instrument, Entry>[] {
    if (waitedMs < this.dueMs) return [];
    const isOverdue = ({ parked }: ParkedAt<Instrument, Entry>): boolean =>
      parked.kind === 'entry' && waitedMs >= parked.entry.at.waitedMs + this.#bounds.msMax;
    return this.#takeOut(isOverdue).flatMap(({ instrument, parked }) =>
      parked.kind === 'entry' ? [{ instrument, entry: parked.entry }] : [],
    );
  }

  #addEntry(instrument: Instrument, entry: RoutedEntry<Entry>): void {
    this.#bytes += entry.bytes;
    this.#sinceMs = Math.min(this.#sinceMs, entry.at.waitedMs);
    this.#add(instrument, { kind: 'entry', entry });
  }

  #add(instrument: Instrument, parked: Parked<Entry>): void {
    this.#places.push({ instrument, parked });
    this.#counts.set(instrument, (this.#counts.get(instrument) ?? 0) + 1);
  }

  #takeOut(isWanted: (place: ParkedAt<Instrument, Entry>) => boolean): ParkedAt<Instrument, Entry>[] {
    const taken: ParkedAt<Instrument, Entry>[] = [];
    const left: ParkedAt<Instrument, Entry>[] = [];
    for (const place of this.#places) (isWanted(place) ? taken : left).push(place);
    this.#places = left;
    this.#sinceMs = left.reduce(
      (least, { parked }) => (parked.kind === 'entry' ? Math.min(least, parked.entry.at.waitedMs) : least),
      Infinity,
    );
    for (const { instrument, parked } of taken) {
      if (parked.kind === 'entry') this.#bytes -= parked.entry.bytes;
      const count = (this.#counts.get(instrument) ?? 0) - 1;
      if (count > 0) this.#counts.set(instrument, count);
      else this.#counts.delete(instrument);
    }
    return taken;
  }
}
