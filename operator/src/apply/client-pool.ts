/**
 * Connections that are kept for the next who asks. In: a key and how to open. Out: a client, one for each key. Law 7: `clientsMax` at
 * once, the one unused for the longest goes first; one that nobody used for ten minutes goes; one in use never goes.
 */
import type { Clock } from '@tapeline/runtime';

/** Something to close. */
export type Closable = { close(): Promise<void> };

type Entry<Client> = { readonly client: Promise<Client>; users: number; usedMs: number; isGone: boolean };

const clientsMaxDefault = 256;
const idleMs = 10 * 60_000;

/** Clients by key. */
export class ClientPool<Client extends Closable> {
  readonly #clock: Clock;
  readonly #clientsMax: number;
  readonly #onProblem: (error: unknown) => void;
  readonly #entries = new Map<string, Entry<Client>>();

  /** `onProblem` is told of a client that did not close well. */
  constructor(clock: Clock, onProblem: (error: unknown) => void, clientsMax: number = clientsMaxDefault) {
    this.#clock = clock;
    this.#onProblem = onProblem;
    this.#clientsMax = clientsMax;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Runs `work` with the client of a key; one that does not open is forgotten, and rejects as `open` does. */
  async with<Result>(
    key: string,
    open: () => Promise<Client>,
    work: (client: Client) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#entries.get(key) ?? { client: open(), users: 0, usedMs: 0, isGone: false };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users += 1;
    try {
      let client: Client;
      try {
        client = await entry.client;
      } catch (error) {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        throw error;
      }
      return await work(client);
    } finally {
      entry.users -= 1;
      entry.usedMs = this.#clock.monotonicMs();
      if (entry.isGone) await this.#end(entry);
      await this.#sweep();
    }
  }

  /** Ends all that nobody uses now, and the others when they are done. */
  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map(async (key) => this.#drop(key)));
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, { users, usedMs }] of this.#entries) {
      const isTooMany = this.#entries.size > this.#clientsMax;
      if (users === 0 && (isTooMany || nowMs - usedMs >= idleMs)) await this.#drop(key);
    }
  }

  async #drop(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry === undefined) return;
    entry.isGone = true;
    await this.#end(entry);
  }

  async #end({ client, users }: Entry<Client>): Promise<void> {
    if (users > 0) return;
    try {
      await (await client).close();
    } catch (error) {
      this.#onProblem(error);
    }
  }
}
