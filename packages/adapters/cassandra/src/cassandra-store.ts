/**
 * The store over Cassandra. In: writes and queries of the seam. Out: writes resolve once a quorum of the data centre has
 * them, queries read from a quorum, so whoever reads sees what was acknowledged. It is the seam and nothing more: each part
 * does its own work.
 */
import {
  type Bar,
  type BarQuery,
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
import type { Clock } from '@tapeline/runtime';
import { readBars } from './bar-reads.ts';
import type { BarWrites } from './bar-writes.ts';
import type { Instruments } from './instruments.ts';
import type { PatientReads } from './patient-reads.ts';
import { Pins } from './pins.ts';
import type { Session } from './session.ts';
import type { Snapshots } from './snapshots.ts';
import type { StoreMetrics } from './store-metrics.ts';
import { type StreamRow, StreamRows } from './stream-row.ts';
import { readTape } from './tape-reads.ts';
import type { TapeWrites } from './tape-writes.ts';

/** What the store is made of. */
export type CassandraStoreParts = {
  readonly session: Session;
  readonly reads: PatientReads;
  readonly bars: BarWrites;
  readonly tape: TapeWrites;
  readonly instruments: Instruments;
  readonly snapshots: Snapshots;
  readonly stream: string;
  readonly clock: Clock;
  readonly metrics: StoreMetrics;
};

/** A store of one stream in one keyspace. */
export class CassandraStore implements Store {
  readonly #parts: CassandraStoreParts;
  readonly #streams: StreamRows;
  readonly #pins: Pins;
  readonly #calls = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(parts: CassandraStoreParts) {
    this.#parts = parts;
    this.#streams = new StreamRows(parts.session, parts.reads, parts.stream);
    this.#pins = new Pins(parts.session, parts.reads);
  }

  async writeBars(bars: readonly Bar[]): Promise<void> {
    await this.#run('write_bars', () => this.#parts.bars.write(bars));
  }

  async writeTape(chunks: readonly TapeChunk[]): Promise<void> {
    await this.#run('write_tape', () => this.#parts.tape.write(chunks));
  }

  async writeInstruments(instruments: readonly ListedInstrument[]): Promise<void> {
    await this.#run('write_instruments', () => this.#parts.instruments.write(instruments));
  }

  async enterPins(pins: readonly InstrumentPin[]): Promise<readonly (number | undefined)[]> {
    return this.#run('enter_pins', () => this.#pins.enter(pins));
  }

  async claimSnapshots(partition: number): Promise<SnapshotClaim> {
    return this.#run('claim_snapshots', () => this.#parts.snapshots.claim(partition));
  }

  async saveSnapshot(snapshot: StoredSnapshot, claim: SnapshotClaim): Promise<void> {
    await this.#run('save_snapshot', () => this.#parts.snapshots.save(snapshot, claim));
  }

  async snapshots(partition: number, choice: SnapshotChoice = {}): Promise<readonly StoredSnapshot[]> {
    return this.#run('snapshots', () => this.#parts.snapshots.read(partition, choice));
  }

  async bars(query: BarQuery): Promise<readonly Bar[]> {
    return this.#run('bars', () => readBars(this.#parts.reads, query));
  }

  async tape(query: TapeQuery): Promise<readonly TapeChunk[]> {
    return this.#run('tape', () => readTape(this.#parts.reads, query));
  }

  async instruments(query: Parameters<Store['instruments']>[0]): Promise<readonly StoredInstrument[]> {
    return this.#run('instruments', () => this.#parts.instruments.list(query));
  }

  async instrumentsNamed(symbol: string, dataset?: string): Promise<readonly StoredInstrument[]> {
    return this.#run('instruments_named', () => this.#parts.instruments.named(symbol, dataset));
  }

  /** The stream as it was made; `undefined` = it is new. Rejects with STORE_UNFIT where the keyspace holds another stream. */
  async stream(): Promise<StreamRow | undefined> {
    return this.#run('stream', () => this.#streams.find());
  }

  /** Enters a new stream; answers what holds from now on, which is what the first one entered. */
  async enterStream(made: StreamRow): Promise<StreamRow> {
    return this.#run('enter_stream', () => this.#streams.enter(made));
  }

  /** Enters topics that a known stream does not name; answers what holds from now on, each as the first one entered it. */
  async addStreamTopics(known: StreamRow, added: ReadonlyMap<string, string>): Promise<StreamRow> {
    return this.#run('add_stream_topics', () => this.#streams.addTopics(known, added));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    // A call under way ends by itself: its tries are bounded.
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
    await this.#parts.session.close();
  }

  async #run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) throw new StoreError('STORE_CLOSED', 'the store is closed; open it again');
    const { clock, metrics } = this.#parts;
    const startMs = clock.monotonicMs();
    const call = work();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
      metrics.call(name, (clock.monotonicMs() - startMs) / 1_000);
    }
  }
}
