/**
 * What the store's thread is asked and answers. In: nothing. Out: types. All items of a group are written in one
 * transaction, in their order; a snapshot that a later claim refuses leaves the others as they are.
 */
import type { StoredInstrument, StoredSnapshot, TapeChunk } from '@tapeline/domain';
import type { PackedBars } from './packed-bars.ts';

/** One call of a writer. */
export type StoreItem =
  | { readonly kind: 'bars'; readonly bars: PackedBars }
  | { readonly kind: 'tape'; readonly chunks: readonly TapeChunk[] }
  | { readonly kind: 'instruments'; readonly instruments: readonly StoredInstrument[] }
  | { readonly kind: 'claim'; readonly partition: number }
  | { readonly kind: 'snapshot'; readonly snapshot: StoredSnapshot; readonly epoch: number };

/** What became of a call: of a claim its epoch, of a snapshot the epoch of the later claim that refused it, else nothing. */
export type StoreItemAnswer = number | undefined;

/** The calls of the store's thread. */
export type StoreCalls = {
  open: {
    readonly request: { readonly dataDir: string; readonly logId: string };
    readonly answer: { readonly usedBytes: number };
  };
  write: {
    readonly request: { readonly items: readonly StoreItem[]; readonly bytesMax: number };
    /** An answer for each item. */
    readonly answer: { readonly usedBytes: number; readonly answers: readonly StoreItemAnswer[] };
  };
  close: { readonly request: undefined; readonly answer: undefined };
};
