/**
 * What ingest is made of and what it gives. In: the log, what is known of instruments, clock and chance. Out: the
 * types that whoever wires the service sees: handlers for gRPC, a sink for feeds of the same process, a status.
 */
import type { ControlLog, FeedSink, InstrumentTerms, LogError, StoredInstrument, TickLog } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import type { Clock, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { wireIngest } from '@tapeline/wire';
import type { IngestDefinition, PublishBytes } from './ingest-definition.ts';

/** What the store knows of an instrument. */
export type KnownInstrument = Pick<StoredInstrument, 'terms' | 'pin'>;

/** What the store knows of instruments. */
export type KnownInstruments = {
  /** The terms under which the instrument is in the log; `undefined` = it is not known. Rejects if nobody can say. */
  readonly find: (dataset: string, symbol: string) => Promise<KnownInstrument | undefined>;
  /**
   * Enters first terms for instruments of one dataset, by symbol, 64 at most. Out: what holds from now on for every
   * ingest, by whoever was first. Rejects if nobody can say. Absent = this ingest is the only one, and nobody pins.
   */
  readonly claim?: (
    dataset: string,
    terms: ReadonlyMap<string, InstrumentTerms>,
  ) => Promise<ReadonlyMap<string, KnownInstrument>>;
  /**
   * Settles where instruments without terms live, 64 at most: each at the home that is given with it unless somebody was
   * first. Out: their pins, `undefined` = at home. Rejects if nobody can say. Absent = nobody pins.
   */
  readonly place?: (
    dataset: string,
    homes: ReadonlyMap<string, number>,
  ) => Promise<ReadonlyMap<string, number | undefined>>;
};

/** Bounds and times of ingest; `ingestOptions` describes each, `ingestConfigDefaults` has the defaults. */
export type IngestConfig = {
  /** How long the first entry of a record waits for others, ms; 0 = not at all. */
  readonly lingerMs: number;
  /** Bytes at which a record waits no longer. */
  readonly lingerBytes: number;
  /** Bytes that may wait for one partition; streams that want to add more wait. */
  readonly laneBytesMax: number;
  /** Unsettled ticks of a stream at which ingest stops reading it; at least 4,000. */
  readonly unsettledTicksMax: number;
  /** Streams at once, those of feeds in the process included. */
  readonly streamsMax: number;
  /** PublishOnce calls at once. */
  readonly onceCallsMax: number;
  /** How far a live tick's event time may lie ahead of ingest's clock, ms. */
  readonly aheadMsMax: number;
  /** Least time between two acks of a stream, ms. */
  readonly ackIntervalMs: number;
  /** How long responses may wait for a caller who takes none, ms. */
  readonly responsesUnreadMsMax: number;
  /** How often open delayed and replay streams are named in every partition, ms. */
  readonly aliveIntervalMs: number;
  /** Calendars of instruments that nobody has given terms of, by dataset; others are open 24/7. */
  readonly calendars: ReadonlyMap<string, string>;
};

/** Where the maps are by which ticks are placed. */
export type IngestControl = {
  readonly log: ControlLog;
  /** What tells this ingest from every other one, and from itself before a restart; 1 to 64 characters. */
  readonly writer: string;
};

/** What ingest needs. */
export type IngestParts = {
  readonly log: TickLog;
  /** Absent = there are no maps, and nothing ever moves. */
  readonly control?: IngestControl;
  readonly knownInstruments: KnownInstruments;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly config: IngestConfig;
  /** Hears, at each append that is refused for it, or once of `control`, that a log is not the one of the start any more (LOG_REPLACED). */
  readonly onLogReplaced?: (error: LogError) => void;
};

/** What ingest needs to know of a call; the call of @tapeline/grpc fits. */
export type IngestCall = {
  /** Fires when the caller cancels, the deadline passes or the process lets go of its calls. */
  readonly signal: AbortSignal;
  /** Ends the call also while its caller takes no responses; absent = it cannot be ended from here. */
  abort?(error: RpcError): void;
};

/** Requests of one stream; those of @tapeline/grpc fit. */
export type PublishRequests = AsyncIterable<PublishBytes> & {
  /** The next one if it is there already; absent = each is waited for. */
  ready?(): PublishBytes | undefined;
};

/** The handlers of the service, as `grpcService(ingest.definition, ingest.service)` takes them. */
export type IngestService = {
  publish(requests: PublishRequests, call: IngestCall): AsyncIterable<wireIngest.PublishResponse>;
  publishOnce(request: wireIngest.PublishOnceRequest, call: IngestCall): Promise<wireIngest.PublishOnceResponse>;
  getPublisher(request: wireIngest.GetPublisherRequest, call: IngestCall): Promise<wireIngest.GetPublisherResponse>;
};

/** How ingest is doing. */
export type IngestStatus = {
  /** Ticks made durable a second, over the last ten seconds. */
  readonly ticksPerSecond: number;
  /** Ticks made durable since the start. */
  readonly ticksTotal: number;
  readonly streamsOpen: number;
};

/** A running ingest. */
export type Ingest = {
  /** The service of the contract, with requests of Publish left as bytes: ingest reads them itself. */
  readonly definition: IngestDefinition;
  readonly service: IngestService;
  /** For feeds of this process: the same path as gRPC, without gRPC. */
  readonly sink: FeedSink;
  status(): IngestStatus;
  /**
   * Resolves once `control` was read to its end, before which nothing is taken: Publish and PublishOnce are refused with
   * LOG_UNAVAILABLE, feeds wait. Resolves, too, when ingest is stopped. Rejects with `LogError` LOG_REPLACED or LOG_CLOSED once
   * `control` is lost, also later: then everything is refused, and the start of the process has failed.
   */
  ready(): Promise<void>;
  /** Refuses new work, settles what was taken, sends last acks and ends every stream with SHUTTING_DOWN. */
  stop(): Promise<void>;
};
