/**
 * What streams carry, whatever the topic. In: nothing. Out: the types of items, of the records that bring them, of what
 * a stream follows and of its events.
 */

/** One bar or tape entry on its way to readers. */
export type StreamItem = {
  readonly dataset: string;
  /** Key of its instrument. */
  readonly instrument: string;
  /** Its message of the contract, encoded once. */
  readonly bytes: Uint8Array;
};

/** What a record of a topic holds. */
export type RecordContent<Item> = {
  /** Read as they are taken, which may throw `MalformedError`, and once only. */
  readonly items: Iterable<Item>;
  /** The partition's clock, ns since the Unix epoch; 0 = the record says none. */
  readonly clockNs: bigint;
  readonly latenessMs: number;
};

/** Whether anybody wants items of an instrument. */
export type WantsInstrument = (instrument: string, dataset: string) => boolean;

/** Takes a record apart; `undefined` = nobody wants items. Throws `MalformedError`. */
export type ReadRecord<Item> = (bytes: Uint8Array, wants: WantsInstrument | undefined) => RecordContent<Item>;

/** What a stream follows. */
export type Followed<Item> = {
  /** Binds resume tokens to it; equal for streams that follow the same. */
  readonly digest: string;
  /** Keys of the instruments; absent = all, or all of a dataset. */
  readonly instruments: ReadonlySet<string> | undefined;
  /** Partitions on which the instruments live, for clocks; grows when a bar comes from elsewhere. */
  readonly partitions: Set<number>;
  readonly wantsInstrument: WantsInstrument;
  readonly wants: (item: Item) => boolean;
};

/** One event of a stream, in no encoding. */
export type StreamEvent<Item> =
  | {
      readonly kind: 'items';
      readonly items: readonly Item[];
      /** The encoded response with just these, shared by the streams that send the same. */
      readonly frame?: () => Uint8Array;
    }
  | { readonly kind: 'snapshotEnd'; readonly token: string }
  | { readonly kind: 'bucketEnd'; readonly interval: string; readonly endSec: number }
  | { readonly kind: 'heartbeat'; readonly token: string; readonly watermarkNs: bigint };
