/**
 * What the store's thread is asked and answers. In: nothing. Out: types. All items of a group are written in one
 * transaction, in their order.
 */
import type { StoredInstrument, StoredSnapshot, TapeChunk } from '@tapeline/domain';
import type { PackedBars } from './packed-bars.ts';

/** One call of a writer. */
export type StoreItem =
  | { readonly kind: 'bars'; readonly bars: PackedBars }
  | { readonly kind: 'tape'; readonly chunks: readonly TapeChunk[] }
  | { readonly kind: 'instruments'; readonly instruments: readonly StoredInstrument[] }
  | { readonly kind: 'snapshot'; readonly snapshot: StoredSnapshot };

/** The calls of the store's thread. */
export type StoreCalls = {
  open: {
    readonly request: { readonly dataDir: string; readonly logId: string };
    readonly answer: { readonly usedBytes: number };
  };
  write: {
    readonly request: { readonly items: readonly StoreItem[]; readonly bytesMax: number };
    readonly answer: { readonly usedBytes: number };
  };
  close: { readonly request: undefined; readonly answer: undefined };
};
