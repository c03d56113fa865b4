/**
 * The store on the main thread. In: writes and queries. Out: writes resolve once their group is committed, queries as
 * soon as they are read. Writes keep the order of their calls, so a snapshot is never durable before what was written
 * ahead of it.
 */
import {
  type Bar,
  type BarQuery,
  type SnapshotChoice,
  type SnapshotClaim,
  type Store,
  StoreError,
  type StoredInstrument,
  type StoredSnapshot,
  type TapeChunk,
  type TapeQuery,
} from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { GroupQueue } from './group-queue.ts';
import { storeErrorOf } from './seam-errors.ts';
import { packBars, unpackBars } from './packed-bars.ts';
import type { Quota } from './quota.ts';
import type { InstrumentsQuery, ReadCalls } from './read-calls.ts';
import type { StoreCalls, StoreItem, StoreItemAnswer } from './store-calls.ts';
import type { ThreadCaller } from './thread-link.ts';

/** Limits of the store; each is a bound with a stated behaviour. */
export const storeLimits = {
  /** Bytes of writes that wait; a write beyond is refused as STORE_UNAVAILABLE. */
  waitingBytesMax: 134_217_728,
  /** One transaction; a single call may be larger and is one all the same. */
  groupBytesMax: 8_388_608,
  groupCallsMax: 1_000,
} as const;

/** What one bar, chunk or instrument counts for besides its bytes. */
const rowBytes = 256;

/** What the store stands on. */
export type EmbeddedStoreParts = {
  readonly writer: ThreadCaller<StoreCalls>;
  readonly reader: ThreadCaller<ReadCalls>;
  readonly quota: Quota;
  readonly clock: Clock;
  readonly observeCommit: (seconds: number, calls: number) => void;
};

/** The store of a data directory. */
export class EmbeddedStore implements Store {
  readonly #parts: EmbeddedStoreParts;
  readonly #queue: GroupQueue<StoreItem, StoreItemAnswer>;
  #closed = false;

  constructor(parts: EmbeddedStoreParts) {
    this.#parts = parts;
    this.#queue = new GroupQueue({
      commit: async (items) => this.#commit(items),
      refusal: (waitingBytes) =>
        new StoreError(
          'STORE_UNAVAILABLE',
          `${waitingBytes} bytes wait to be stored already, of ${storeLimits.waitingBytesMax} at most; write it again later`,
        ),
      bytesMax: storeLimits.waitingBytesMax,
      groupBytesMax: storeLimits.groupBytesMax,
      groupItemsMax: storeLimits.groupCallsMax,
    });
  }

  async writeBars(bars: readonly Bar[]): Promise<void> {
    await this.#write({ kind: 'bars', bars: packBars(bars) }, bars.length * rowBytes);
  }

  async writeTape(chunks: readonly TapeChunk[]): Promise<void> {
    const copies = chunks.map((chunk) => ({ ...chunk, bytes: new Uint8Array(chunk.bytes) }));
    const bytes = copies.reduce((sum, chunk) => sum + chunk.bytes.length + rowBytes, 0);
    await this.#write({ kind: 'tape', chunks: copies }, bytes);
  }

  async writeInstruments(instruments: readonly StoredInstrument[]): Promise<void> {
    await this.#write({ kind: 'instruments', instruments: [...instruments] }, instruments.length * rowBytes);
  }

  async claimSnapshots(partition: number): Promise<SnapshotClaim> {
    const epoch = await this.#write({ kind: 'claim', partition }, rowBytes);
    return { partition, epoch: epoch ?? 0 };
  }

  async saveSnapshot(snapshot: StoredSnapshot, { epoch }: SnapshotClaim): Promise<void> {
    const copy = { ...snapshot, bytes: new Uint8Array(snapshot.bytes) };
    const later = await this.#write({ kind: 'snapshot', snapshot: copy, epoch }, copy.bytes.length + rowBytes);
    if (later === undefined) return;
    throw new StoreError(
      'CLAIM_LOST',
      `the snapshots of partition ${snapshot.partition} were claimed with epoch ${later}, after our ${epoch}; let the partition go, or claim again`,
    );
  }

  async snapshots(partition: number, choice: SnapshotChoice = {}): Promise<readonly StoredSnapshot[]> {
    return this.#read('snapshots', { partition, choice });
  }

  async bars(query: BarQuery): Promise<readonly Bar[]> {
    return unpackBars(await this.#read('bars', query));
  }

  async tape(query: TapeQuery): Promise<readonly TapeChunk[]> {
    return this.#read('tape', query);
  }

  async instruments(query: InstrumentsQuery): Promise<readonly StoredInstrument[]> {
    return this.#read('instruments', query);
  }

  async instrumentsNamed(symbol: string, dataset?: string): Promise<readonly StoredInstrument[]> {
    return this.#read('named', { symbol, dataset });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.settled();
  }

  async #write(item: StoreItem, bytes: number): Promise<StoreItemAnswer> {
    if (this.#closed) throw closedError();
    return this.#queue.add(item, bytes + rowBytes);
  }

  async #commit(items: readonly StoreItem[]): Promise<readonly StoreItemAnswer[]> {
    const { writer, quota, clock, observeCommit } = this.#parts;
    const startMs = clock.monotonicMs();
    try {
      const { usedBytes, answers } = await writer.call(
        'write',
        { items, bytesMax: quota.storeBytesMax() },
        buffersOf(items),
      );
      quota.storeUses(usedBytes);
      observeCommit((clock.monotonicMs() - startMs) / 1_000, items.length);
      return answers;
    } catch (error) {
      throw storeErrorOf(error, quota);
    }
  }

  async #read<Name extends keyof ReadCalls>(
    name: Name,
    request: ReadCalls[Name]['request'],
  ): Promise<ReadCalls[Name]['answer']> {
    if (this.#closed) throw closedError();
    try {
      return await this.#parts.reader.call(name, request);
    } catch (error) {
      throw storeErrorOf(error, this.#parts.quota);
    }
  }
}

/** What is handed to the thread instead of being copied: the copies that the calls above made. */
function buffersOf(items: readonly StoreItem[]): ArrayBuffer[] {
  return items.flatMap((item) => {
    switch (item.kind) {
      case 'bars':
        return [item.bars.numbers.buffer];
      case 'tape':
        return item.chunks.map(({ bytes }) => bytes.buffer as ArrayBuffer);
      case 'snapshot':
        return [item.snapshot.bytes.buffer as ArrayBuffer];
      case 'instruments':
      case 'claim':
        return [];
    }
  });
}

function closedError(): StoreError {
  return new StoreError('STORE_CLOSED', 'the store is closed; open the data directory again');
}
