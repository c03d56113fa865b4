/**
 * What a Publish stream is made of. In: who publishes, and where to. Out: the state that taking a batch reads and moves
 * on, what a batch is judged by, and what becomes of it.
 */
import type { TickBlockHeader } from '../log/tick-block-encode.ts';
import type { TimeDomain } from '../log/tick-columns.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { homePartition } from '../placement/home.ts';
import type { Placement } from '../placement/placement.ts';
import type { PublishPart } from './publish-part.ts';
import { PublishRefusedError, quoted } from './refusal.ts';
import { type InstrumentOfStream, StreamInstruments } from './stream-instruments.ts';
import type { TermsMemory } from './terms-memory.ts';

/** Who publishes, and what. */
export type StreamIdentity = {
  readonly publisherId: bigint;
  readonly timeDomain: TimeDomain;
  readonly dataset: string;
};

/** What a message is judged by. */
export type TakeContext = {
  /** Ingest's clock, ns since the Unix epoch. */
  readonly nowNs: bigint;
  /** How far a live tick's event time may lie ahead of it, ms. */
  readonly aheadMsMax: number;
  readonly terms: TermsMemory;
  /** The map by which the partition of everything in the message is chosen. */
  readonly placement: Placement;
  /** Partitions that can be written now; nothing is taken that lives in another one. */
  readonly partitions: number;
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
  header(nowNs: bigint, { placement }: Pick<TakeContext, 'placement'>): TickBlockHeader {
    const { publisherId, timeDomain, dataset } = this.identity;
    return { publisherId, timeDomain, mapEpoch: placement.epoch, dataset, receiveTimeNs: nowNs };
  }

  /** Whether it is settled where the instrument lives, so that nobody who comes later can decide otherwise. */
  isPlaced(symbol: string, { placed, placement, terms }: TakeContext): boolean {
    const { dataset } = this.identity;
    if (this.instruments.find(symbol)?.row !== undefined || placed?.has(symbol) === true) return true;
    // Whoever moves an instrument first settles where it was.
    return terms.find(dataset, symbol) !== undefined || placement.overrideOf(dataset, symbol) !== undefined;
  }

  /**
   * The partition of an instrument of which something is taken. It is looked up once for each map. Throws
   * `PublishRefusedError` LOG_UNAVAILABLE where the log does not have the partition.
   */
  place(instrument: InstrumentOfStream, symbol: string, context: TakeContext): number {
    if (instrument.mapEpoch === context.placement.epoch) return instrument.partition;
    return this.#lookUp(instrument, symbol, context);
  }

  #lookUp(instrument: InstrumentOfStream, symbol: string, context: TakeContext): number {
    const { dataset } = this.identity;
    const { placement, partitions } = context;
    const { epoch, basePartitions } = placement;
    const override = placement.overrideOf(dataset, symbol);
    // Without an override it stays where the stream found it, whatever is said later of its row.
    const partition = override?.partition ?? (instrument.row ??= this.#placeOfRow(symbol, context));
    if (partition >= partitions) throw partitionMissing(symbol, partition, context);
    instrument.partition = partition;
    instrument.mapEpoch = epoch;
    const isOrigin = override === undefined && epoch > 0 && instrument.origin !== 'durable';
    if (isOrigin && partition !== homePartition(dataset, symbol, basePartitions)) instrument.origin = 'wanted';
    else if (instrument.origin === 'wanted') instrument.origin = 'none';
    return partition;
  }

  /** The pin of its row, else its home. */
  #placeOfRow(symbol: string, { placed, terms, placement }: TakeContext): number {
    const { dataset } = this.identity;
    return (
      placed?.get(symbol) ?? terms.pinOf(dataset, symbol) ?? homePartition(dataset, symbol, placement.basePartitions)
    );
  }
}

function partitionMissing(symbol: string, partition: number, { placement, partitions }: TakeContext): Error {
  const message =
    `${quoted(symbol)} lives in partition ${partition} by the map of epoch ${placement.epoch}, and the tick log has ${partitions} ` +
    'partitions: add the missing ones to its topics; ingest looks for them, so connect again and send everything that is unsettled';
  const facts = {
    symbol,
    partition: String(partition),
    partitions: String(partitions),
    epoch: String(placement.epoch),
  };
  return new PublishRefusedError('LOG_UNAVAILABLE', message, facts);
}
