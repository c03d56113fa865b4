/**
 * A log and a store as one process sees them, until it is killed or frozen. In: the real ones, and at which effect the
 * process dies. Out: the same behind their seams; a dead process's calls are never answered, a frozen one's not before it
 * goes on. An effect is a write to log or store; it is killed right before or right after it.
 */
import type {
  LogReader,
  LogRetention,
  SnapshotChoice,
  SnapshotClaim,
  Store,
  StoredSnapshot,
  TickLog,
} from '@tapeline/domain';

/** When a process dies: at its n-th effect, from 1. */
export type Death = { readonly effect: number; readonly when: 'before' | 'after' };

/** How a process is made. */
export type ViewOptions = {
  readonly death?: Death;
  /** Whether writes but of snapshots are answered before they are done, so that they are lost with the process. */
  readonly answersEarly?: boolean;
  /** How many snapshots are damaged, from the newest on. */
  readonly damagedSnapshots?: number;
  /** Whether the process takes the claim again before each snapshot, so that claims guard nothing. */
  readonly claimsAlways?: boolean;
  /** Hears of each snapshot that was saved. */
  readonly onSaved?: (snapshot: StoredSnapshot, claim: SnapshotClaim) => void;
  /** The store, where it is another one than that of the run. */
  readonly store?: Store;
  /** What the log answers otherwise than it does. */
  readonly log?: Partial<TickLog> & Partial<LogRetention>;
};

/** One process's view. */
export class ProcessView {
  readonly log: TickLog & Partial<LogRetention>;
  readonly store: Store;
  readonly #options: ViewOptions;
  #effects = 0;
  #isSpared = false;
  #isDead = false;
  #isFrozen = false;
  #thawed: Promise<void> = Promise.resolve();
  #thaw: () => void = () => undefined;
  /** Writes that were answered early, in order. */
  #early: Promise<unknown> = Promise.resolve();

  constructor(log: TickLog, store: Store, options: ViewOptions = {}) {
    this.#options = options;
    this.log = this.#viewOfLog(log);
    this.store = this.#viewOfStore(store);
  }

  /** Effects so far. */
  get effects(): number {
    return this.#effects;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Dies now. */
  kill(): void {
    this.#isDead = true;
  }

  /** From now on it does not die of itself. */
  spare(): void {
    this.#isSpared = true;
  }

  /** From now on no call goes through, until `thaw`. */
  freeze(): void {
    if (this.#isFrozen) return;
    this.#isFrozen = true;
    this.#thawed = new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#thaw();
  }

  async #read<Value>(read: () => Promise<Value>): Promise<Value> {
    await this.#thawed;
    const value = this.#isDead ? await never<Value>() : await read();
    return this.#isDead ? never<Value>() : value;
  }

  /** `early` is what a write answers that is answered before it is done; absent = it never is. */
  async #write<Value>(write: () => Promise<Value>, early?: () => Value): Promise<Value> {
    await this.#thawed;
    if (this.#isDead) return never();
    const { death, answersEarly = false } = this.#options;
    this.#effects += 1;
    const dies = death?.effect === this.#effects && !this.#isSpared ? death.when : undefined;
    if (dies === 'before') this.kill();
    if (this.#isDead) return never();
    if (answersEarly && early !== undefined && dies === undefined) {
      const later = this.#early.then(async () => {
        for (let turn = 0; turn < 40; turn += 1) await turnOfTheLoop();
        return this.#isDead ? undefined : write();
      });
      this.#early = later;
      return early();
    }
    const value = await write();
    if (dies === 'after') this.kill();
    return this.#isDead ? never<Value>() : value;
  }

  async #save(store: Store, snapshot: StoredSnapshot, claim: SnapshotClaim): Promise<void> {
    const { claimsAlways = false, onSaved } = this.#options;
    await store.saveSnapshot(snapshot, claimsAlways ? await store.claimSnapshots(snapshot.partition) : claim);
    onSaved?.(snapshot, claim);
  }

  #damage(snapshots: readonly StoredSnapshot[]): readonly StoredSnapshot[] {
    return snapshots.map((snapshot, index) => {
      if (index >= (this.#options.damagedSnapshots ?? 0)) return snapshot;
      const bytes = Uint8Array.from(snapshot.bytes);
      const middle = Math.floor(bytes.length / 2);
      bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
      return { ...snapshot, bytes };
    });
  }

  #chosen(snapshots: readonly StoredSnapshot[], { after, limit }: SnapshotChoice = {}): readonly StoredSnapshot[] {
    const first = snapshots.findIndex(({ nextOffset }) => nextOffset === after) + 1;
    return snapshots.slice(first, first + (limit ?? snapshots.length));
  }

  #viewOfLog(log: TickLog): TickLog & Partial<LogRetention> {
    return {
      basePartitions: log.basePartitions,
      get partitionCount() {
        return log.partitionCount;
      },
      refreshPartitions: () => this.#read(() => log.refreshPartitions()),
      append: (topic, partition, bytes) =>
        this.#write(
          () => log.append(topic, partition, bytes),
          () => ({ offset: 0, appendTimeMs: 0 }),
        ),
      open: (topic, partition, offset) => this.#viewOfReader(log.open(topic, partition, offset)),
      range: (topic, partition) => this.#read(() => log.range(topic, partition)),
      identity: (topic) => this.#read(() => log.identity(topic)),
      close: () => log.close(),
      ...this.#options.log,
    };
  }

  #viewOfReader(reader: LogReader): LogReader {
    return { next: () => this.#read(() => reader.next()), close: () => reader.close() };
  }

  #viewOfStore(store: Store): Store {
    return {
      writeBars: (bars) => this.#write(() => store.writeBars(bars), nothing),
      writeTape: (chunks) => this.#write(() => store.writeTape(chunks), nothing),
      writeInstruments: (instruments) => this.#write(() => store.writeInstruments(instruments), nothing),
      // The guard that is shown to matter: a snapshot is what must not be there before the rest is.
      saveSnapshot: (snapshot, claim) => this.#write(() => this.#save(store, snapshot, claim)),
      claimSnapshots: (partition) => this.#write(() => store.claimSnapshots(partition)),
      snapshots: (partition, choice) =>
        this.#read(async () => this.#chosen(this.#damage(await store.snapshots(partition)), choice)),
      bars: (query) => this.#read(() => store.bars(query)),
      tape: (query) => this.#read(() => store.tape(query)),
      instruments: (query) => this.#read(() => store.instruments(query)),
      instrumentsNamed: (symbol, dataset) => this.#read(() => store.instrumentsNamed(symbol, dataset)),
      close: () => store.close(),
    };
  }
}

function nothing(): void {}

async function never<Value>(): Promise<Value> {
  return new Promise<Value>(() => undefined);
}

async function turnOfTheLoop(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
