/**
 * One partition's side of the moves of instruments. In: what its log says, entry by entry. Out: calls of a host, which has the
 * state of the instruments: what to apply, what to give away, what to send on. Laws 1 and 4: all of it follows from the log of
 * this partition, and what was parked is applied in its order and by the clocks of its own records. docs/adr/0021 has the
 * table; the rules themselves are in handover-rules.ts.
 */
import type { HandoverEvent } from './handover-events.ts';
import { type Parked, Parking, type ParkingBounds, type PartitionTime, type RoutedEntry } from './handover-parking.ts';
import { type HandoverPart, HandoverParts } from './handover-parts.ts';
import {
  decideEntry,
  decideHandover,
  decideMove,
  decideOrigin,
  type InstrumentMove,
  type InstrumentPlace,
  type SentOn,
  sentOnFrom,
} from './handover-rules.ts';

/** An instrument as this machine sees it; the place is written here alone. */
export type MovableInstrument = { place: InstrumentPlace };

/** What leaves with an instrument. */
export type Departure<Entry, State> = {
  /** The state, as the host hands it over. */
  readonly state: State;
  /** What waited for its predecessor; it travels as entries. */
  readonly held: readonly Entry[];
};

/** Whoever has the state of the instruments; `Leaving` is one on its way out, `Content` a part of one that comes. */
export type HandoverHost<Instrument, Entry, Content, Leaving = readonly Content[]> = {
  /** The partition that the instrument's name says; `Origin` may say another. */
  home(instrument: Instrument): number;
  /** Whether nothing of the instrument was ever applied, held or handed over here. */
  isFresh(instrument: Instrument): boolean;
  /** The instrument begins here: it is owned from now on, with nothing in it, and what was parked is applied next. */
  begin(instrument: Instrument): void;
  /** Applies an entry of an instrument that is owned, at the clocks of its own record. */
  apply(instrument: Instrument, entry: Entry, at: PartitionTime): void;
  /** Whether parts of this form can be used. */
  canTake(form: string): boolean;
  /** Takes the instrument's state out of the partition. */
  give(instrument: Instrument, move: InstrumentMove): Departure<Entry, Leaving>;
  /** Puts a state in; false if it cannot be read, and then nothing of it is here. */
  take(instrument: Instrument, epoch: number, contents: readonly Content[]): boolean;
  /** Sends the state to another partition. */
  handOver(instrument: Instrument, move: InstrumentMove, state: Leaving): void;
  /** Sends an entry to another partition, after everything that was sent there before. */
  forward(instrument: Instrument, sentOn: SentOn, entry: Entry): void;
  /** Hears what happened, once for each instrument or entry concerned. */
  reached(instrument: Instrument, event: HandoverEvent): void;
};

/** The moves of one partition. */
export class HandoverPartition<Instrument extends MovableInstrument, Entry, Content, Leaving = readonly Content[]> {
  readonly partition: number;
  readonly parking: Parking<Instrument, Entry>;
  readonly #host: HandoverHost<Instrument, Entry, Content, Leaving>;
  readonly #parts = new Map<Instrument, HandoverParts<Content>>();

  constructor(partition: number, host: HandoverHost<Instrument, Entry, Content, Leaving>, bounds?: ParkingBounds) {
    this.partition = partition;
    this.#host = host;
    this.parking = new Parking(bounds);
  }

  /** Whether parts of a Handover of this instrument wait for others. */
  isComing(instrument: Instrument): boolean {
    return this.#parts.get(instrument)?.isWaiting === true;
  }

  /** The parts that wait for others, in an order in which `addPart` makes the same of them. */
  waitingParts(): { readonly instrument: Instrument; readonly part: HandoverPart<Content> }[] {
    return [...this.#parts].flatMap(([instrument, parts]) => parts.all().map((part) => ({ instrument, part })));
  }

  /** Puts back a part that waited; false if it completes a set, which none that waits does. */
  addPart(instrument: Instrument, part: HandoverPart<Content>): boolean {
    return this.#gather(instrument, part) === undefined;
  }

  /** A tick, Void, Progress or EndOfReplay. Owned instruments need not come this way: they are just applied. */
  entry(instrument: Instrument, routed: RoutedEntry<Entry>): void {
    const decision = decideEntry(instrument.place, routed);
    if (decision.kind === 'forward') {
      this.#host.reached(instrument, 'strayForwarded');
      this.#host.forward(instrument, decision, routed.entry);
    } else if (decision.kind === 'park') this.#park(instrument, routed);
    else {
      if (decision.kind === 'begin') this.#begin(instrument, 'begunByEntry');
      this.#applyOrRoute(instrument, routed);
    }
  }

  /** A `Move` record. */
  move(instrument: Instrument, move: InstrumentMove): void {
    const decision = decideMove(instrument.place, move);
    if (decision === 'contradict') this.#host.reached(instrument, 'contradicted');
    else if (decision === 'repeat') this.#host.reached(instrument, 'moveRepeated');
    else if (decision === 'park') {
      const isFirst = this.parking.addMove(instrument, move);
      this.#host.reached(instrument, isFirst ? 'moveParked' : 'moveRepeated');
    } else {
      if (decision === 'beginAndLeave') this.#begin(instrument, 'begunByMove');
      this.#leave(instrument, move);
    }
  }

  /** A `Handover` record; a part may complete the set. */
  handover(instrument: Instrument, part: HandoverPart<Content>): void {
    const host = this.#host;
    const { epoch, form } = part;
    const before = instrument.place;
    const decision = decideHandover(before, epoch);
    if (decision === 'repeat') host.reached(instrument, 'handoverRepeated');
    else if (decision === 'contradict') host.reached(instrument, 'contradicted');
    else if (!host.canTake(form)) host.reached(instrument, 'handoverOfOtherForm');
    else {
      const contents = this.#gather(instrument, part);
      if (contents === undefined) return;
      instrument.place = { kind: 'own', epoch };
      if (!host.take(instrument, epoch, contents)) {
        instrument.place = before;
        host.reached(instrument, 'contradicted');
        return;
      }
      host.reached(instrument, before.kind === 'away' ? 'cameBack' : 'came');
      this.#replay(instrument);
    }
  }

  /** Something else of a Handover says what the protocol rules out. */
  contradict(instrument: Instrument): void {
    this.#host.reached(instrument, 'contradicted');
  }

  /** An `Origin` record: the instrument began, or begins, in partition `origin` (B1). */
  origin(instrument: Instrument, origin: number): void {
    const host = this.#host;
    const { partition } = this;
    const decision = decideOrigin(instrument.place, origin, { partition, isFresh: host.isFresh(instrument) });
    if (decision === 'begin') this.#begin(instrument, 'begunByOrigin');
    else if (decision === 'repeat') host.reached(instrument, 'originRepeated');
    else if (decision === 'contradict') host.reached(instrument, 'contradicted');
    else {
      instrument.place = { kind: 'away', epoch: 0, to: origin };
      host.reached(instrument, 'originElsewhere');
    }
  }

  /** At each record, before its entries: what was parked too long is sent on (A4). */
  passTime(at: PartitionTime): void {
    for (const { instrument, entry } of this.parking.takeOverdue(at)) this.#sendOn(instrument, entry, 'Age');
  }

  #park(instrument: Instrument, routed: RoutedEntry<Entry>): void {
    if (!this.parking.addEntry(instrument, routed)) this.#sendOn(instrument, routed, 'Room');
    else this.#host.reached(instrument, instrument.place.kind === 'unknown' ? 'parkedUnknown' : 'parkedAway');
  }

  #sendOn(instrument: Instrument, { entry }: RoutedEntry<Entry>, why: 'Age' | 'Room'): void {
    const host = this.#host;
    const isUnknown = instrument.place.kind === 'unknown';
    host.reached(instrument, isUnknown ? `sentHomeFor${why}` : `sentOnFor${why}`);
    host.forward(instrument, sentOnFrom(instrument.place, host.home(instrument)), entry);
  }

  #begin(instrument: Instrument, event: HandoverEvent): void {
    instrument.place = { kind: 'own', epoch: 0 };
    this.#host.begin(instrument);
    this.#host.reached(instrument, event);
    this.#replay(instrument);
  }

  #leave(instrument: Instrument, move: InstrumentMove): void {
    const host = this.#host;
    const { place } = instrument;
    // A move that was parked with the entries before this one may have sent it on already.
    if (place.kind !== 'own' || place.epoch !== move.fromEpoch) {
      this.move(instrument, move);
      return;
    }
    host.reached(instrument, host.isFresh(instrument) ? 'leftFresh' : 'left');
    const { state, held } = host.give(instrument, move);
    const { epoch, to } = move;
    instrument.place = { kind: 'away', epoch, to };
    host.handOver(instrument, move, state);
    for (const entry of held) {
      host.reached(instrument, 'heldSentOn');
      host.forward(instrument, { to, epoch }, entry);
    }
  }

  #gather(instrument: Instrument, part: HandoverPart<Content>): Content[] | undefined {
    let parts = this.#parts.get(instrument);
    if (parts === undefined) this.#parts.set(instrument, (parts = new HandoverParts()));
    const contents = parts.add(part);
    if (contents === undefined) return undefined;
    parts.forgetUpTo(part.epoch);
    if (!parts.isWaiting) this.#parts.delete(instrument);
    return contents;
  }

  /** Everything that was parked goes its way in order; a parked move may send the instrument on in the middle. */
  #replay(instrument: Instrument): void {
    for (const parked of this.parking.takeAll(instrument)) this.#takeUp(instrument, parked);
  }

  #takeUp(instrument: Instrument, parked: Parked<Entry>): void {
    if (parked.kind === 'entry') {
      this.entry(instrument, parked.entry);
      return;
    }
    if (decideMove(instrument.place, parked.move) === 'leave') this.#host.reached(instrument, 'moveChained');
    this.move(instrument, parked.move);
  }

  /** The instrument began just now; a parked move of it may have sent it on before this entry's turn. */
  #applyOrRoute(instrument: Instrument, routed: RoutedEntry<Entry>): void {
    if (instrument.place.kind === 'own') this.#host.apply(instrument, routed.entry, routed.at);
    else this.entry(instrument, routed);
  }
}
