/**
 * One partition's side of the moves of instruments. In: what its log says, entry by entry. Out: calls of a host, which has the
 * state of the instruments: what to apply, what to give away, what to send on. Laws 1 and 4: all of it follows from the log of
 * this partition, and what was parked is applied in its order and by the clocks of its own records. docs/adr/0021 has the
 * table; the rules themselves are in handover-rules.ts.
 */
import type { HandoverEvent } from './handover-events.ts';
import { type Parked, Parking, type ParkingBounds, type PartitionTime, type RoutedEntry } from './handover-parking.ts';
import { contentsOf, type HandoverPart, HandoverParts, type PartSet, type PartTraits } from './handover-parts.ts';
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

/** Why a state that is there as a whole cannot be put in: this program does not know what it names, or it makes no sense. */
export type TakeProblem = { readonly event: 'handoverOfOtherForm' | 'contradicted'; readonly detail: string };

/** A part of a Handover that is here. `isKept`: this program cannot use it, the next one may. */
export type WaitingPart<Instrument, Content> = {
  readonly instrument: Instrument;
  readonly part: HandoverPart<Content>;
  readonly isKept: boolean;
  /** Its set is whole and was tried. */
  readonly isRefused: boolean;
};

/** Bytes of memory that parts of Handovers take in one partition before those that are not needed are given up. */
export const handoverPartBytesMax = 67_108_864;

/** Bytes of parts that are here, and of those that were given up because these were more than `handoverPartBytesMax`. */
export type PartsRoom = { readonly bytes: number; readonly givenUp: number };

/** Whoever has the state of the instruments; `Leaving` is one on its way out, `Content` a part of one that comes. */
export type HandoverHost<Instrument, Entry, Content, Leaving = readonly Content[]> = PartTraits<Content> & {
  /** The partition that the instrument's name says; `Origin` may say another. */
  home(instrument: Instrument): number;
  /** Whether nothing of the instrument was ever applied, held or handed over here. */
  isFresh(instrument: Instrument): boolean;
  /** The instrument begins here: it is owned from now on, with nothing in it, and what was parked is applied next. */
  begin(instrument: Instrument): void;
  /** Applies an entry of an instrument that is owned, at the clocks of its own record. */
  apply(instrument: Instrument, entry: Entry, at: PartitionTime): void;
  /** Takes the instrument's state out of the partition. */
  give(instrument: Instrument, move: InstrumentMove): Departure<Entry, Leaving>;
  /** Puts a state in; answers why it cannot be read, and then nothing has changed. */
  take(instrument: Instrument, epoch: number, contents: readonly Content[]): TakeProblem | undefined;
  /** Sends the state to another partition. */
  handOver(instrument: Instrument, move: InstrumentMove, state: Leaving): void;
  /** Sends an entry to another partition, after everything that was sent there before. */
  forward(instrument: Instrument, sentOn: SentOn, entry: Entry): void;
  /** Hears that parts of Handovers take more room than they should, and how much of it was given up for that. */
  crowded(instrument: Instrument, room: PartsRoom): void;
  /** Hears what happened, once for each instrument or entry concerned; `detail` says what is not plain by the event. */
  reached(instrument: Instrument, event: HandoverEvent, detail?: string): void;
};

/** The moves of one partition. */
export class HandoverPartition<Instrument extends MovableInstrument, Entry, Content, Leaving = readonly Content[]> {
  readonly partition: number;
  readonly parking: Parking<Instrument, Entry>;
  readonly #host: HandoverHost<Instrument, Entry, Content, Leaving>;
  readonly #parts = new Map<Instrument, HandoverParts<Content>>();
  readonly #partBytesMax: number;

  constructor(
    partition: number,
    host: HandoverHost<Instrument, Entry, Content, Leaving>,
    bounds?: ParkingBounds,
    partBytesMax: number = handoverPartBytesMax,
  ) {
    this.partition = partition;
    this.#host = host;
    this.parking = new Parking(bounds);
    this.#partBytesMax = partBytesMax;
  }

  /** Whether parts of a Handover of this instrument wait for others. */
  isComing(instrument: Instrument): boolean {
    return this.#parts.get(instrument)?.isWaiting === true;
  }

  /** The parts that are here, those that wait for others first: put back one by one they make the same sets. */
  waitingParts(): WaitingPart<Instrument, Content>[] {
    const all = [...this.#parts].flatMap(([instrument, parts]) =>
      parts.sets.flatMap(({ epoch, form, parts: count, contents, isRefused }) =>
        [...contents].map(([place, content]): WaitingPart<Instrument, Content> => {
          const part = { epoch, form, part: place, parts: count, content };
          const isKept = isRefused || contents.size === count || this.#host.useOf(form) !== 'now';
          return { instrument, part, isKept, isRefused };
        }),
      ),
    );
    return [...all.filter(({ isKept }) => !isKept), ...all.filter(({ isKept }) => isKept)];
  }

  /** Puts back a part that was here; false if it completes a set that waited for others, which none does. */
  putBack({ instrument, part, isKept, isRefused }: WaitingPart<Instrument, Content>): boolean {
    return this.#partsOf(instrument).putBack(part, isRefused) === undefined || isKept;
  }

  /**
   * Once, before the first record after a restart: what the program before could not use is tried again, for this one may be of
   * another form. Where it is not, nothing changes and nothing is told again.
   */
  tryAgain(): void {
    for (const [instrument, parts] of this.#parts) {
      for (const set of parts.sets) {
        const isWhole = set.contents.size === set.parts && this.#host.useOf(set.form) === 'now';
        if (!isWhole || decideHandover(instrument.place, set.epoch) !== 'take') continue;
        const problem = this.#take(instrument, set);
        if (problem !== undefined && !set.isRefused) parts.refuse(set);
      }
    }
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
    const decision = decideHandover(instrument.place, epoch);
    if (decision === 'repeat') host.reached(instrument, 'handoverRepeated');
    else if (decision === 'contradict') host.reached(instrument, 'contradicted');
    else {
      const parts = this.#partsOf(instrument);
      const before = this.#partBytes();
      const set = parts.add(part);
      if (host.useOf(form) !== 'now') host.reached(instrument, 'handoverOfOtherForm', otherForm(part));
      else if (set !== undefined) {
        const problem = this.#take(instrument, set);
        if (problem === undefined) return;
        parts.refuse(set);
        host.reached(instrument, problem.event, problem.detail);
      }
      this.#makeRoom(instrument, before);
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

  #partsOf(instrument: Instrument): HandoverParts<Content> {
    let parts = this.#parts.get(instrument);
    if (parts === undefined) this.#parts.set(instrument, (parts = new HandoverParts(this.#host)));
    return parts;
  }

  #partBytes(): number {
    let sum = 0;
    for (const parts of this.#parts.values()) sum += parts.bytes;
    return sum;
  }

  /**
   * Law 7 of parts: beyond the bound all go that are not needed. The others are sent once, and what is missing of them stands further
   * on in this log: to give them up would lose their instruments, and to read no further would keep them for ever. So they
   * stay, one set for each move under way, and it is told when they are too many.
   */
  #makeRoom(instrument: Instrument, before: number): void {
    const after = this.#partBytes();
    if (after <= this.#partBytesMax) return;
    let givenUp = 0;
    for (const [one, parts] of this.#parts) {
      givenUp += parts.forgetSpare();
      if (!parts.isWaiting) this.#parts.delete(one);
    }
    if (givenUp > 0 || before <= this.#partBytesMax)
      this.#host.crowded(instrument, { bytes: after - givenUp, givenUp });
  }

  /** Rule H1 for a set that is whole; where it cannot be read, all stays as it was. */
  #take(instrument: Instrument, set: PartSet<Content>): TakeProblem | undefined {
    const host = this.#host;
    const { epoch } = set;
    const before = instrument.place;
    instrument.place = { kind: 'own', epoch };
    const problem = host.take(instrument, epoch, contentsOf(set));
    if (problem !== undefined) {
      instrument.place = before;
      return problem;
    }
    const parts = this.#partsOf(instrument);
    parts.forgetUpTo(epoch);
    if (!parts.isWaiting) this.#parts.delete(instrument);
    host.reached(instrument, before.kind === 'away' ? 'cameBack' : 'came');
    this.#replay(instrument);
    return undefined;
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

function otherForm({ epoch, part, parts, form }: HandoverPart<unknown>): string {
  return `part ${part + 1} of ${parts} of its state of epoch ${epoch} is of form ${form}`;
}
