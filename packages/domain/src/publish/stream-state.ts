/**
 * What a Publish stream is made of. In: who publishes, and where to. Out: the state that taking a batch reads and moves
 * on, what a batch is judged by, and what becomes of it.
 */
import type { TickBlockHeader } from '../log/tick-block-encode.ts';
import type { TimeDomain } from '../log/tick-columns.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { homePartition } from '../placement/home.ts';
import type { PublishPart } from './publish-part.ts';
import { type InstrumentOfStream, StreamInstruments } from './stream-instruments.ts';
import type { TermsMemory } from './terms-memory.ts';

/** Who publishes, and where to. */
export type StreamIdentity = {
  readonly publisherId: bigint;
  readonly timeDomain: TimeDomain;
  readonly dataset: string;
  /** Partitions of the log, over which instruments without a pin are spread. */
  readonly partitions: number;
};

/** What a message is judged by. */
export type TakeContext = {
  /** Ingest's clock, ns since the Unix epoch. */
  readonly nowNs: bigint;
  /** How far a live tick's event time may lie ahead of it, ms. */
  readonly aheadMsMax: number;
  readonly terms: TermsMemory;
  /** The calendar of an instrument of which nobody has given terms. */
  readonly calendar: string;
  /** Symbols that were asked for and that nobody knows. */
  readonly unknown: ReadonlySet<string>;
  /**
   * Where it is given, nothing of an unknown symbol is taken: the terms under which its first tick would be are put in
   * here, `undefined` if none of it is in order, and nothing is taken until it is known where it lives and, of ticks, under
   * which terms. Absent = these terms hold at once, and everything lives at home.
   */
  readonly claims?: Map<string, InstrumentTerms | undefined> | undefined;
  /** Unknown symbols of which it was settled where they live, by a pin or, `undefined`, at home. Absent = none. */
  readonly placed?: ReadonlyMap<string, number | undefined> | undefined;
};

/** What became of a message: nothing was taken yet because these symbols must be asked for or claimed, or its parts. */
export type Taken =
  | { readonly missing: readonly string[] }
  | {
      readonly parts: readonly PublishPart[];
      /** Ticks of the message, rejected ones included. */
      readonly ticks: number;
      /** Highest sequence of its ticks; 0 = it has none. */
      readonly sequence: number;
    };

/** How far a stream is. */
export class StreamState {
  readonly identity: StreamIdentity;
  readonly instruments: StreamInstruments = new StreamInstruments();
  /** Highest sequence that the stream carried so far. */
  lastSequence = 0;

  constructor(identity: StreamIdentity) {
    this.identity = identity;
  }

  /** What blocks of this stream say once for all their ticks. */
  header(nowNs: bigint): TickBlockHeader {
    const { publisherId, timeDomain, dataset } = this.identity;
    return { publisherId, timeDomain, mapEpoch: 0, dataset, receiveTimeNs: nowNs };
  }

  /** Whether it is settled where the instrument lives, so that nobody who comes later can decide otherwise. */
  isPlaced(symbol: string, { placed, terms }: TakeContext): boolean {
    if (this.instruments.find(symbol)?.partition !== undefined || placed?.has(symbol) === true) return true;
    return terms.find(this.identity.dataset, symbol) !== undefined;
  }

  /** The partition of an instrument of which something is taken; the same for the rest of the stream. */
  place(instrument: InstrumentOfStream, symbol: string, context: TakeContext): number {
    return (instrument.partition ??= this.partitionOf(symbol, context));
  }

  /** The partition of an instrument that is placed, or of any where there are no claims. */
  partitionOf(symbol: string, { placed, terms }: TakeContext): number {
    const { dataset, partitions } = this.identity;
    return placed?.get(symbol) ?? terms.pinOf(dataset, symbol) ?? homePartition(dataset, symbol, partitions);
  }
}
