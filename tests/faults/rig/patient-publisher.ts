/**
 * A publisher that waits longer than an append is tried. In: addresses of ingest. Out: it hears why its streams end, and sends
 * again by itself; what it published, once all of it is acknowledged.
 */
import { connectPublisher, type Publisher } from '@tapeline/client';
import { loadDataset, type LoadTrade } from './load.ts';
import { pause } from './until.ts';

/** For 4 s and more, so that it is under way when something breaks. */
const trades = 400;
const everyMs = 10;

/** Publishes from its making on. */
export class PatientPublisher {
  /** Why its streams ended. */
  readonly refusals: string[] = [];
  readonly #trades: LoadTrade[] = [];
  readonly #publishing: Promise<Publisher>;

  constructor(address: readonly string[]) {
    this.#publishing = this.#publish(address);
    // A failure is told by `end`.
    void Promise.allSettled([this.#publishing]);
  }

  get count(): number {
    return this.#trades.length;
  }

  /** Resolves with what was published once all of it is acknowledged. */
  async end(): Promise<readonly LoadTrade[]> {
    const publisher = await this.#publishing;
    await publisher.flushed();
    await publisher.close(0);
    return this.#trades;
  }

  async #publish(address: readonly string[]): Promise<Publisher> {
    const disconnected = ({ error }: { readonly error: Error }): void => void this.refusals.push(error.message);
    const publisher = await connectPublisher({ address, dataset: loadDataset, listener: { disconnected } });
    const [symbol, size] = ['AAA', 7];
    publisher.declare({ symbol, priceExponent: -2 });
    for (let published = 0; published < trades; published += 1) {
      const [price, timeNs] = [10_000 + published, BigInt(Date.now()) * 1_000_000n + 500_000n];
      const trade = { price: { units: price, exponent: -2 }, size: String(size) };
      const sequence = await publisher.publish({ symbol, time: timeNs, trade });
      this.#trades.push({ publisherId: publisher.publisherId, sequence, symbol, price, size, timeNs });
      await pause(everyMs);
    }
    return publisher;
  }
}
