/**
 * One Publish stream to one ingest. In: ticks of a publisher, encoded here as blocks; progress; ends. Out: what is settled and
 * what was rejected, as ingest says. Law 7: sending waits while ingest takes nothing, and an ingest that settles nothing
 * for a minute is given up.
 */
import {
  encodeTickBlock,
  type FeedIdentity,
  type FeedStream,
  FeedStreamError,
  type InstrumentProgress,
  type TickBlockHeader,
  type TickRow,
} from '@tapeline/domain';
import { type DuplexCall, type GrpcChannel, RpcError } from '@tapeline/grpc';
import type { Clock } from '@tapeline/runtime';
import { batchFrame, frameOf, type PublishFrame, publishMethod, wireIngest } from '@tapeline/wire';
import { streamErrorOf } from './stream-error.ts';

/** What a stream is opened with. */
export type IngestStreamParts = {
  /** The stream's own, which it closes. */
  readonly channel: GrpcChannel;
  readonly address: string;
  readonly identity: FeedIdentity;
  /** 0 = ingest issues one. */
  readonly publisherId: bigint;
  readonly clock: Clock;
};

type Call = DuplexCall<PublishFrame, wireIngest.PublishResponse>;
type Responses = AsyncIterator<wireIngest.PublishResponse>;

const openMsMax = 10_000;
/** So long without any news of an ingest that has something to settle. */
const stalledMsMax = 60_000;
/** Event times of a block lie within 104 days of its first; half of that leaves room to both sides. */
const blockSpanSec = 50 * 86_400;

/** An open stream. */
export class IngestStream implements FeedStream {
  readonly publisherId: bigint;
  readonly #parts: IngestStreamParts;
  readonly #call: Call;
  readonly #header: TickBlockHeader;
  readonly #over = new AbortController();
  readonly #reading: Promise<void>;
  /** Messages sent and settled; `open` is the first. */
  #requests = 1;
  #settledRequests = 1;
  #settledSequence = 0;
  #rejected: FeedStream['rejected'] = { count: 0 };
  /** Changes with every response. */
  #responses = 0;
  #heard: (() => void)[] = [];

  private constructor(parts: IngestStreamParts, call: Call, responses: Responses, publisherId: bigint) {
    const { dataset, timeDomain } = parts.identity;
    this.#parts = parts;
    this.#call = call;
    this.publisherId = publisherId;
    this.#header = { publisherId, timeDomain, mapEpoch: 0, dataset, receiveTimeNs: 0n };
    this.#reading = this.#read(responses);
  }

  /** Opens it; rejects with `FeedStreamError` or with what gRPC says, and the caller closes the channel. */
  static async open(parts: IngestStreamParts): Promise<IngestStream> {
    const { channel, address, identity, publisherId, clock } = parts;
    const call: Call = channel.duplex(publishMethod, wireIngest.IngestServiceDefinition.fullName);
    const responses = call.responses[Symbol.asyncIterator]();
    const { dataset, timeDomain, clientName } = identity;
    const first = responses.next();
    const open = frameOf({ $case: 'open', value: { publisherId, timeDomain, dataset, clientName } });
    // Both fail with the call, whose error comes by `first` where it is waited for.
    void Promise.allSettled([first, call.send(open)]);
    const answer = await within(clock, openMsMax, first);
    const opened = answer === 'late' || answer.done === true ? undefined : answer.value.response;
    if (opened?.$case !== 'opened' || opened.value.publisher === undefined) {
      call.cancel();
      throw new FeedStreamError('NO_ANSWER', `ingest at ${address} opened no stream within ${openMsMax} ms`);
    }
    return new IngestStream(parts, call, responses, opened.value.publisher.publisherId);
  }

  get settledSequence(): number {
    return this.#settledSequence;
  }

  get rejected(): FeedStream['rejected'] {
    return this.#rejected;
  }

  async send(rows: readonly TickRow[]): Promise<void> {
    for (const block of blocksOf(rows)) await this.#send(batchFrame(encodeTickBlock(this.#header, block)));
  }

  async progress(instruments: readonly InstrumentProgress[]): Promise<void> {
    const said = instruments.map(({ symbol, link, timeNs }) => ({ symbol, link: BigInt(link), timeNs }));
    await this.#send(frameOf({ $case: 'progress', value: { instruments: said } }));
  }

  async end(instruments: readonly { readonly symbol: string; readonly link: number }[]): Promise<void> {
    const said = instruments.map(({ symbol, link }) => ({ symbol, link: BigInt(link) }));
    await this.#send(frameOf({ $case: 'endOfReplay', value: { instruments: said } }));
  }

  async settled(): Promise<void> {
    const upTo = this.#requests;
    await this.#while(() => this.#settledRequests < upTo);
  }

  async close(): Promise<void> {
    try {
      // What failed was told to whoever sent it, and closing settles nothing of it.
      if (!this.#over.signal.aborted) {
        await this.settled();
        this.#call.finish();
        await within(this.#parts.clock, openMsMax, this.#reading);
      }
    } finally {
      this.#end(new FeedStreamError('STREAM_CLOSED', 'the stream was closed; open another'));
      await this.#reading;
    }
  }

  async #send(frame: PublishFrame): Promise<void> {
    this.#over.signal.throwIfAborted();
    this.#requests += 1;
    let isSent = false;
    const sending = this.#call.send(frame).then(
      () => {
        isSent = true;
        this.#ring();
      },
      (error: unknown) => this.#end(error),
    );
    await this.#while(() => !isSent);
    await sending;
  }

  /** Waits as long as it is so; rejects when the stream ends, and ends it when ingest says nothing for too long. */
  async #while(isSo: () => boolean): Promise<void> {
    const { clock, address } = this.#parts;
    while (isSo()) {
      this.#over.signal.throwIfAborted();
      const before = this.#responses;
      const news = await within(clock, stalledMsMax, new Promise<void>((resolve) => this.#heard.push(resolve)));
      if (news === 'late' && before === this.#responses) {
        this.#end(new FeedStreamError('NO_ANSWER', `ingest at ${address} settled nothing for ${stalledMsMax} ms`));
      }
    }
  }

  async #read(responses: Responses): Promise<void> {
    try {
      for (let next = await responses.next(); next.done !== true; next = await responses.next()) {
        this.#take(next.value);
        this.#responses += 1;
        this.#ring();
      }
      this.#end(new RpcError('UNAVAILABLE', '', 'the stream has ended; open another'));
    } catch (error) {
      this.#end(error);
    }
  }

  #take({ response }: wireIngest.PublishResponse): void {
    if (response?.$case === 'ack') {
      this.#settledRequests = Number(response.value.requests);
      this.#settledSequence = Number(response.value.sequence);
    } else if (response?.$case === 'reject') {
      const { sequence, rejection } = response.value;
      const { count, first = { sequence: Number(sequence), message: rejection?.message ?? '' } } = this.#rejected;
      this.#rejected = { count: count + 1, first };
    }
  }

  /** Ends the stream for the reason that comes first. */
  #end(reason: unknown): void {
    if (!this.#over.signal.aborted) {
      this.#over.abort(streamErrorOf(reason, this.#parts.address));
      this.#call.cancel();
      this.#parts.channel.close();
    }
    this.#ring();
  }

  #ring(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const hear of heard) hear();
  }
}

/** What the promise answers, or `late`. */
async function within<Value>(clock: Clock, ms: number, promise: Promise<Value>): Promise<Value | 'late'> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => 'late' as const);
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}

/** The rows, in order, in parts that a block can hold. */
function blocksOf(rows: readonly TickRow[]): readonly (readonly TickRow[])[] {
  const parts: TickRow[][] = [];
  let firstSec = 0;
  for (const row of rows) {
    const part = parts.at(-1);
    if (part !== undefined && Math.abs(row.eventSec - firstSec) <= blockSpanSec) {
      part.push(row);
    } else {
      firstSec = row.eventSec;
      parts.push([row]);
    }
  }
  return parts;
}
