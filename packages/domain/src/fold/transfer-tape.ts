/**
 * The description of what a snapshot or a Handover holds of the tape: publishers, chains, holes, held ticks, what amendments left.
 * In: a direction and a state. Out: bytes, or the state filled. The order of fields is the format; it changes only
 * with the fold version.
 */
import type { FirstCandidate } from '../bars/first-of-date.ts';
import type { AmendingTick, Amendment } from '../bars/amendment.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { AggressorSide, InstrumentTerms, Tape, TickAttributes, TickKind } from '../market/tick.ts';
import type { Held, HeldReference } from '../tape/held-items.ts';
import { type Hole, Link } from '../tape/link.ts';
import type { Publisher, Publishers } from '../tape/publishers.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { timeDomainOf } from '../market/publisher-id.ts';
import { firstVersionWithPlaces, type StateIo, transferList } from './state-io.ts';

/** Publishers by index; free slots stay free. */
export function transferPublishers(io: StateIo, publishers: Publishers): void {
  const slots = transferList<Publisher | undefined>(io, publishers.slots, (publisher) => {
    if (!io.flag(publisher !== undefined)) return undefined;
    const id = io.big(publisher?.id ?? 0n);
    return { id, live: timeDomainOf(id) === TimeDomain.live, aliveMs: io.uint(publisher?.aliveMs ?? 0) };
  });
  if (!io.reading) return;
  for (const [index, publisher] of slots.entries()) if (publisher !== undefined) publishers.put(index, publisher);
}

/** Terms, `undefined` before the first tick. */
export function transferTerms(io: StateIo, terms: InstrumentTerms | undefined): InstrumentTerms | undefined {
  if (!io.flag(terms !== undefined)) return undefined;
  return {
    priceExponent: io.sint(terms?.priceExponent ?? 0),
    sizeExponent: io.sint(terms?.sizeExponent ?? 0),
    calendar: io.text(terms?.calendar ?? ''),
    currency: io.text(terms?.currency ?? ''),
    tickSize: io.uint(terms?.tickSize ?? 0),
  };
}

/** The chains of an instrument. */
export function transferLinks(io: StateIo, instrument: InstrumentState): void {
  const links = transferList(io, instrument.links, (known) => {
    const link = known ?? new Link(0, 0);
    const out = new Link(io.publisher(link.publisher), io.uint(link.bit));
    out.last = io.uint(link.last);
    out.holes = transferHoles(io, link.holes);
    out.forgotten = transferHoles(io, link.forgotten);
    const held = transferList(io, link.held.all(), (item) => transferHeld(io, item));
    if (io.reading) for (const item of held) out.held.add(item);
    out.timeMs = io.sint(link.timeMs);
    out.aliveMs = io.waited(link.aliveMs);
    out.progressLink = io.sint(link.progressLink);
    out.progressMs = io.sint(link.progressMs);
    out.dueMs = io.time(link.dueMs);
    return out;
  });
  if (io.reading && links.length > 0) instrument.links = links;
}

function transferHoles(io: StateIo, holes: readonly Hole[]): Hole[] {
  return transferList(io, holes, (hole) => ({ low: io.uint(hole?.low ?? 0), high: io.uint(hole?.high ?? 0) }));
}

function transferHeld(io: StateIo, held: Held | undefined): Held {
  const item = {
    sequence: io.uint(held?.sequence ?? 0),
    link: io.uint(held?.link ?? 0),
    sinceMs: io.uint(held?.sinceMs ?? 0),
    firstAppendMs: io.version >= firstVersionWithPlaces ? io.uint(held?.firstAppendMs ?? 0) : 0,
  };
  const tick = held?.tick;
  if (!io.flag(tick !== undefined)) return item;
  return {
    ...item,
    tick: {
      interned: { attributes: transferAttributes(io, tick?.interned.attributes), eligibility: [] },
      eventSec: io.uint(tick?.eventSec ?? 0),
      eventNano: io.uint(tick?.eventNano ?? 0),
      price: io.sint(tick?.price ?? 0),
      size: io.uint(tick?.size ?? 0),
      tradeId: io.text(tick?.tradeId ?? ''),
      reference: io.flag(tick?.reference !== undefined) ? transferReference(io, tick?.reference) : undefined,
      venueSequence: io.flag(tick?.venueSequence !== undefined) ? io.sint(tick?.venueSequence ?? 0) : undefined,
      receiveTimeNs: io.big(tick?.receiveTimeNs ?? 0n),
      receiveDelayNs: io.flag(tick?.receiveDelayNs !== undefined) ? io.sint(tick?.receiveDelayNs ?? 0) : undefined,
      block: io.uint(tick?.block ?? 0),
      index: io.uint(tick?.index ?? 0),
    },
  };
}

function transferAttributes(io: StateIo, attributes: TickAttributes | undefined): TickAttributes {
  return {
    kind: io.uint(attributes?.kind ?? 0) as TickKind,
    venue: io.text(attributes?.venue ?? ''),
    tape: io.uint(attributes?.tape ?? 0) as Tape,
    conditions: transferList(io, attributes?.conditions ?? [], (code) => io.text(code ?? '')),
    side: io.uint(attributes?.side ?? 0) as AggressorSide,
    flags: io.uint(attributes?.flags ?? 0),
  };
}

function transferReference(io: StateIo, reference: HeldReference | undefined): HeldReference {
  return {
    sequence: io.uint(reference?.sequence ?? 0),
    tradeId: io.text(reference?.tradeId ?? ''),
    correctedSec: io.sint(reference?.correctedSec ?? 0),
    correctedNano: io.uint(reference?.correctedNano ?? 0),
  };
}

/** What amendments left, and those that wait for their trade. */
export function transferAmendments(io: StateIo, instrument: InstrumentState): void {
  const amendments = transferList(io, [...instrument.amendments.values()], (amendment) =>
    transferAmendment(io, amendment),
  );
  const pending = transferList(io, instrument.pending.ticks, (tick) => transferPending(io, tick));
  if (!io.reading) return;
  for (const amendment of amendments) instrument.amendments.set(amendment);
  for (const tick of pending) instrument.pending.push(tick);
}

function transferAmendment(io: StateIo, known: Amendment | undefined): Amendment {
  return {
    publisher: io.publisher(known?.publisher ?? 0),
    sequence: io.uint(known?.sequence ?? 0),
    tradeIds: transferList(io, known?.tradeIds ?? [], (id) => io.text(id ?? '')),
    corrections: transferList(io, known?.corrections ?? [], (correction) => ({
      publisher: io.publisher(correction?.publisher ?? 0),
      sequence: io.uint(correction?.sequence ?? 0),
    })),
    venue: io.text(known?.venue ?? ''),
    bySec: io.uint(known?.bySec ?? 0),
    byNano: io.uint(known?.byNano ?? 0),
    byPublisher: io.publisher(known?.byPublisher ?? 0),
    bySequence: io.uint(known?.bySequence ?? 0),
    cancelled: io.flag(known?.cancelled ?? false),
    originalSec: io.uint(known?.originalSec ?? 0),
    originalNano: io.uint(known?.originalNano ?? 0),
    eventSec: io.uint(known?.eventSec ?? 0),
    eventNano: io.uint(known?.eventNano ?? 0),
    price: io.sint(known?.price ?? 0),
    size: io.uint(known?.size ?? 0),
    attributes: transferAttributes(io, known?.attributes),
  };
}

function transferPending(io: StateIo, tick: AmendingTick | undefined): AmendingTick {
  return {
    publisher: io.publisher(tick?.publisher ?? 0),
    sequence: io.uint(tick?.sequence ?? 0),
    eventSec: io.uint(tick?.eventSec ?? 0),
    eventNano: io.uint(tick?.eventNano ?? 0),
    price: io.sint(tick?.price ?? 0),
    size: io.uint(tick?.size ?? 0),
    attributes: transferAttributes(io, tick?.attributes),
    tradeId: io.text(tick?.tradeId ?? ''),
    reference: transferReference(io, tick?.reference),
    block: io.block(tick?.block ?? 0),
  };
}

/** The first trades of the newest dates. */
export function transferFirsts(io: StateIo, instrument: InstrumentState): void {
  const firsts = transferList(io, instrument.firsts, (entry) => ({
    date: io.sint(entry?.date ?? 0),
    profile: io.uint(entry?.profile ?? 0),
    startSec: io.sint(entry?.startSec ?? 0),
    first: transferCandidate(io, entry?.first),
    left: transferCandidate(io, entry?.left),
  }));
  if (io.reading && firsts.length > 0) instrument.firsts = firsts;
}

function transferCandidate(io: StateIo, candidate: FirstCandidate | undefined): FirstCandidate | undefined {
  if (!io.flag(candidate !== undefined)) return undefined;
  return {
    ns: io.uint(candidate?.ns ?? 0),
    publisher: io.publisher(candidate?.publisher ?? 0),
    sequence: io.uint(candidate?.sequence ?? 0),
    conditional: io.flag(candidate?.conditional ?? false),
    barStartSec: io.sint(candidate?.barStartSec ?? 0),
  };
}
