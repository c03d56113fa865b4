/**
 * A subscriber of trades. In: the address of query, instruments. Out: which ticks it got, over any number of streams with
 * the resume token; why streams ended; the oracle: everything that was published came (law 8).
 */
import { connectGrpc, RpcError } from '@tapeline/grpc';
import { errorDetails, wireQuery } from '@tapeline/wire';
import { type LoadTrade, loadDataset } from './rig/load.ts';
import { pause } from './rig/until.ts';

const { methods, fullName } = wireQuery.QueryServiceDefinition;
const retryMs = 500;
/** A reader that is slow does not end its connection itself because what it asks for lies behind what it has not read, ms. */
const keepaliveMs = 3_600_000;

/** Follows until it is closed. */
export class TradeReader {
  /** `RESOURCE_EXHAUSTED READER_TOO_SLOW …`, one for each stream that ended. */
  readonly ends: string[] = [];
  /** Whether the snapshot is through. */
  isLive = false;
  readonly #seen = new Set<string>();
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
    for (const { publisherId, sequence } of entries) this.#seen.add(`${publisherId} ${sequence}`);
  }
}
