/**
 * In which order items go out. In: items as the partitions bring them. Out: those that are to be sent now. A topic whose items
 * have no order among them needs only to drop repeats; that of trades holds what is ahead (`trades/trade-order.ts`).
 */
import type { RpcError } from '@tapeline/grpc';

/** The order of one stream. */
export type StreamOrder<Item> = {
  /** Items of the snapshot that are to be sent; they count as sent. */
  ofSnapshot(items: readonly Item[]): readonly Item[];
  /**
   * What goes out now that a partition brought these, which lie at offset `at` or after; it counts as sent. The same array
   * if that is just what came. `clockNs`: of a stream that reads by itself, the clock of the record, which rises.
   */
  pass(items: readonly Item[], partition: number, at: number, clockNs?: bigint): readonly Item[];
  /**
   * What goes out now that everything was passed that can be read: of an instrument that is not amid a move nothing can come that
   * lies before what waits; it counts as sent.
   */
  settled(isAmidMove: (instrument: string) => boolean): readonly Item[];
  /** Where a resume token may not go beyond, by partition: what lies there or after it waits. */
  waitsFrom(): ReadonlyMap<number, number>;
  /** What a resume token says of items sent; empty = nothing. */
  sentNumbers(): readonly number[];
  /** Why the stream cannot go on. `nowMs` = nothing more can be had at this time; absent = the log has more. */
  problem(nowMs?: number): RpcError | undefined;
};

const nothingWaits: ReadonlyMap<number, number> = new Map();

/** Items go out as they come, if they say something new. */
export function asTheyCome<Item>(isNew: (item: Item) => boolean): StreamOrder<Item> {
  const fresh = (items: readonly Item[]): readonly Item[] => {
    const found = items.filter(isNew);
    return found.length === items.length ? items : found;
  };
  return {
    ofSnapshot: fresh,
    pass: fresh,
    settled: () => [],
    waitsFrom: () => nothingWaits,
    sentNumbers: () => [],
    problem: () => undefined,
  };
}
