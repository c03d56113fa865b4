/**
 * The description of what a snapshot holds of instruments that are not where they began: places, which blocks are whose, what
 * is parked, how often what happened. In: a direction and a state. Out: bytes, or the state filled. What is parked stands
 * there by value, since the log kept in memory may be smaller than it.
 */
import type { InstrumentState, PreparedTrades, ShippedSet } from '../bars/instrument-state.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { handoverEvents } from '../placement/handover-events.ts';
import type { Parked, ParkedAt, RoutedEntry } from '../placement/handover-parking.ts';
import type { WaitingPart } from '../placement/handover-partition.ts';
import type { InstrumentPlace } from '../placement/handover-rules.ts';
import type { FoldState } from './fold-state.ts';
import { KnownShipped } from './shipped-later.ts';
import { formText, type HandoverContent, handoverForm } from './handover-state.ts';
import { type ParkedEntry, parkedBytesOf, parkedKinds } from './parked-entry.ts';
import { type StateIo, transferList } from './state-io.ts';

const placeKinds = ['own', 'away', 'unknown'] as const;

/** Where what was sent or came ahead stands: nowhere, here as it once did, or behind the rest of the instrument. */
const aheadKinds = { none: 0, here: 1, behind: 2 } as const;

/** Where an instrument is, and which blocks are its own. Answers whether `transferAhead` follows behind the rest of it. */
export function transferPlace(io: StateIo, instrument: InstrumentState): boolean {
  const { place } = instrument;
  const kind = placeKinds[io.uint(placeKinds.indexOf(place.kind))];
  const epoch = io.uint(place.kind === 'unknown' ? 0 : place.epoch);
  const to = io.uint(place.kind === 'away' ? place.to : 0);
  instrument.firstBlock = io.uint(instrument.firstBlock);
  const early = transferList(io, instrument.early, (bound) => io.uint(bound ?? 0));
  const shipped = transferList(io, instrument.shipped, (set) => transferShipped(io, set));
  const ahead = io.uint(isAhead(instrument) ? aheadKinds.behind : aheadKinds.none);
  if (!io.reading) return false;
  if (ahead > aheadKinds.behind) throw new MalformedError('what went ahead of an instrument stands nowhere');
  // From before it had a clock: whether it still counts is not known.
  if (ahead === aheadKinds.here) instrument.prepared = { ...transferPrepared(io, undefined), atMs: 0, nextBlock: 0 };
  instrument.shipped = shipped;
  instrument.place = placeOf(kind, epoch, to);
  if (early.length > 0) instrument.early = early;
  return ahead === aheadKinds.behind;
}

function placeOf(kind: (typeof placeKinds)[number] | undefined, epoch: number, to: number): InstrumentPlace {
  if (kind === undefined) throw new MalformedError('the place of an instrument is none');
  if (kind === 'unknown') return { kind };
  return kind === 'own' ? { kind, epoch } : { kind, epoch, to };
}

/** What was sent ahead of an instrument, and when what came ahead of it began to come, ms; as it is now, whatever changes later. */
export type Ahead = { readonly prepared: PreparedTrades | undefined; readonly sinceMs: readonly number[] };

/** That of an instrument; `undefined` if there is none. */
export function aheadOf(instrument: InstrumentState): Ahead | undefined {
  if (!isAhead(instrument)) return undefined;
  const { prepared, shipped } = instrument;
  const fixed = prepared === undefined ? undefined : { ...prepared, late: prepared.late.slice() };
  return { prepared: fixed, sinceMs: shipped.map(({ sinceMs }) => sinceMs) };
}

function isAhead({ prepared, shipped }: InstrumentState): boolean {
  return prepared !== undefined || shipped.length > 0;
}

/** See `transferPlace`. Where it is written, what was sent has to be known, or all of it is looked through. */
export function transferAhead(io: StateIo, instrument: InstrumentState, known: Ahead | undefined): void {
  const isPrepared = io.flag(known?.prepared !== undefined);
  const atMs = isPrepared ? io.uint(known?.prepared?.atMs ?? 0) : 0;
  const prepared = isPrepared ? transferPrepared(io, known?.prepared) : undefined;
  const sinceMs = transferList(io, known?.sinceMs ?? [], (ms) => io.uint(ms ?? 0));
  if (!io.reading) return;
  if (sinceMs.length !== instrument.shipped.length) throw new MalformedError('sets of shipped trades without a clock');
  instrument.prepared = prepared === undefined ? undefined : { ...prepared, atMs };
  for (const [place, ms] of sinceMs.entries()) instrument.shipped[place]!.sinceMs = ms;
}

function transferPrepared(io: StateIo, known: PreparedTrades | undefined): Omit<PreparedTrades, 'atMs'> {
  const shipped = known?.shipped.known();
  const [epoch, to] = [io.uint(known?.epoch ?? 0), io.uint(known?.to ?? 0)];
  const [blocks, nextBlock] = [io.uint(shipped?.blocks ?? 0), io.uint(known?.nextBlock ?? 0)];
  const ranges = new Map(
    transferList(io, [...(shipped?.ranges ?? [])], (entry): [number, { first: number; last: number }] => [
      io.sint(entry?.[0] ?? 0),
      { first: io.uint(entry?.[1].first ?? 0), last: io.uint(entry?.[1].last ?? 0) },
    ]),
  );
  const late = transferList(io, known?.late ?? [], (one) => io.uint(one ?? 0));
  return { epoch, to, nextBlock, shipped: known?.shipped ?? new KnownShipped({ blocks, ranges }), late };
}

function transferShipped(io: StateIo, known: ShippedSet | undefined): ShippedSet {
  return {
    epoch: io.uint(known?.epoch ?? 0),
    sinceMs: known?.sinceMs ?? 0,
    runs: transferList(io, known?.runs ?? [], (run) => ({
      ordinal: io.uint(run?.ordinal ?? 0),
      number: io.uint(run?.number ?? 0),
      count: io.uint(run?.count ?? 0),
    })),
  };
}

/** How many items of each kind follow behind the instruments. */
export type ItemsBehind = { readonly parked: number; readonly parts: number };

/** A part of a Handover that is here, and of which instrument. */
export type PartOfHandover = WaitingPart<InstrumentState, HandoverContent>;

/** The parts that are here: those that wait for others, then those that this program cannot use; each kind by instrument. */
export function waitingPartsOf({ moves }: FoldState): PartOfHandover[] {
  return (moves?.waitingParts() ?? []).sort(
    (one, other) => Number(one.isKept) - Number(other.isKept) || one.instrument.index - other.instrument.index,
  );
}

/** How often what happened; answers what follows behind the instruments. */
export function transferMoves(io: StateIo, state: FoldState): ItemsBehind {
  const { handovers, moves } = state;
  const waiting = waitingPartsOf(state).filter(({ isKept }) => !isKept);
  const counts = transferList(
    io,
    handoverEvents.map((event) => handovers[event]),
    (count) => io.uint(count ?? 0),
  );
  if (io.reading) for (const [index, event] of handoverEvents.entries()) handovers[event] = counts[index] ?? 0;
  return { parked: io.uint(moves?.parking.count ?? 0), parts: io.uint(waiting.length) };
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
  parking.putBack({ instrument, parked });
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
  return { ...routed, entry, bytes: parkedBytesOf(entry) };
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

/** One of the parts that wait, which are all of the form of the configuration. */
export function writeWaitingPart(io: StateIo, { instrument, part }: PartOfHandover): void {
  io.uint(instrument.index);
  io.uint(part.epoch);
  io.uint(part.part);
  io.uint(part.parts);
  io.uint(part.content.tradeBlocks);
  io.bytes(part.content.state);
}

/** The next of those parts; the instruments are there already. */
export function readWaitingPart(io: StateIo, state: FoldState): void {
  const index = io.uint(0);
  const [epoch, part, parts, tradeBlocks] = [io.uint(0), io.uint(0), io.uint(0), io.uint(0)];
  const content = { state: io.bytes(new Uint8Array(0)), tradeBlocks };
  const form = formText(handoverForm(state.config));
  putBackPart(state, index, { part: { epoch, form, part, parts, content }, isKept: false, isRefused: false });
}

/** One of the parts that this program cannot use. They stand last of all, so that a snapshot without them is what it always was. */
export function writeKeptPart(io: StateIo, item: PartOfHandover): void {
  writeWaitingPart(io, item);
  io.text(item.part.form);
  io.flag(item.isRefused);
  io.uint(item.part.content.movedAtMs ?? 0);
}

/** The next of those parts. */
export function readKeptPart(io: StateIo, state: FoldState): void {
  const index = io.uint(0);
  const [epoch, part, parts, tradeBlocks] = [io.uint(0), io.uint(0), io.uint(0), io.uint(0)];
  const bytes = io.bytes(new Uint8Array(0));
  const [form, isRefused] = [io.text(''), io.flag(false)];
  const content = { state: bytes, tradeBlocks, movedAtMs: io.uint(0) };
  putBackPart(state, index, { part: { epoch, form, part, parts, content }, isKept: true, isRefused });
}

function putBackPart(state: FoldState, index: number, item: Omit<PartOfHandover, 'instrument'>): void {
  const instrument = state.instruments[index];
  const isTaken = instrument !== undefined && state.moves?.putBack({ instrument, ...item }) === true;
  if (!isTaken) throw new MalformedError('a part of a Handover waits for nothing');
}
