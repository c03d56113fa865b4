/**
 * The reading of tapes for one request. In: the store, where the topic stood at the start, the request's signal. Out:
 * chunks, as long as somebody waits for them and not too many were searched. Work that nobody waits for ends at the next
 * group of chunks.
 */
import type { Store, TapeChunk, TapeQuery } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import { fromStore, refusal, shuttingDown } from '../refusal.ts';

/**
 * Chunks that one request takes apart to find trades of elsewhere; past them it is refused. What its searches said is
 * kept, so that the same request goes on from there when it comes again.
 */
export const searchedChunksMax = 4_096;

/** What one request reads with. */
export class TapeReading {
  readonly #store: Store;
  readonly #signal: AbortSignal | undefined;
  /** Tells where the topic of the tape stood when the request came; two that are equal have read the same tape. */
  readonly at: string;
  #searchedChunks = 0;

  constructor(store: Store, positions: readonly number[], signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
    this.at = positions.join(' ');
  }

  /** Rejects with the refusal that ended the request, or that of the store. */
  async chunks(query: TapeQuery): Promise<readonly TapeChunk[]> {
    if (this.#signal?.aborted === true) {
      const { reason }: { reason: unknown } = this.#signal;
      throw reason instanceof RpcError ? reason : shuttingDown();
    }
    return fromStore(this.#store.tape(query));
  }

  /** A search begins. Rejects with STORE_UNAVAILABLE past the bound; a search that has begun goes to its end. */
  beginSearch(): void {
    if (this.#searchedChunks < searchedChunksMax) return;
    const message = `the corrections of this page name trades that are far away, and ${searchedChunksMax} chunks of the tape were searched for them; ask again, the search goes on from there`;
    throw refusal('STORE_UNAVAILABLE', message, { limit: `${searchedChunksMax}` });
  }

  /** A search takes a chunk apart. */
  noteSearched(): void {
    this.#searchedChunks += 1;
  }
}
