/**
 * How the log behaves on Kafka. In: what a caller sets. Out: every bound with its value. Law 7: each of them says what
 * happens when it is reached.
 */
import type { Compression } from './codecs.ts';

/** Bounds and waits of a log; each has a default. */
export type LogSettings = {
  /** Wait for a connection, its login included, ms; then the next broker is tried. */
  readonly connectTimeoutMs: number;
  /** Wait for a reply that is owed at once, ms; then the connection ends and the request is made again. */
  readonly requestTimeoutMs: number;
  /**
   * Wait of a broker for all replicas of a batch, ms; then it is sent again, unchanged. Its reply is waited for longer by
   * `requestTimeoutMs`, and by as much as the request before it on the same connection may take.
   */
  readonly produceTimeoutMs: number;
  /**
   * From `append` to its refusal as LOG_UNAVAILABLE, ms: what is not on its way by then is not sent any more, and what is
   * is refused when its reply has not come in the time that its connection still takes, see `produceTimeoutMs`.
   */
  readonly deliveryTimeoutMs: number;
  /** A batch takes no further record beyond this many bytes; one record alone may be larger. */
  readonly batchBytesMax: number;
  /** Records of one batch. */
  readonly batchRecordsMax: number;
  /** Bytes that wait in one partition's lane; an append beyond is refused as LOG_UNAVAILABLE. */
  readonly laneBytesMax: number;
  /** Batches of one request to a broker, bytes; always one whole batch. */
  readonly produceRequestBytesMax: number;
  /**
   * How batches are packed. Blocks of ticks are packed already: zstd makes 2 to 3 times less of them, and costs 5 ns a
   * byte to write and 2 to read (on threads of its own) where a plain byte costs 3 in all. So: zstd where the network or
   * the disk is short, none where the processor is.
   */
  readonly compression: Compression;
  /** Batches below this many bytes go plain. */
  readonly compressFromBytes: number;
  /** Longest wait of a fetch for new records, ms. */
  readonly fetchWaitMs: number;
  /** Bytes of one partition in one fetch; always one whole batch. */
  readonly fetchPartitionBytes: number;
  /** Bytes of one fetch. */
  readonly fetchBytes: number;
  /** Connections that fetch from one broker; a reader that finds all of them waiting waits for the first. */
  readonly fetchSlots: number;
  /** Bytes that lie ready for one reader; at this bound its partition is not fetched until some are taken. */
  readonly prefetchBytes: number;
  /** A reader that gets nothing for this long although the log has more ends with LOG_UNAVAILABLE, ms. */
  readonly stallMs: number;
  /** Leaders and topic ids are looked at again at least this often, ms. */
  readonly metadataMaxAgeMs: number;
  /** Whether the checksum of each batch that is read is computed. */
  readonly checkCrc: boolean;
};

/** The bounds where nothing is set. */
export const defaultLogSettings: LogSettings = {
  connectTimeoutMs: 5_000,
  requestTimeoutMs: 5_000,
  produceTimeoutMs: 10_000,
  deliveryTimeoutMs: 30_000,
  batchBytesMax: 1_048_576,
  batchRecordsMax: 4_000,
  laneBytesMax: 67_108_864,
  produceRequestBytesMax: 16_777_216,
  compression: 'none',
  compressFromBytes: 1_024,
  fetchWaitMs: 100,
  fetchPartitionBytes: 1_048_576,
  fetchBytes: 8_388_608,
  fetchSlots: 4,
  prefetchBytes: 4_194_304,
  stallMs: 30_000,
  metadataMaxAgeMs: 30_000,
  checkCrc: true,
};

/** Waits between tries: random, below a limit that doubles. */
export const retryWaits: { readonly firstMs: number; readonly maxMs: number } = { firstMs: 20, maxMs: 1_000 };
