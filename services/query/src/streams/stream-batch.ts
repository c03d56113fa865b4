/**
 * Items of one record that go to the readers of one selection. In: the items and where the record lies. Out: the same
 * with their size, and their response encoded at most once for all those readers.
 */
import type { StreamItem } from './stream-item.ts';
import { batchFrame } from './wire-frame.ts';

/** What one record has for one selection. */
export class StreamBatch<Item extends StreamItem> {
  readonly items: readonly Item[];
  readonly partition: number;
  /** The offset after the record. */
  readonly nextOffset: number;
  /** Of the encoded items. */
  readonly bytes: number;
  #frame: Uint8Array | undefined;

  constructor(items: readonly Item[], partition: number, nextOffset: number) {
    this.items = items;
    this.partition = partition;
    this.nextOffset = nextOffset;
    this.bytes = items.reduce((sum, item) => sum + item.bytes.length, 0);
  }

  /** The encoded response that holds the items, 1 or more. */
  frame(): Uint8Array {
    this.#frame ??= batchFrame(this.items.map((item) => item.bytes));
    return this.#frame;
  }
}
