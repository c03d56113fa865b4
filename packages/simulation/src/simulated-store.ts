/**
 * The store of the simulated world behind the seam `Store`. In: writes, faults. Out: what the seam promises, and on
 * demand its failures. It passes the suite of every store, and judges its writers as `MemoryStore` does. What was
 * written stays on its disk when it is closed and opened again.
 */
import {
  type Bar,
  type BarQuery,
  checkSeenAtPlace,
  type InstrumentPin,
  type ListedInstrument,
  type SnapshotChoice,
  type SnapshotClaim,
  type Store,
  StoreError,
  type StoredInstrument,
  type StoredSnapshot,
  type TapeChunk,
  type TapeQuery,
} from '@tapeline/domain';
import { compareCodePoints } from './code-point-order.ts';
import { MemoryStore } from './memory-store.ts';
import { FaultSource } from './simulated-faults.ts';

const snapshotsMax = 2;

type Disk = {
  readonly bars: MemoryStore;
  readonly chunks: Map<string, TapeChunk>;
  readonly instruments: Map<string, StoredInstrument>;
  /** Of instruments with terms and of those without. */
  readonly pins: Map<string, number>;
  /** By partition, the newest first. */
  readonly snapshots: Map<number, readonly StoredSnapshot[]>;
  /** By partition, the epoch of the last claim. */
  readonly epochs: Map<number, number>;
};

/** A store in memory. */
export class SimulatedStore implements Store {
  /** Breaks it, holds its writes. */
  readonly faults: FaultSource;
  readonly #disk: Disk;
  #closed = false;

  constructor(faults: FaultSource = new FaultSource(), from?: SimulatedStore) {
    this.faults = faults;
    this.#disk = from === undefined ? newDisk() : from.#disk;
  }

  /** The same store as a process finds it that opens it again. */
  reopened(): SimulatedStore {
    return new SimulatedStore(this.faults, this);
  }

  /** The bars with what was wrong with their writers. */
  get judged(): MemoryStore {
    return this.#disk.bars;
  }

  async writeBars(bars: readonly Bar[]): Promise<void> {
    await this.#write(() => this.#disk.bars.write(bars));
  }

  async writeTape(chunks: readonly TapeChunk[]): Promise<void> {
    const copies = chunks.map((chunk) => ({ ...chunk, bytes: Uint8Array.from(chunk.bytes) }));
    await this.#write(() => {
      for (const chunk of copies) {
        const key = `${chunk.dataset}\u0000${chunk.symbol}\u0000${chunk.firstNumber}`;
        const known = this.#disk.chunks.get(key);
        if (known === undefined || chunk.lastNumber > known.lastNumber) this.#disk.chunks.set(key, chunk);
      }
    });
  }

  async writeInstruments(instruments: readonly ListedInstrument[]): Promise<void> {
    await this.#write(() => {
      for (const listed of instruments) {
        const { dataset, symbol, terms } = listed;
        const key = nameKey(listed);
        const known = this.#disk.instruments.get(key);
        const pinned = this.#disk.pins.get(key);
        if (known !== undefined || pinned !== undefined)
          checkSeenAtPlace(listed, known === undefined ? pinned : known.pin);
        if (known !== undefined) continue;
        const pin = pinned ?? listed.pin;
        this.#disk.instruments.set(key, { dataset, symbol, terms, ...(pin === undefined ? {} : { pin }) });
      }
    });
  }

  async enterPins(pins: readonly InstrumentPin[]): Promise<readonly (number | undefined)[]> {
    let settled: readonly (number | undefined)[] = [];
    await this.#write(() => {
      const disk = this.#disk;
      settled = pins.map((one) => {
        const key = nameKey(one);
        const known = disk.instruments.get(key);
        if (known !== undefined) return known.pin;
        const pin = disk.pins.get(key) ?? one.partition;
        disk.pins.set(key, pin);
        return pin;
      });
    });
    return settled;
  }

  async claimSnapshots(partition: number): Promise<SnapshotClaim> {
    let epoch = 0;
    await this.#write(() => {
      epoch = (this.#disk.epochs.get(partition) ?? 0) + 1;
      this.#disk.epochs.set(partition, epoch);
    });
    return { partition, epoch };
  }

  async saveSnapshot(snapshot: StoredSnapshot, claim: SnapshotClaim): Promise<void> {
    const copy = { ...snapshot, bytes: Uint8Array.from(snapshot.bytes) };
    await this.#write(() => {
      const epoch = this.#disk.epochs.get(copy.partition) ?? 0;
      if (claim.partition !== copy.partition || claim.epoch !== epoch) {
        const message = `claim ${claim.epoch} of partition ${claim.partition} has ended, the last one is ${epoch}`;
        throw new StoreError('CLAIM_LOST', message);
      }
      const before = this.#disk.snapshots.get(copy.partition) ?? [];
      const others = before.filter(({ nextOffset }) => nextOffset !== copy.nextOffset);
      this.#disk.snapshots.set(copy.partition, [copy, ...others].slice(0, snapshotsMax));
    });
  }

  async snapshots(partition: number, { after, limit }: SnapshotChoice = {}): Promise<readonly StoredSnapshot[]> {
    this.#checkReadable();
    const kept = this.#disk.snapshots.get(partition) ?? [];
    const first = kept.findIndex(({ nextOffset }) => nextOffset === after) + 1;
    return kept.slice(first, first + (limit ?? kept.length));
  }

  async bars(query: BarQuery): Promise<readonly Bar[]> {
    this.#checkReadable();
    const { dataset, symbol, interval, profile, startSec = -Infinity, endSec = Infinity, newestFirst, limit } = query;
    const found = this.#disk.bars
      .bars()
      .filter((bar) => bar.dataset === dataset && bar.symbol === symbol)
      .filter((bar) => bar.interval === interval && bar.profile === profile)
      .filter((bar) => bar.startSec >= startSec && bar.startSec < endSec)
      .sort((left, right) => left.startSec - right.startSec);
    return (newestFirst ? found.reverse() : found).slice(0, limit);
  }

  async tape(query: TapeQuery): Promise<readonly TapeChunk[]> {
    this.#checkReadable();
    const { dataset, symbol, startNs, endNs, amending, order, skip = 0, limit } = query;
    const found = [...this.#disk.chunks.values()]
      .filter((chunk) => chunk.dataset === dataset && chunk.symbol === symbol)
      .filter((chunk) => startNs === undefined || chunk.lastEventNs >= startNs)
      .filter((chunk) => endNs === undefined || chunk.firstEventNs < endNs)
      .filter((chunk) => amending !== true || chunk.amends);
    return found.sort(chunkOrders[order]).slice(skip, skip + limit);
  }

  async instruments(query: Parameters<Store['instruments']>[0]): Promise<readonly StoredInstrument[]> {
    this.#checkReadable();
    const { dataset, symbolPrefix = '', after, limit } = query;
    return [...this.#disk.instruments.values()]
      .filter((instrument) => dataset === undefined || instrument.dataset === dataset)
      .filter((instrument) => instrument.symbol.startsWith(symbolPrefix))
      .filter((instrument) => after === undefined || compareInstruments(instrument, after) > 0)
      .sort(compareInstruments)
      .slice(0, limit);
  }

  async instrumentsNamed(symbol: string, dataset?: string): Promise<readonly StoredInstrument[]> {
    this.#checkReadable();
    return [...this.#disk.instruments.values()]
      .filter((instrument) => instrument.symbol === symbol)
      .filter((instrument) => dataset === undefined || instrument.dataset === dataset)
      .sort(compareInstruments);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.faults.opened();
  }

  async #write(land: () => void): Promise<void> {
    this.#checkOpen();
    await this.faults.opened();
    const fate = this.faults.fate();
    if (fate === 'full') throw new StoreError('STORE_FULL', 'the simulated disk is full; make space');
    if (fate === 'unavailable') throw unavailable();
    land();
    if (fate === 'landed-unknown') throw unavailable();
  }

  #checkReadable(): void {
    this.#checkOpen();
    if (this.faults.isDown) throw unavailable();
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('STORE_CLOSED', 'the simulated store is closed');
  }
}

function newDisk(): Disk {
  return {
    bars: new MemoryStore(),
    chunks: new Map(),
    instruments: new Map(),
    pins: new Map(),
    snapshots: new Map(),
    epochs: new Map(),
  };
}

const chunkOrders: Readonly<Record<TapeQuery['order'], (left: TapeChunk, right: TapeChunk) => number>> = {
  'first-event': (left, right) =>
    compareNs(left.firstEventNs, right.firstEventNs) || left.firstNumber - right.firstNumber,
  'last-event': (left, right) => compareNs(right.lastEventNs, left.lastEventNs) || right.firstNumber - left.firstNumber,
  number: (left, right) => left.firstNumber - right.firstNumber,
};

function nameKey({ dataset, symbol }: { readonly dataset: string; readonly symbol: string }): string {
  return `${dataset}\u0000${symbol}`;
}

function compareNs(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function compareInstruments(
  left: Pick<StoredInstrument, 'dataset' | 'symbol'>,
  right: Pick<StoredInstrument, 'dataset' | 'symbol'>,
): number {
  return compareCodePoints(left.dataset, right.dataset) || compareCodePoints(left.symbol, right.symbol);
}

function unavailable(): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    'the simulated store does not answer; nobody knows whether the write landed',
  );
}
