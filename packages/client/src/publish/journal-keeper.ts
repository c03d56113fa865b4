/**
 * Keeps a journal in step with its publisher. In: batches, acks, identities, in the order in which they happen. Out: they
 * are in the file before anything goes out under them; the file stays small. What it says of links it says of ticks that
 * are in it, never of those that still wait for their batch: a crash forgets these.
 */
import type { JournalIdentity } from './journal-codec.ts';
import type { JournalFile } from './journal-file.ts';
import type { JournalState } from './journal-state.ts';
import type { UnsettledBatch, UnsettledQueue } from './unsettled-queue.ts';

/** A journal and what it says. */
export class JournalKeeper {
  readonly #file: JournalFile;
  readonly #queue: UnsettledQueue;
  readonly #links: Map<string, number>;
  readonly #writing = new Set<UnsettledBatch>();
  #identity: JournalIdentity | undefined;
  #last: number;

  constructor(file: JournalFile, queue: UnsettledQueue) {
    const { identity, links, last } = file.opened;
    this.#file = file;
    this.#queue = queue;
    this.#links = new Map(links);
    this.#identity = identity;
    this.#last = last;
  }

  /** Appends a batch; resolves when it survives what it has to. `links` are last sequences of its instruments. */
  async batch(batch: UnsettledBatch, links: ReadonlyMap<string, number>): Promise<void> {
    this.#file.append({ kind: 'batch', links: [...links], batch });
    for (const [symbol, link] of links) this.#links.set(symbol, link);
    this.#last = batch.last;
    this.#writing.add(batch);
    await this.#file.synced();
    this.#writing.delete(batch);
  }

  /** Ticks go out under this identity from now on. Another one than before begins with no links. */
  identity(identity: JournalIdentity): void {
    if (this.#identity?.publisherId === identity.publisherId) return;
    if (this.#identity !== undefined) this.#links.clear();
    this.#identity = identity;
    this.#file.append({ kind: 'identity', ...identity });
  }

  /** Everything up to here is settled. */
  settled(sequence: number): void {
    this.#file.append({ kind: 'settled', sequence });
    if (this.#file.isLarge(this.#neededBytes())) this.#file.rewrite(this.#state());
  }

  /** The identity ended, and what was unsettled under it is given up. */
  dropAll(): void {
    this.#identity = undefined;
    this.#links.clear();
    this.#file.rewrite(this.#state());
  }

  /** Leaves a small file behind and closes it. */
  close(): void {
    this.#file.rewrite(this.#state());
    this.#file.close();
  }

  /** Closes the file as it is: it cannot be written. */
  abandon(): void {
    this.#file.close();
  }

  #state(): JournalState {
    const unsettled = [...this.#queue.unsettled(), ...this.#writing];
    return { identity: this.#identity, links: this.#links, last: this.#last, unsettled };
  }

  #neededBytes(): number {
    const blocks = this.#queue.unsettled().reduce((sum, { block }) => sum + block.byteLength, 0);
    return blocks + this.#links.size * 32;
  }
}
