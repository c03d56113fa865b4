/**
 * Group commit. In: items, one by one. Out: each item's result once its group is committed. What comes while a group is
 * being committed goes into the next one, so the slower the disk, the larger the groups. Bounded in bytes: an item
 * beyond that is refused at once, and the one who sent it slows down.
 */

/** Limits and the one who commits. */
export type GroupQueueOptions<Item, Result> = {
  /** Commits a group in its order and answers one result for each; what it rejects, every item of the group rejects. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** The error for an item that found the queue full. */
  readonly refusal: (waitingBytes: number) => Error;
  /** Bytes that may wait; one item alone may be larger. */
  readonly bytesMax: number;
  /** A group ends before the item that would take it past one of these. */
  readonly groupBytesMax: number;
  readonly groupItemsMax: number;
};

type Waiting<Item, Result> = {
  readonly item: Item;
  readonly bytes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/** A queue with at most one group under way. */
export class GroupQueue<Item, Result> {
  readonly #options: GroupQueueOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #head = 0;
  #waitingBytes = 0;
  #running: Promise<void> | undefined;

  constructor(options: GroupQueueOptions<Item, Result>) {
    this.#options = options;
  }

  /** Bytes that wait for the next groups. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Adds an item; `bytes` is what it counts for. */
  async add(item: Item, bytes: number): Promise<Result> {
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.#options.bytesMax) {
      throw this.#options.refusal(this.#waitingBytes);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the microtask queue, so that what is added in one go shares a group.
    await Promise.resolve();
    while (this.#head < this.#waiting.length) await this.#commitGroup(this.#take());
    this.#running = undefined;
  }

  async #commitGroup(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.commit(group.map(({ item }) => item));
      for (const [place, waiting] of group.entries()) waiting.resolve(results[place] as Result);
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
    }
  }

  #take(): readonly Waiting<Item, Result>[] {
    const { groupBytesMax, groupItemsMax } = this.#options;
    let end = this.#head;
    let bytes = 0;
    for (; end < this.#waiting.length && end - this.#head < groupItemsMax; end += 1) {
      const next = this.#waiting[end] as Waiting<Item, Result>;
      if (end > this.#head && bytes + next.bytes > groupBytesMax) break;
      bytes += next.bytes;
    }
    const group = this.#waiting.slice(this.#head, end);
    this.#head = end;
    // Taken items are let go of in one go now and then: moving the rest at each group would cost its square.
    if (this.#head * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    this.#waitingBytes -= bytes;
    return group;
  }
}
