/**
 * The description of what a snapshot holds of instruments that are not where they began: places, which blocks are whose, what
 * is parked, how often what happened. In: a direction and a state. Out: bytes, or the state filled. What is parked stands
 * there by value, since the log kept in memory may be smaller than it.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { handoverEvents } from '../placement/handover-events.ts';
import type { Parked, ParkedAt, RoutedEntry } from '../placement/handover-parking.ts';
import type { InstrumentPlace } from '../placement/handover-rules.ts';
import type { FoldState } from './fold-state.ts';
import { type ParkedEntry, parkedKinds } from './parked-entry.ts';
import { type StateIo, transferList } from './state-io.ts';

/** The first fold version whose snapshots have places; in those before every instrument is owned from the start. */
export const firstVersionWithPlaces = 3;

const placeKinds = ['own', 'away', 'unknown'] as const;

/** Where an instrument is, and which blocks are its own. */
export function transferPlace(io: StateIo, instrument: InstrumentState): void {
  const { place } = instrument;
  const kind = placeKinds[io.uint(placeKinds.indexOf(place.kind))];
  const epoch = io.uint(place.kind === 'unknown' ? 0 : place.epoch);
  const to = io.uint(place.kind === 'away' ? place.to : 0);
  instrument.firstBlock = io.uint(instrument.firstBlock);
  const early = transferList(io, instrument.early, (bound) => io.uint(bound ?? 0));
  if (!io.reading) return;
  instrument.early = early;
  instrument.place = placeOf(kind, epoch, to);
}

function placeOf(kind: (typeof placeKinds)[number] | undefined, epoch: number, to: number): InstrumentPlace {
  if (kind === undefined) throw new MalformedError('the place of an instrument is none');
  if (kind === 'unknown') return { kind };
  return kind === 'own' ? { kind, epoch } : { kind, epoch, to };
}

/** How often what happened; answers how many parked items follow behind the instruments. */
export function transferMoves(io: StateIo, { handovers, moves }: FoldState): number {
  const counts = transferList(
    io,
    handoverEvents.map((event) => handovers[event]),
    (count) => io.uint(count ?? 0),
  );
  if (io.reading) for (const [index, event] of handoverEvents.entries()) handovers[event] = counts[index] ?? 0;
  return io.uint(moves?.parking.count ?? 0);
}

/** One of those items. */
export function writeParked(io: StateIo, { instrument, parked }: ParkedAt<InstrumentState, ParkedEntry>): void {
  io.uint(instrument.index);
  transferParked(io, parked);
}

/** The next of those items; the instruments are there already. */
export function readParked(io: StateIo, state: FoldState): void {
  const instrument = state.instruments[io.uint(0)];
  const parked = transferParked(io, undefined);
  const parking = state.moves?.parking;
  if (instrument === undefined || parking === undefined) throw new MalformedError('what is parked is of no instrument');
  const isTaken =
    parked.kind === 'entry' ? parking.addEntry(instrument, parked.entry) : parking.addMove(instrument, parked.move);
  if (!isTaken) throw new MalformedError('more is parked than there is room for');
}

function transferParked(io: StateIo, parked: Parked<ParkedEntry> | undefined): Parked<ParkedEntry> {
  const known = parked?.kind === 'move' ? parked.move : undefined;
  if (!io.flag(known !== undefined)) {
    return { kind: 'entry', entry: transferRouted(io, parked?.kind === 'entry' ? parked.entry : undefined) };
  }
  const move = {
    epoch: io.uint(known?.epoch ?? 0),
    fromEpoch: io.uint(known?.fromEpoch ?? 0),
    to: io.uint(known?.to ?? 0),
  };
  return { kind: 'move', move };
}

function transferRouted(io: StateIo, known: RoutedEntry<ParkedEntry> | undefined): RoutedEntry<ParkedEntry> {
  const routed = {
    epoch: io.uint(known?.epoch ?? 0),
    isForwarded: io.flag(known?.isForwarded ?? false),
    at: { nowMs: io.uint(known?.at.nowMs ?? 0), waitedMs: io.uint(known?.at.waitedMs ?? 0) },
  };
  const entry = transferEntry(io, known?.entry);
  return { ...routed, entry, bytes: entry.bytes.length };
}

function transferEntry(io: StateIo, known: ParkedEntry | undefined): ParkedEntry {
  const kind = parkedKinds[io.uint(known === undefined ? 0 : parkedKinds.indexOf(known.kind))];
  if (kind === undefined) throw new MalformedError('a parked entry is of no kind');
  return {
    kind,
    firstAppendTimeMs: io.uint(known?.firstAppendTimeMs ?? 0),
    block: io.sint(known?.block ?? 0),
    offsets: transferList(io, known?.offsets ?? [], (offset) => io.uint(offset ?? 0)),
    bytes: io.bytes(known?.bytes ?? new Uint8Array(0)),
  };
}
