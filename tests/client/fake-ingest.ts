/**
 * An ingest that misbehaves on purpose, over a real gRPC server on loopback. In: a seeded plan of cuts, delays, lost acks
 * and rejects. Out: a log in memory, as ingest would have written it, repeats included; what a client did against the
 * contract's rules is an error of the test.
 */
import { type GrpcCall, type GrpcServer, grpcService, RpcError, startGrpcServer } from '@tapeline/grpc';
import {
  decodeTickBlock,
  issuePublisherId,
  LogDictionary,
  publisherExpireMs,
  TickColumns,
  type TimeDomain,
  timeDomainOf,
} from '@tapeline/domain';
import { createHealth, createLogger, createMetrics } from '@tapeline/runtime';
import { errorDetails, wireIngest, wireLog } from '@tapeline/wire';

/** One entry of the log: a tick, or the Void of a refused one. */
export type LoggedTick = {
  readonly publisherId: bigint;
  readonly symbol: string;
  readonly sequence: number;
  readonly link: number;
  readonly isVoid: boolean;
};

/** What the fake does wrong. All chances are in [0, 1], drawn for each message. */
export type Faults = {
  readonly random: () => number;
  /** The stream ends before a message is taken. */
  readonly cutBefore?: number;
  /** The stream ends after a message was taken, without its ack. */
  readonly cutAfter?: number;
  /** An ack waits for this long, ms, at most. */
  readonly ackDelayMs?: number;
  /** Every batch is refused for the stream's id, as if that had expired by the log's clock. */
  readonly expires?: boolean;
  /** Whether a tick is refused. */
  readonly rejects?: (symbol: string, sequence: number) => boolean;
};

type Response = wireIngest.PublishResponse['response'];

/** The fake. */
export class FakeIngest {
  readonly log: LoggedTick[] = [];
  readonly ended: { publisherId: bigint; symbol: string; link: bigint }[] = [];
  readonly progressed: { symbol: string; link: bigint; timeNs: bigint }[] = [];
  /** Batches by size, as they came. */
  readonly batches: number[] = [];
  /** Breaches of the contract by the client. */
  readonly breaches: string[] = [];
  /** Sequences that were lost when they came for the first time. */
  readonly lostAtFirst: Set<number> = new Set<number>();
  /** Sequences that came at all. */
  readonly seen: Set<number> = new Set<number>();
  streams = 0;
  faults: Faults = { random: () => 1 };
  /** While false, nothing is taken from streams that are open. */
  isTaking = true;
  /** By ingest's own clock, ms. */
  nowMs: () => number = () => Date.now();
  #server: GrpcServer | undefined;
  #draw = 0n;

  get address(): string {
    return `127.0.0.1:${this.#server?.port}`;
  }

  async start(port: number = 0): Promise<void> {
    this.#server = await startGrpcServer({
      host: '127.0.0.1',
      port,
      services: [
        grpcService(wireIngest.IngestServiceDefinition, {
          publish: (requests, call) => this.#publish(requests, call),
          publishOnce: () => Promise.reject(new RpcError('UNIMPLEMENTED', 'UNUSED', 'not here')),
          getPublisher: () => Promise.reject(new RpcError('UNIMPLEMENTED', 'UNUSED', 'not here')),
        }),
      ],
      descriptorSet: new Uint8Array(),
      health: createHealth(),
      limits: { messageBytesMax: 4_194_304, streamsPerConnectionMax: 100, connectionsMax: 100 },
      errorCodec: errorDetails,
      log: createLogger({
        name: 'fake',
        level: 'error',
        format: 'json',
        destination: { write: (line) => this.breaches.push(line) },
      }),
      metrics: createMetrics({ ofProcess: false }),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.close(0);
    this.#server = undefined;
  }

  async *#publish(
    requests: AsyncIterable<wireIngest.PublishRequest>,
    call: GrpcCall,
  ): AsyncGenerator<wireIngest.PublishResponse> {
    this.streams += 1;
    const stream = new FakeStream(this);
    let number = 0;
    for await (const { request } of requests) {
      number += 1;
      while (!this.isTaking && !call.signal.aborted) await sleep(2);
      if (request?.$case === 'open') {
        yield { response: stream.open(request.value, this.#issue(request.value)) };
        continue;
      }
      const { cutBefore = 0, cutAfter = 0, ackDelayMs = 0, random } = this.faults;
      if (random() < cutBefore) {
        for (const sequence of stream.firsts(request)) this.lostAtFirst.add(sequence);
        throw cut();
      }
      if (this.faults.expires === true) throw expired();
      const responses = stream.take(request);
      if (random() < cutAfter) throw cut();
      if (ackDelayMs > 0) await sleep(random() * ackDelayMs);
      for (const response of responses) yield { response };
      yield { response: { $case: 'ack', value: { sequence: BigInt(stream.last), requests: BigInt(number) } } };
    }
  }

  #issue({ publisherId, timeDomain }: wireIngest.PublishOpen): wireIngest.Publisher {
    this.#draw += 1n;
    const domain = (timeDomain === 0 ? 1 : timeDomain) as TimeDomain;
    const id = publisherId === 0n ? issuePublisherId(this.nowMs(), domain, this.#draw) : publisherId;
    const expireMs = publisherExpireMs(id);
    if (this.nowMs() >= expireMs) throw expired();
    return { publisherId: id, timeDomain: domain, expireTimeNs: BigInt(expireMs) * 1_000_000n };
  }
}

function cut(): RpcError {
  return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', 'cut on purpose');
}

function expired(): RpcError {
  return new RpcError('FAILED_PRECONDITION', 'PUBLISHER_EXPIRED', 'the id has expired');
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** One stream, with the checks that the contract asks of ingest. */
class FakeStream {
  last = 0;
  readonly #ingest: FakeIngest;
  readonly #carried = new Map<string, number>();
  readonly #dictionary = new LogDictionary();
  #publisherId = 0n;

  constructor(ingest: FakeIngest) {
    this.#ingest = ingest;
  }

  open(open: wireIngest.PublishOpen, publisher: wireIngest.Publisher): Response {
    if (open.dataset === '') this.#ingest.breaches.push('open without a dataset');
    this.#publisherId = publisher.publisherId;
    const limits = { batchTicksMax: 2_000, messageBytesMax: 4_194_304, unsettledTicksMax: 100_000 };
    return { $case: 'opened', value: { publisher, limits } };
  }

  take(request: wireIngest.PublishRequest['request']): Response[] {
    if (request?.$case === 'progress') return this.#progress(request.value);
    if (request?.$case === 'endOfReplay') return this.#end(request.value);
    const bytes = this.#blockOf(request);
    if (bytes !== undefined) return this.#batch(bytes);
    this.#ingest.breaches.push(`a request of kind ${request?.$case}`);
    return [];
  }

  #blockOf(request: wireIngest.PublishRequest['request']): Uint8Array | undefined {
    if (request?.$case !== 'tickBatch' || request.value.form?.$case !== 'block') return undefined;
    // As ingest does: who publishes is the stream's to say.
    const header = { publisherId: this.#publisherId, timeDomain: timeDomainOf(this.#publisherId), dataset: 'test' };
    return wireLog.TickBlock.encode({ ...request.value.form.value, ...header }).finish();
  }

  /** Sequences of a batch that never came before. */
  firsts(request: wireIngest.PublishRequest['request']): Set<number> {
    const bytes = this.#blockOf(request);
    const firsts = new Set<number>();
    if (bytes === undefined) return firsts;
    for (const { sequence } of this.#ticksOf(bytes)) {
      if (!this.#ingest.seen.has(sequence)) firsts.add(sequence);
      this.#ingest.seen.add(sequence);
    }
    return firsts;
  }

  #batch(bytes: Uint8Array): Response[] {
    const floor = this.last;
    const ticks = this.#ticksOf(bytes).map((tick) => {
      this.#check(tick.symbol, tick.sequence, tick.link, floor);
      this.#ingest.seen.add(tick.sequence);
      this.last = Math.max(this.last, tick.sequence);
      return { ...tick, isVoid: this.#ingest.faults.rejects?.(tick.symbol, tick.sequence) === true };
    });
    this.#ingest.batches.push(ticks.length);
    this.#ingest.log.push(...ticks);
    return ticks
      .filter(({ isVoid }) => isVoid)
      .map(({ sequence, symbol }) => {
        const rejection = { code: 'PRICE_OUT_OF_RANGE', message: 'refused on purpose', facts: { field: 'price' } };
        return { $case: 'reject', value: { sequence: BigInt(sequence), symbol, rejection } };
      });
  }

  #ticksOf(bytes: Uint8Array): LoggedTick[] {
    const columns = new TickColumns();
    decodeTickBlock(bytes, 0, bytes.length, this.#dictionary, columns);
    const ticks: LoggedTick[] = [];
    for (let group = 0; group < columns.groupCount; group += 1) {
      let link = columns.groupLink[group] ?? 0;
      const from = columns.groupStart[group] ?? 0;
      for (let index = from; index < (columns.groupStart[group + 1] ?? 0); index += 1) {
        const sequence = columns.sequenceAt(group, index);
        const symbol = columns.symbols[group] ?? '';
        ticks.push({ publisherId: this.#publisherId, symbol, sequence, link, isVoid: false });
        link = sequence;
      }
    }
    return ticks;
  }

  #check(symbol: string, sequence: number, link: number, floor: number): void {
    const carried = this.#carried.get(symbol);
    if (sequence <= floor) this.#ingest.breaches.push(`sequence ${sequence} is not above ${floor}`);
    if (carried !== undefined && link !== carried)
      this.#ingest.breaches.push(`link ${link} of ${symbol}, not ${carried}`);
    this.#carried.set(symbol, sequence);
  }

  #progress({ instruments }: wireIngest.PublishProgress): Response[] {
    for (const { symbol, link, timeNs } of instruments) {
      const carried = this.#carried.get(symbol);
      if (carried !== undefined && link > carried) this.#ingest.breaches.push(`progress of ${symbol} names ${link}`);
      this.#ingest.progressed.push({ symbol, link, timeNs });
    }
    return [];
  }

  #end({ instruments }: wireIngest.PublishEnd): Response[] {
    for (const { symbol, link } of instruments) {
      const carried = this.#carried.get(symbol);
      if (carried !== undefined && link !== BigInt(carried))
        this.#ingest.breaches.push(`end of ${symbol} names ${link}`);
      this.#ingest.ended.push({ publisherId: this.#publisherId, symbol, link });
    }
    return [];
  }
}

/** What the link rule makes of a log: each publisher's ticks of each symbol in the order in which they are applied. */
export function applied(log: readonly LoggedTick[]): Map<string, { sequences: number[]; held: number }> {
  const chains = new Map<string, { sequences: number[]; held: LoggedTick[] }>();
  for (const tick of log) {
    const key = `${tick.publisherId} ${tick.symbol}`;
    const chain = chains.get(key) ?? { sequences: [], held: [] };
    chains.set(key, chain);
    chain.held.push(tick);
    for (let isMoving = true; isMoving;) {
      const last = chain.sequences.at(-1) ?? 0;
      chain.held = chain.held.filter(({ sequence }) => sequence > last);
      const next = chain.held.find(({ link }) => link === last);
      if (next !== undefined) chain.sequences.push(next.sequence);
      isMoving = next !== undefined;
    }
  }
  return new Map([...chains].map(([key, { sequences, held }]) => [key, { sequences, held: held.length }]));
}
