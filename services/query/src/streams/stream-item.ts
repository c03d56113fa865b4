/**
 * What streams carry, whatever the topic. In: nothing. Out: the types of items, of the records that bring them, of what
 * a stream follows and of its events.
 */
import type { PlacedInstrument } from '@tapeline/domain';

/** One bar or tape entry on its way to readers. */
export type StreamItem = {
  readonly dataset: string;
  /** Key of its instrument. */
  readonly instrument: string;
  /** Its message of the contract, encoded once. */
  readonly bytes: Uint8Array;
  /** The epoch of its instrument in the partition that put it out; absent = unknown. */
  readonly epoch?: number;
};

/** An instrument left the partition of the record, or came to it. */
export type MoveMark = {
  readonly dataset: string;
  /** Key of the instrument. */
  readonly instrument: string;
  /** The epoch that it has where it goes to, or here. */
  readonly epoch: number;
};

/** An instrument left. */
export type DepartureMark = MoveMark & {
  readonly to: number;
  /** Up to this clock it is complete, ns; 0 = up to that of the record before. */
  readonly clockNs: bigint;
};

/** Which instruments left the partition of a record and which came to it; an instrument's epochs rise. */
export type RecordMarks = {
  readonly departures: readonly DepartureMark[];
  readonly arrivals: readonly MoveMark[];
};

/** What a record of a topic holds. */
export type RecordContent<Item> = {
  /** Read as they are taken, which may throw `MalformedError`, and once only. */
  readonly items: Iterable<Item>;
  /** The partition's clock, ns since the Unix epoch; 0 = the record says none. */
  readonly clockNs: bigint;
  readonly latenessMs: number;
  /** Absent = none moved. */
  readonly marks?: RecordMarks;
};

/** Whether anybody wants items of an instrument. */
export type WantsInstrument = (instrument: string, dataset: string) => boolean;

/** Takes a record apart; `undefined` = nobody wants items. Throws `MalformedError`. */
export type ReadRecord<Item> = (bytes: Uint8Array, wants: WantsInstrument | undefined) => RecordContent<Item>;

/** What a stream follows. */
export type Followed<Item> = {
  /** Binds resume tokens to it; equal for streams that follow the same. */
  readonly digest: string;
  /** The instruments by key; absent = all, or all of a dataset. */
  readonly instruments: ReadonlyMap<string, PlacedInstrument> | undefined;
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
