/**
 * A publisher as the contract asks for one, over a bad line. In: what it has to publish, and chance. Out: nothing, once
 * every tick is acknowledged or rejected. It cuts its streams, loses answers, and after each break sends again, from the
 * oldest on, everything that was not settled.
 */
import { encodeTickBlock, type LogEntryToWrite } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import type { Ingest } from '@tapeline/ingest';
import type { PublishedTick, Random, SimulatedPublisher } from '@tapeline/simulation';
import { type RequestParts, requestBytes, type RowParts } from './ingest-rig.ts';

type Ended = Extract<LogEntryToWrite, { kind: 'endOfReplay' }>;

/** Tries after which the line is not bad but dead. */
const triesMax = 400;

/** One publisher and how far it is. */
export class ResendingCaller {
  /** Sequences that were refused. */
  readonly rejected: Set<number> = new Set();
  /** How often a stream was opened. */
  tries: number = 0;
  readonly #ingest: Pick<Ingest, 'service'>;
  readonly #publisher: SimulatedPublisher;
  readonly #isBad: (tick: PublishedTick) => boolean;
  readonly #random: Random;
  #settled = 0;

  constructor(
    ingest: Pick<Ingest, 'service'>,
    publisher: SimulatedPublisher,
    isBad: (tick: PublishedTick) => boolean,
    random: Random,
  ) {
    this.#ingest = ingest;
    this.#publisher = publisher;
    this.#isBad = isBad;
    this.#random = random;
  }

  /** Publishes until every tick is settled. Throws `RangeError` if it never is. */
  async publishAll(): Promise<void> {
    await this.#untilSettled(() => this.#ticks());
  }

  /**
   * Ends every instrument. A bar leaves once all its publishers ended, so others that are still to put ticks into it go
   * first.
   */
  async endAll(): Promise<void> {
    const end = this.#publisher.domain === 1 ? undefined : (this.#publisher.endEntry() as Ended | undefined);
    if (end === undefined) return;
    const instruments = end.instruments.map(({ symbol, link }) => ({ symbol, link: BigInt(link) }));
    await this.#untilSettled(() => [{ request: { $case: 'endOfReplay', value: { instruments } } }]);
  }

  async #untilSettled(requests: () => RequestParts[]): Promise<void> {
    for (;;) {
      this.tries += 1;
      if (this.tries > triesMax) throw new RangeError(`not settled after ${triesMax} streams`);
      if (await this.#stream(requests())) return;
    }
  }

  /** One stream; true if all of it is settled. */
  async #stream(after: readonly RequestParts[]): Promise<boolean> {
    const { dataset, id } = this.#publisher;
    const requests: RequestParts[] = [{ request: { $case: 'open', value: { publisherId: id, dataset } } }, ...after];
    const cut = new AbortController();
    const send = requests.map(requestBytes);
    const isCut = this.#random.chance(0.4);
    const cutAfter = this.#random.int(0, send.length * 2);
    const random = this.#random;
    async function* all(): AsyncGenerator<{ bytes: Uint8Array }> {
      for (const [place, bytes] of send.entries()) {
        if (isCut && place >= cutAfter) throw new RpcError('CANCELLED', '', 'the line was cut');
        yield bytes;
        if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    let requestsSettled = 1;
    let taken = 0;
    try {
      for await (const { response } of this.#ingest.service.publish(all(), { signal: cut.signal })) {
        taken += 1;
        if (response?.$case === 'ack') {
          this.#settled = Math.max(this.#settled, Number(response.value.sequence));
          requestsSettled = Number(response.value.requests);
        } else if (response?.$case === 'reject') this.rejected.add(Number(response.value.sequence));
        if (isCut && taken > cutAfter) return false;
      }
    } catch (error) {
      if (error instanceof RpcError && (error.status === 'UNAVAILABLE' || error.status === 'CANCELLED')) return false;
      throw error;
    }
    return requestsSettled === requests.length;
  }

  #ticks(): RequestParts[] {
    const { published } = this.#publisher;
    const requests: RequestParts[] = [];
    for (let at = published.findIndex(({ row }) => row.sequence > this.#settled); at >= 0 && at < published.length;) {
      const count = this.#random.int(1, 9);
      requests.push(this.#batch(published.slice(at, at + count)));
      at += count;
      const progress = this.#random.chance(0.2)
        ? this.#publisher.progressEntry(Math.min(at, published.length))
        : undefined;
      if (progress?.kind === 'progress' && this.#publisher.domain !== 1) {
        const instruments = progress.instruments.map(({ symbol, link, timeNs }) => ({
          symbol,
          link: BigInt(link),
          timeNs,
        }));
        requests.push({ request: { $case: 'progress', value: { instruments } } });
      }
    }
    return requests;
  }

  #batch(ticks: readonly PublishedTick[]): RequestParts {
    const rows = ticks.map((tick) => (this.#isBad(tick) ? { ...tick.row, size: 0 } : tick.row));
    if (this.#random.chance(0.5)) {
      const { id, domain, dataset } = this.#publisher;
      const header = { publisherId: id, timeDomain: domain, mapEpoch: 0, dataset, receiveTimeNs: 0n };
      return { block: encodeTickBlock(header, rows) };
    }
    const instruments = [
      ...new Map(rows.map(({ symbol, terms }) => [symbol, { symbol, ...terms, tickSize: 0n }])).values(),
    ];
    const value = { ticks: rows.map(rowOf), instruments };
    return { request: { $case: 'tickBatch', value: { form: { $case: 'rows', value } } } };
  }
}

function rowOf(row: PublishedTick['row']): RowParts {
  const { symbol, sequence, link, eventSec, eventNano, attributes } = row;
  const eventTimeNs = BigInt(eventSec) * 1_000_000_000n + BigInt(eventNano);
  const { venue, tape, conditions } = attributes;
  const common = { eventTimeNs, venue, tape, conditions: [...conditions], suspicious: (attributes.flags & 1) !== 0 };
  const identity = { symbol, sequence: BigInt(sequence), link: BigInt(link) };
  if (attributes.kind === 4) return { ...identity, tick: { $case: 'quote', value: { ...common, ...sidesOf(row) } } };
  if (attributes.kind === 5) {
    return { ...identity, tick: { $case: 'status', value: { ...common, state: (row.tradingState ?? 0) as 0 } } };
  }
  const value = {
    ...common,
    price: BigInt(row.price),
    size: BigInt(row.size),
    aggressorSide: attributes.side,
    tradeId: row.tradeId ?? '',
  };
  const { original } = row;
  if (original === undefined) return { ...identity, tick: { $case: 'trade', value } };
  const named =
    original.sequence > 0
      ? ({ $case: 'originalSequence', value: BigInt(original.sequence) } as const)
      : ({ $case: 'originalTradeId', value: original.tradeId } as const);
  if (attributes.kind === 2) {
    return { ...identity, tick: { $case: 'cancel', value: { eventTimeNs, venue, tape, original: named } } };
  }
  const { correctedSec, correctedNano = 0 } = original;
  const corrected =
    correctedSec === undefined ? undefined : BigInt(correctedSec) * 1_000_000_000n + BigInt(correctedNano);
  const moved = corrected === undefined ? {} : { correctedEventTimeNs: corrected };
  return { ...identity, tick: { $case: 'correction', value: { ...value, ...moved, original: named } } };
}

function sidesOf({ quote, attributes }: PublishedTick['row']): object {
  const side = (price: number | undefined, size: number | undefined): object => ({
    price: BigInt(price ?? 0),
    size: BigInt(size ?? 0),
  });
  return {
    ...((attributes.flags & 2) === 0 ? {} : { bid: side(quote?.bidPrice, quote?.bidSize) }),
    ...((attributes.flags & 4) === 0 ? {} : { ask: side(quote?.askPrice, quote?.askSize) }),
  };
}
