/**
 * Bounds of the contract's ingest. In: nothing. Out: numbers that stand in proto/tapeline/v1/ingest.proto, and with
 * which `PublishLimits` is filled (law 7).
 */

/** Ticks in one batch, instruments in one progress or end. */
export const batchTicksMax = 2_000;

/** Bytes in one message. */
export const messageBytesMax = 4_194_304;

/** Characters of a client's name. */
export const clientNameCharactersMax = 64;

/**
 * Instruments of one stream of which the last tick is remembered. Beyond it the oldest are forgotten: their next link is
 * taken as given, as after a reconnect, and terms come from the log's memory.
 */
export const streamInstrumentsMax = 100_000;
