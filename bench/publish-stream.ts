/**
 * A Publish stream that sends bytes as they are. In: an address and messages that were encoded before. Out: the messages
 * sent, at the pace at which the transport takes them, and the acks. A reject ends the bench: its tapes are in order.
 */
import { connectGrpc, type DuplexCall, type GrpcChannel } from '@tapeline/grpc';
import { errorDetails, wireIngest } from '@tapeline/wire';

type Encoded = Uint8Array;

/** A tick that ingest refused, or a stream that did not open. */
export class PublishFailedError extends Error {
  override name = 'PublishFailedError';
}

const { methods, fullName } = wireIngest.IngestServiceDefinition;
const publish = {
  ...methods.publish,
  requestType: {
    encode: (bytes: Encoded) => ({ finish: () => bytes }),
    decode: (bytes: Uint8Array): Encoded => bytes,
  },
};

/** An open stream; `requests` counts as acks do, `open` being 1. */
export class PublishStream {
  readonly #channel: GrpcChannel;
  readonly #call: DuplexCall<Encoded, wireIngest.PublishResponse>;
  /** Resolves when everything is settled after `finish`, or with what ended the stream before. */
  readonly #ended: Promise<unknown>;
  #requests = 1;
  #acked = 0;

  private constructor(channel: GrpcChannel, call: DuplexCall<Encoded, wireIngest.PublishResponse>) {
    this.#channel = channel;
    this.#call = call;
    this.#ended = this.#listen().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Opens a stream of a new publisher. */
  static async open(address: string, options: { dataset: string; timeDomain: 1 | 2 | 3 }): Promise<PublishStream> {
    const channel = connectGrpc({ address, errorCodec: errorDetails });
    const stream = new PublishStream(channel, channel.duplex(publish, fullName));
    const value = { publisherId: 0n, clientName: 'tapeline-bench', ...options };
    await stream.#call.send(wireIngest.PublishRequest.encode({ request: { $case: 'open', value } }).finish());
    return stream;
  }

  /** Messages that are settled. */
  get acked(): number {
    return this.#acked;
  }

  /** Messages that were sent. */
  get requests(): number {
    return this.#requests;
  }

  /** Sends a message; resolves when there is room for the next. */
  async send(bytes: Uint8Array): Promise<void> {
    this.#requests += 1;
    await this.#call.send(bytes);
  }

  /** Half-closes, and resolves when everything is settled and acknowledged. Throws `PublishFailedError`. */
  async finish(): Promise<void> {
    this.#call.finish();
    const failure = await this.#ended;
    this.#channel.close();
    if (failure !== undefined) throw new PublishFailedError('the stream failed', { cause: failure });
    if (this.#acked >= this.#requests) return;
    throw new PublishFailedError(`the stream ended with ${this.#acked} of ${this.#requests} messages settled`);
  }

  async #listen(): Promise<void> {
    for await (const { response } of this.#call.responses) {
      if (response?.$case === 'ack') this.#acked = Number(response.value.requests);
      if (response?.$case !== 'reject') continue;
      const { symbol, sequence, rejection } = response.value;
      throw new PublishFailedError(`tick ${sequence} of ${symbol} was refused: ${rejection?.message ?? ''}`);
    }
  }
}
