/**
 * A subscriber of trades. In: the address of query, instruments. Out: which ticks it got, over any number of streams with
 * the resume token; why streams ended; the oracles: everything that was published came (law 8), and each instrument's entries came in
 * the order of their numbers and of every publisher's sequences, none left out and none as two ticks.
 */
import { connectGrpc, RpcError } from '@tapeline/grpc';
import { errorDetails, wireQuery } from '@tapeline/wire';
import { type LoadTrade, loadDataset } from './rig/load.ts';
import { pause } from './rig/until.ts';

const { methods, fullName } = wireQuery.QueryServiceDefinition;
const retryMs = 500;
const shownMax = 8;
/** A reader that is slow does not end its connection itself because what it asks for lies behind what it has not read, ms. */
const keepaliveMs = 3_600_000;

/** Follows until it is closed. */
export class TradeReader {
  /** `RESOURCE_EXHAUSTED READER_TOO_SLOW …`, one for each stream that ended. */
  readonly ends: string[] = [];
  /** Entries that did not fit to those before them, in words; at most a few. */
  readonly disorder: string[] = [];
  /** Whether the snapshot is through. */
  isLive = false;
  readonly #seen = new Set<string>();
  /** By symbol, identities in the order of their numbers. */
  readonly #tapes = new Map<string, { readonly first: number; readonly identities: string[] }>();
  /** The highest sequence by `symbol publisher`. */
  readonly #highest = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #address: string;
  #resumeToken = '';

  constructor(address: string, symbols: readonly string[]) {
    this.#address = address;
    this.#done = this.#follow(symbols);
    // A defect is told by `close`.
    void Promise.allSettled([this.#done]);
  }

  /** How many ticks came. */
  get count(): number {
    return this.#seen.size;
  }

  /** How many of these did not come. */
  missing(trades: readonly LoadTrade[]): number {
    return trades.filter(({ publisherId, sequence }) => !this.#seen.has(`${publisherId} ${sequence}`)).length;
  }

  /** Ends the stream; rejects if it met what no new try can cure. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #follow(symbols: readonly string[]): Promise<void> {
    const { signal } = this.#stop;
    const instruments = symbols.map((symbol) => ({ dataset: loadDataset, symbol }));
    const startTimeNs = BigInt(Date.now() - 120_000) * 1_000_000n;
    while (!signal.aborted) {
      const channel = connectGrpc({ address: this.#address, errorCodec: errorDetails, keepaliveMs });
      try {
        const { resumeToken } = { resumeToken: this.#resumeToken };
        const request = wireQuery.StreamTradesRequest.fromPartial({ instruments, startTimeNs, resumeToken });
        for await (const { event } of channel.serverStream(methods.streamTrades, fullName, request, { signal })) {
          if (event?.$case === 'entries') this.#take(event.value.entries);
          if (event?.$case === 'snapshotEnd') this.isLive = true;
          if (event?.$case === 'snapshotEnd' || event?.$case === 'heartbeat')
            this.#resumeToken = event.value.resumeToken;
        }
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (!signal.aborted) this.ends.push(`${error.status} ${error.reason} ${error.message}`);
        if (error.status === 'INVALID_ARGUMENT') throw error;
      } finally {
        channel.close();
      }
      await pause(signal.aborted ? 0 : retryMs);
    }
  }

  #take(entries: readonly wireQuery.TapeEntry[]): void {
    for (const { instrument, number, publisherId, sequence, outOfOrder } of entries) {
      const symbol = instrument?.symbol ?? '';
      const identity = `${publisherId} ${sequence}`;
      const chain = `${symbol} ${publisherId}`;
      const isNew = this.#place(symbol, Number(number), identity);
      if (isNew && !outOfOrder && Number(sequence) <= (this.#highest.get(chain) ?? 0)) {
        this.#tell(`number ${number} of ${symbol} is ${identity}, after ${this.#highest.get(chain)}`);
      }
      if (isNew) this.#highest.set(chain, Math.max(this.#highest.get(chain) ?? 0, Number(sequence)));
      if (isNew && this.#seen.has(identity)) this.#tell(`${identity} of ${symbol} came under two numbers`);
      this.#seen.add(identity);
    }
  }

  /** Whether the number is a new one; those of before come again after a connection broke. */
  #place(symbol: string, number: number, identity: string): boolean {
    const { first, identities } = this.#tapes.get(symbol) ?? { first: number, identities: [] };
    this.#tapes.set(symbol, { first, identities });
    const place = number - first;
    if (place < identities.length) {
      const known = identities[place];
      if (known !== identity) this.#tell(`number ${number} of ${symbol} came as ${known} and as ${identity}`);
      return false;
    }
    if (place > identities.length)
      this.#tell(`number ${number} of ${symbol} came after ${first + identities.length - 1}`);
    while (identities.length < place) identities.push('');
    identities.push(identity);
    return true;
  }

  #tell(what: string): void {
    if (this.disorder.length < shownMax) this.disorder.push(what);
  }
}
