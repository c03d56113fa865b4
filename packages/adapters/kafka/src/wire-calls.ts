/**
 * The requests of the log on real connections. In: a cluster's addresses. Out: replies. Each broker has connections by
 * purpose (batches, questions, fetch slots), because a broker takes the next request of a connection only after it
 * answered the one before: a waiting fetch must not hold up a batch.
 */
import type { Clock } from '@tapeline/runtime';
import { BrokerLink, type LinkOptions } from './broker-link.ts';
import { LinkError } from './link-error.ts';
import type { FetchReply, KafkaCalls, NewProducer, ProduceTrip } from './kafka-calls.ts';
import { addressesOf, type HostPort } from './kafka-connection.ts';
import {
  type Api,
  apis,
  type ClusterFacts,
  fetchBody,
  type FetchBounds,
  type FetchPart,
  initProducerIdBody,
  listOffsetsBody,
  metadataBody,
  type OffsetEnd,
  type Place,
  type ProduceAnswer,
  produceBody,
  type ProducePart,
  readFetch,
  readInitProducerId,
  readListOffsets,
  readMetadata,
  readProduce,
} from './wire-requests.ts';

/** What the calls need. */
export type WireCallsOptions = LinkOptions & {
  /** Wait for a reply that the broker owes at once, ms. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
};

type Opening = { readonly opening: Promise<BrokerLink>; link: BrokerLink | undefined };

/** After this long without an answer the next broker is asked too, ms. */
const nextBrokerMs = 1_000;
/** What changes the cluster is not asked of a second broker while the first may be at it. */
const adminStepMs = 30_000;

/** Calls on real connections. */
export class WireCalls implements KafkaCalls {
  readonly #options: WireCallsOptions;
  readonly #seeds: readonly HostPort[];
  readonly #links = new Map<string, Opening>();
  readonly #stop = new AbortController();
  #nodes: ReadonlyMap<number, HostPort> = new Map();
  #turn = 0;

  /** Throws `KafkaError` KAFKA_OPTION. */
  constructor(options: WireCallsOptions) {
    this.#options = options;
    this.#seeds = addressesOf(options.connection);
  }

  async metadata(topics: readonly string[]): Promise<ClusterFacts> {
    const facts = await this.#ofSomeBroker(async (link) =>
      reading(link, apis.metadata, metadataBody(topics), this.#options.requestTimeoutMs, readMetadata),
    );
    if (facts.nodes.length > 0) this.#learn(facts);
    return facts;
  }

  /** What some broker answers to a request that any of them takes; each is waited for at most `timeoutMs`. */
  async ask<Answer>(
    api: Api,
    body: Buffer,
    read: (reply: Buffer) => Answer,
    timeoutMs: number = this.#options.requestTimeoutMs,
  ): Promise<Answer> {
    return this.#ofSomeBroker(async (link) => reading(link, api, body, timeoutMs, read), adminStepMs);
  }

  /** What this broker answers, which is waited for at most `timeoutMs`. */
  async askNode<Answer>(
    node: number,
    api: Api,
    body: Buffer,
    read: (reply: Buffer) => Answer,
    timeoutMs: number = this.#options.requestTimeoutMs,
  ): Promise<Answer> {
    const link = await this.#link(this.#addressOf(node), 'questions');
    return reading(link, api, body, timeoutMs, read);
  }

  async produce(node: number, parts: readonly ProducePart[], trip: ProduceTrip): Promise<readonly ProduceAnswer[]> {
    const link = await this.#link(this.#addressOf(node), `produce ${trip.route}`);
    const byId = link.producesById;
    const api = byId ? apis.produce : apis.produceByName;
    const reply = await link.send(api, produceBody(parts, trip.replicasMs, byId), trip.replyMs);
    return answered(link, () => readProduce(reply, parts, byId));
  }

  async fetch(node: number, slot: number, parts: readonly FetchPart[], bounds: FetchBounds): Promise<FetchReply> {
    const link = await this.#link(this.#addressOf(node), `fetch ${slot}`);
    const timeoutMs = bounds.waitMs + this.#options.requestTimeoutMs;
    const reply = await link.send(apis.fetch, [fetchBody(parts, bounds)], timeoutMs);
    return answered(link, () => ({ ...readFetch(reply), replyBytes: reply.length }));
  }

  async offset(
    node: number,
    place: Place,
    end: OffsetEnd,
    leaderEpoch: number,
  ): Promise<{ readonly code: number; readonly offset: number }> {
    const link = await this.#link(this.#addressOf(node), 'questions');
    const body = listOffsetsBody(place, end, leaderEpoch);
    const reply = await link.send(apis.listOffsets, [body], this.#options.requestTimeoutMs);
    const answer = answered(link, () => readListOffsets(reply));
    if (answer === undefined)
      throw new LinkError(`a broker answered nothing about the offsets of ${place.topic}`, true);
    return answer;
  }

  async newProducer(node: number): Promise<NewProducer> {
    const link = await this.#link(this.#addressOf(node), 'questions');
    const reply = await link.send(apis.initProducerId, [initProducerIdBody()], this.#options.requestTimeoutMs);
    return answered(link, () => readInitProducerId(reply));
  }

  drop(node: number): void {
    const address = this.#nodes.get(node);
    if (address !== undefined) this.#closeLinks((key) => key.startsWith(`${nameOf(address)} `));
  }

  close(): void {
    this.#stop.abort();
    this.#closeLinks(() => true);
  }

  /** Asks one broker after the other, each a second after the one before or once that has failed, until one answers. */
  async #ofSomeBroker<Answer>(
    ask: (link: BrokerLink) => Promise<Answer>,
    stepMs: number = nextBrokerMs,
  ): Promise<Answer> {
    const places = this.#inTurn();
    const done = new AbortController();
    const failed = places.map(() => new AbortController());
    let first: Error | undefined;
    const tries = places.map(async (place, index) => {
      const before = failed[index - 1]?.signal ?? AbortSignal.abort();
      const early = AbortSignal.any([done.signal, this.#stop.signal, before]);
      await this.#options.clock.sleep(index * stepMs, early);
      if (done.signal.aborted || this.#stop.signal.aborted) throw new LinkError('no further broker is asked', false);
      try {
        return await ask(await this.#link(place, 'questions'));
      } catch (error) {
        first ??= error as Error;
        failed[index]?.abort();
        throw error;
      }
    });
    try {
      return await Promise.any(tries);
    } catch (error) {
      throw first ?? new LinkError('no broker is asked any more', false, { cause: error });
    } finally {
      done.abort();
    }
  }

  /** Every address once; the one that begins is another each time, and known brokers come before the named ones. */
  #inTurn(): readonly HostPort[] {
    const known = [...this.#nodes.values()];
    const start = known.length === 0 ? 0 : this.#turn++ % known.length;
    const all = [...known.slice(start), ...known.slice(0, start), ...this.#seeds];
    return [...new Map(all.map((place) => [nameOf(place), place])).values()];
  }

  #addressOf(node: number): HostPort {
    const address = this.#nodes.get(node);
    if (address === undefined) throw new LinkError(`broker ${node} is not known`, false);
    return address;
  }

  async #link(place: HostPort, purpose: string): Promise<BrokerLink> {
    const key = `${nameOf(place)} ${purpose}`;
    const before = this.#links.get(key);
    if (before !== undefined && before.link?.isOpen !== false) return before.opening;
    if (this.#stop.signal.aborted) throw new LinkError('the log is closed', false);
    const made: Opening = { opening: BrokerLink.open(place, this.#options), link: undefined };
    this.#links.set(key, made);
    try {
      made.link = await made.opening;
      if (this.#links.get(key) !== made) made.link.close();
    } catch (error) {
      if (this.#links.get(key) === made) this.#links.delete(key);
      throw error;
    }
    return made.link;
  }

  #learn({ nodes }: ClusterFacts): void {
    this.#nodes = new Map(nodes.map(({ node, host, port }) => [node, { host, port }]));
    const used = new Set([...this.#nodes.values(), ...this.#seeds].map(nameOf));
    this.#closeLinks((key) => !used.has(key.split(' ', 1)[0] as string));
  }

  #closeLinks(isMeant: (key: string) => boolean): void {
    for (const [key, { link }] of this.#links) {
      if (!isMeant(key)) continue;
      // One that is still opening is closed by whoever opens it, as it does not stand here any more.
      this.#links.delete(key);
      link?.close();
    }
  }
}

function nameOf({ host, port }: HostPort): string {
  return `${host}:${port}`;
}

async function reading<Answer>(
  link: BrokerLink,
  api: Api,
  body: Buffer,
  timeoutMs: number,
  read: (reply: Buffer) => Answer,
): Promise<Answer> {
  const reply = await link.send(api, [body], timeoutMs);
  return answered(link, () => read(reply));
}

/** A reply that cannot be read is none, and its connection is not trusted further. */
function answered<Answer>(link: BrokerLink, read: () => Answer): Answer {
  try {
    return read();
  } catch (error) {
    link.close();
    throw new LinkError(`a broker's reply cannot be read: ${(error as Error).message}`, true, { cause: error });
  }
}
