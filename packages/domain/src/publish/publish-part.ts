/**
 * What one message of a stream puts into one partition. In: ticks in the stream's order, each accepted or rejected, or
 * what a publisher says of its progress. Out: log entries that keep the order of every instrument, with what is to be
 * told once they are durable. A rejected tick leaves a Void in its place.
 */
import type { LogEntryToWrite } from '../log/log-record.ts';
import { encodeTickBlock, type TickBlockHeader, type TickRow } from '../log/tick-block-encode.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import type { DraftTick } from './draft-tick.ts';
import { blockEntryBytes, type EntryBytes, entryBytes } from './record-bytes.ts';
import type { Rejection } from './refusal.ts';
import type { InstrumentOfStream } from './stream-instruments.ts';
import type { TermsMemory, TermsUse } from './terms-memory.ts';
import { encodeTradeBlock } from './trade-block.ts';

/** A tick that was refused. */
export type RejectedTick = { readonly sequence: number; readonly symbol: string; readonly rejection: Rejection };

/** How far a message goes in an instrument: the link of its first tick there, and the sequence of its last. */
export type ReachedTick = { readonly symbol: string; readonly link: number; sequence: number };

/** Entries for one partition and what stands behind them. */
export type PublishPart = {
  readonly partition: number;
  /** Entries as they stand in a record, one after the other. */
  readonly pieces: readonly Uint8Array[];
  /** Bytes of all pieces. */
  readonly bytes: number;
  readonly accepted: number;
  readonly rejects: readonly RejectedTick[];
  readonly reached: readonly ReachedTick[];
  /** Terms that stay only if this or another part with ticks under them reaches the log. */
  readonly uses: readonly TermsUse[];
  /** Instruments whose Origin stands in it. */
  readonly origins: readonly InstrumentOfStream[];
};

/** The part is in the log: what it introduces needs to be introduced no more. */
export function noteDurable({ origins }: PublishPart): void {
  for (const instrument of origins) instrument.origin = 'durable';
}

/** Half of what a block's event times may span, s: 2^52 ns, so that every difference in it is below 2^53. */
const spanSecMax = 4_503_599;

/** Ticks that one message, or several of one tick each, put into a part at most; so many make a block. */
export const partTicksMax = 2_000;

/** Receive times of ticks that were gathered into one block differ by so much at most, ns. */
const receiveSpreadNsMax = 50_000_000n;

/** What a tick is counted with until its block is written; only bounds need it. */
const tickBytesMax = 96;

/** Gathers a part: of one message, or of single ticks of a stream for as long as the part waits for its record. */
export class PartBuilder {
  readonly partition: number;
  readonly reached: ReachedTick[] = [];
  #header: TickBlockHeader;
  readonly #pieces: Uint8Array[] = [];
  readonly #rejects: RejectedTick[] = [];
  readonly #uses = new Map<string, TermsUse>();
  readonly #origins = new Set<InstrumentOfStream>();
  #rows: TickRow[] = [];
  /** Receive time of the block that is being gathered: of ingest, or what its rows say once for all. */
  #receiveNs: bigint;
  #hasDelays = false;
  /** A block says of all its ticks or of none when they were received, and what the venue numbered them. */
  #hasVenueSequences = false;
  #accepted = 0;
  #bytes = 0;

  constructor(partition: number, header: TickBlockHeader) {
    this.partition = partition;
    this.#header = header;
    this.#receiveNs = header.receiveTimeNs;
  }

  /** Bytes of what was added, an estimate where it is not written yet. */
  get waitingBytes(): number {
    return this.#bytes + this.#rows.length * tickBytesMax;
  }

  /** Whether it has as many ticks as it may. */
  get isFull(): boolean {
    return this.#accepted + this.#rejects.length >= partTicksMax;
  }

  /** What is added from now on was received then, ns since the Unix epoch; some ms make no block of their own. */
  receivedAt(nowNs: bigint): void {
    const sinceNs = nowNs - this.#header.receiveTimeNs;
    if (sinceNs >= 0n && sinceNs <= receiveSpreadNsMax) return;
    this.#flush();
    this.#header = { ...this.#header, receiveTimeNs: nowNs };
  }

  /** Something of the instrument follows, so its Origin goes before it, once a part, where it is wanted. */
  introduce(instrument: InstrumentOfStream, symbol: string): void {
    if (instrument.origin !== 'wanted' || this.#origins.has(instrument)) return;
    this.#origins.add(instrument);
    const { dataset } = this.#header;
    this.#add(entryBytes({ kind: 'origin', dataset, symbol, partition: this.partition }));
  }

  /** A tick of the instrument stands in the part, or a Void of it. */
  reach(instrument: InstrumentOfStream, { symbol, link, sequence }: DraftTick): void {
    if (instrument.gathering === this && instrument.reached !== undefined) {
      instrument.reached.sequence = sequence;
      return;
    }
    instrument.gathering = this;
    instrument.reached = { symbol, link, sequence };
    this.reached.push(instrument.reached);
  }

  /** Adds an accepted tick, whose terms and link are settled. */
  accept(draft: DraftTick): void {
    let receiveNs = this.#header.receiveTimeNs;
    if (draft.receiveNs !== 0n) {
      const delayNs = draft.receiveNs - (BigInt(draft.eventSec) * 1_000_000_000n + BigInt(draft.eventNano));
      if (Number.isSafeInteger(Number(delayNs))) draft.receiveDelayNs = Number(delayNs);
      // Over 104 days from the event, as in a replay: only the block can say it.
      else receiveNs = draft.receiveNs;
    }
    const hasDelays = draft.receiveDelayNs !== undefined;
    const hasVenueSequence = draft.venueSequence !== undefined;
    const isAlike = hasDelays === this.#hasDelays && hasVenueSequence === this.#hasVenueSequences;
    if (!isAlike || receiveNs !== this.#receiveNs || !isNear(this.#rows[0], draft)) {
      this.#flush();
      this.#hasDelays = hasDelays;
      this.#hasVenueSequences = hasVenueSequence;
      this.#receiveNs = receiveNs;
    }
    this.#rows.push(draft);
    this.#accepted += 1;
  }

  /** Counts on the terms of an instrument of which the part has accepted ticks. */
  use(instrument: InstrumentOfStream, symbol: string, terms: InstrumentTerms, memory: TermsMemory): void {
    if (instrument.terms !== undefined || this.#uses.has(symbol)) return;
    const { dataset } = this.#header;
    const use = memory.use(dataset, symbol, terms);
    if (use === undefined) instrument.terms = memory.find(dataset, symbol) ?? terms;
    else this.#uses.set(symbol, use);
  }

  /** The part comes to nothing. */
  abandon(): void {
    for (const use of this.#uses.values()) use.release();
  }

  /** Leaves a Void of a rejected tick. */
  reject(draft: DraftTick, rejection: Rejection): void {
    const { sequence, link, symbol } = draft;
    if (this.#rows.some((row) => row.symbol === symbol)) this.#flush();
    const { publisherId, dataset, mapEpoch } = this.#header;
    const reason = rejection.code;
    this.#add(entryBytes({ kind: 'void', publisherId, sequence, link, dataset, symbol, reason, mapEpoch }));
    this.#rejects.push({ sequence, symbol, rejection });
  }

  /** Adds a finished block of so many ticks. */
  addBlock(bytes: Uint8Array, ticks: number): void {
    this.#add(blockEntryBytes(bytes));
    this.#accepted += ticks;
  }

  /** Adds a progress or an end. */
  addReached(entry: Exclude<LogEntryToWrite, { kind: 'tickBlock' }>): void {
    this.#flush();
    this.#add(entryBytes(entry));
  }

  finish(): PublishPart {
    this.#flush();
    return {
      partition: this.partition,
      pieces: this.#pieces,
      bytes: this.#bytes,
      accepted: this.#accepted,
      rejects: this.#rejects,
      reached: this.reached,
      uses: [...this.#uses.values()],
      origins: [...this.#origins],
    };
  }

  #flush(): void {
    if (this.#rows.length === 0) return;
    const header = { ...this.#header, receiveTimeNs: this.#receiveNs };
    const bytes = encodeTradeBlock(header, this.#rows) ?? encodeTickBlock(header, this.#rows);
    this.#add(blockEntryBytes(bytes));
    this.#rows = [];
  }

  #add(entry: EntryBytes): void {
    for (const piece of entry) {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
  }
}

/** Gathers parts; if that throws, they come to nothing. */
export function gathered<Result>(parts: ReadonlyMap<number, PartBuilder>, gather: () => Result): Result {
  try {
    return gather();
  } catch (error) {
    for (const part of parts.values()) part.abandon();
    throw error;
  }
}

/** Whether the differences between the block's first time and this row's are exact. */
function isNear(first: TickRow | undefined, row: TickRow): boolean {
  if (first === undefined) return true;
  if (Math.abs(row.eventSec - first.eventSec) >= spanSecMax) return false;
  const correctedSec = row.original?.correctedSec;
  return correctedSec === undefined || Math.abs(correctedSec - first.eventSec) < spanSecMax;
}
