/**
 * A publisher written from the contract alone, by which the server is judged. In: ticks at a pace, and where the market
 * is, which may change. Out: everything is sent until it is settled. Its two guards can be switched off, to show what
 * they are for: sending again what was not acknowledged, and doing so under the same identity.
 */
import { connectGrpc, RpcError } from '@tapeline/grpc';
import { errorDetails, wireIngest } from '@tapeline/wire';

const { methods, fullName } = wireIngest.IngestServiceDefinition;

/** One trade; price in cents, time in ns. */
export type HandTrade = {
  readonly symbol: string;
  readonly price: number;
  readonly size: number;
  readonly eventTimeNs: bigint;
};

/** Which guards are on. */
export type Guards = { readonly resends: boolean; readonly keepsIdentity: boolean };

type Unsettled = { readonly sequence: number; readonly link: number; readonly trade: HandTrade };

const batchMax = 50;

/** Publishes one stream of trades through any number of broken connections. */
export class HandPublisher {
  readonly #dataset: string;
  readonly #address: () => Promise<string>;
  readonly #guards: Guards;
  readonly #links = new Map<string, number>();
  #publisherId = 0n;
  #sequence = 0;
  #unsettled: Unsettled[] = [];
  /** Trades that were acknowledged, and trades that were given up because the guard is off. */
  acknowledged = 0;
  abandoned = 0;
  /** Trades that were handed over. */
  taken = 0;
  connections = 0;

  constructor(dataset: string, address: () => Promise<string>, guards: Guards) {
    this.#dataset = dataset;
    this.#address = address;
    this.#guards = guards;
  }

  /** Takes a trade; it is sent with the next pump. */
  add(trade: HandTrade): void {
    this.#sequence += 1;
    const link = this.#links.get(trade.symbol) ?? 0;
    this.#links.set(trade.symbol, this.#sequence);
    this.#unsettled.push({ sequence: this.#sequence, link, trade });
    this.taken += 1;
  }

  /** Sends and hears acks until `isOver` and everything is settled. */
  async pump(isOver: () => boolean): Promise<void> {
    while (!isOver() || this.#unsettled.length > 0) {
      try {
        await this.#connection(isOver);
      } catch (error) {
        if (!(error instanceof RpcError) || !['UNAVAILABLE', 'INTERNAL', 'CANCELLED'].includes(error.status)) {
          throw error;
        }
        this.#afterBreak();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  #afterBreak(): void {
    if (!this.#guards.resends) {
      this.abandoned += this.#unsettled.length;
      this.#unsettled = [];
    }
    if (this.#guards.keepsIdentity) return;
    // Begins again under a new id, with what was not acknowledged: what the contract warns of.
    this.#publisherId = 0n;
    this.#links.clear();
    this.#sequence = 0;
    const again = this.#unsettled;
    this.#unsettled = [];
    for (const { trade } of again) this.add(trade);
  }

  async #connection(isOver: () => boolean): Promise<void> {
    const channel = connectGrpc({ address: await this.#address(), errorCodec: errorDetails });
    this.connections += 1;
    try {
      const call = channel.duplex(methods.publish, fullName);
      const hearing = this.#hear(call.responses);
      const open = {
        publisherId: this.#publisherId,
        dataset: this.#dataset,
        clientName: 'hand',
        timeDomain: 0 as const,
      };
      await Promise.race([call.send({ request: { $case: 'open', value: open } }), hearing]);
      let sent = 0;
      while (!isOver() || sent < this.#sequence) {
        const next = this.#unsettled.filter(({ sequence }) => sequence > sent).slice(0, batchMax);
        if (next.length === 0) await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), hearing]);
        else await Promise.race([call.send(batchOf(next)), hearing]);
        sent = next.at(-1)?.sequence ?? sent;
      }
      call.finish();
      await hearing;
    } finally {
      channel.close();
    }
  }

  async #hear(responses: AsyncIterable<wireIngest.PublishResponse>): Promise<void> {
    for await (const { response } of responses) {
      if (response?.$case === 'opened') this.#publisherId = response.value.publisher?.publisherId ?? 0n;
      if (response?.$case === 'reject') throw new Error(`rejected: ${response.value.rejection?.message}`);
      if (response?.$case !== 'ack') continue;
      const settled = Number(response.value.sequence);
      const before = this.#unsettled.length;
      this.#unsettled = this.#unsettled.filter(({ sequence }) => sequence > settled);
      this.acknowledged += before - this.#unsettled.length;
    }
  }
}

function batchOf(ticks: readonly Unsettled[]): wireIngest.PublishRequest {
  const symbols = [...new Set(ticks.map(({ trade }) => trade.symbol))];
  return wireIngest.PublishRequest.fromPartial({
    request: {
      $case: 'tickBatch',
      value: {
        form: {
          $case: 'rows',
          value: {
            instruments: symbols.map((symbol) => ({ symbol, priceExponent: -2, sizeExponent: 0, calendar: '24/7' })),
            ticks: ticks.map(({ sequence, link, trade: { symbol, price, size, eventTimeNs } }) => ({
              sequence: BigInt(sequence),
              link: BigInt(link),
              symbol,
              tick: {
                $case: 'trade',
                value: { eventTimeNs, price: BigInt(price), size: BigInt(size) },
              },
            })),
          },
        },
      },
    },
  });
}
