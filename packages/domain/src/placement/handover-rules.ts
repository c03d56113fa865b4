/**
 * The rules by which a partition takes what comes for an instrument that it owns, gave away, or does not know (A, M and H of
 * docs/adr/0021-moves-in-the-fold.md). In: where the instrument is, and what a record says. Out: a decision; nothing changes
 * here. Laws 3 and 4: whatever comes is applied, parked or sent on, never dropped but as a repeat that its epoch proves.
 */

/**
 * Where an instrument is, as one partition knows it. Epochs count its moves: 0 is where it began. `unknown`: neither its home
 * nor ever here. `away` is kept for ever, so that strays are sent on and old records are known as such.
 */
export type InstrumentPlace =
  | { readonly kind: 'own'; readonly epoch: number }
  | { readonly kind: 'away'; readonly epoch: number; readonly to: number }
  | { readonly kind: 'unknown' };

/** The epoch of the place, 0 for an instrument that is not known. */
export function epochOf(place: InstrumentPlace): number {
  return place.kind === 'unknown' ? 0 : place.epoch;
}

/** A move as the coordinator appended it: the epoch that the instrument gets, the one that it had, where it goes. */
export type InstrumentMove = { readonly epoch: number; readonly fromEpoch: number; readonly to: number };

/** Where something is sent on to, and the epoch that it bears there. */
export type SentOn = { readonly to: number; readonly epoch: number };

/** What an entry of a publisher says of its way: the map's epoch at its writer (0 = it had none), or its Forward's. */
export type EntryWay = { readonly epoch: number; readonly isForwarded: boolean };

/** `begin`: the instrument begins here, and the entry is applied. */
export type EntryDecision = { readonly kind: 'apply' | 'begin' | 'park' } | ({ readonly kind: 'forward' } & SentOn);

/** `contradict`: the log says what the protocol rules out; it is told and changes nothing. */
export type MoveDecision = 'leave' | 'beginAndLeave' | 'park' | 'repeat' | 'contradict';

/** See `MoveDecision`. */
export type HandoverDecision = 'take' | 'repeat' | 'contradict';

/** `elsewhere`: this is the home of an instrument that was pinned to another partition before anything of it came. */
export type OriginDecision = 'begin' | 'elsewhere' | 'repeat' | 'contradict';

/** Where an instrument is before anything of it was seen: its home owns it, empty; nobody else knows it. */
export function placeAtFirstSight(isHome: boolean): InstrumentPlace {
  return isHome ? { kind: 'own', epoch: 0 } : { kind: 'unknown' };
}

/** Rules A1 to A3 for a tick, Void, Progress or EndOfReplay of the instrument. */
export function decideEntry(place: InstrumentPlace, { epoch, isForwarded }: EntryWay): EntryDecision {
  if (place.kind === 'own') return { kind: 'apply' };
  // A writer without a map writes to where the instrument began, and nowhere else.
  if (place.kind === 'unknown') return { kind: epoch === 0 && !isForwarded ? 'begin' : 'park' };
  if (epoch > place.epoch) return { kind: 'park' };
  return { kind: 'forward', to: place.to, epoch: place.epoch };
}

/** Rule A4: where an entry goes that may not stay parked; home owns the instrument or knows where it went. */
export function sentOnFrom(place: InstrumentPlace, home: number): SentOn {
  return place.kind === 'away' ? { to: place.to, epoch: place.epoch } : { to: home, epoch: 0 };
}

/** Rules M1 to M3. A move from epoch 0 is also told to where the instrument began, so it says that it began here. */
export function decideMove(place: InstrumentPlace, { fromEpoch }: InstrumentMove): MoveDecision {
  if (place.kind === 'unknown') return fromEpoch === 0 ? 'beginAndLeave' : 'park';
  if (place.kind === 'away') return fromEpoch > place.epoch ? 'park' : 'repeat';
  if (fromEpoch === place.epoch) return 'leave';
  return fromEpoch < place.epoch ? 'repeat' : 'contradict';
}

/** Rules H1 and H2 for a Handover of this epoch, 1 or more. */
export function decideHandover(place: InstrumentPlace, epoch: number): HandoverDecision {
  if (place.kind === 'unknown' || epoch > place.epoch) return place.kind === 'own' ? 'contradict' : 'take';
  return 'repeat';
}

/** Rule B1: an instrument that is pinned to `origin` begins there, and its home, which it never lived in, sends strays there. */
export function decideOrigin(
  place: InstrumentPlace,
  origin: number,
  { partition, isFresh }: { readonly partition: number; readonly isFresh: boolean },
): OriginDecision {
  if (origin === partition) return place.kind === 'unknown' ? 'begin' : 'repeat';
  if (place.kind !== 'own' || place.epoch > 0) return 'repeat';
  return isFresh ? 'elsewhere' : 'contradict';
}
