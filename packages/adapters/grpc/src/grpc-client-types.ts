/**
 * What a client takes and gives. In: an address and limits. Out: a channel: one connection, which is made again when it
 * is lost, while calls are never repeated behind the caller's back.
 */
import type { ErrorCodec } from './rpc-error.ts';
import type { MethodDefinition, RequestOf, ResponseOf } from './service-definition.ts';

/** TLS of a client; PEM. */
export type ClientTls = {
  /** Who may sign the server's certificate; the machine's authorities if absent. */
  readonly authorities?: Uint8Array;
  /** The client's own, if the server asks for it. */
  readonly identity?: { readonly certificate: Uint8Array; readonly key: Uint8Array };
  /** The name that the server's certificate has to have; that of the address if absent. */
  readonly serverName?: string;
};

/** What a channel needs. */
export type GrpcChannelOptions = {
  /** Host and port, such as localhost:50051. */
  readonly address: string;
  readonly errorCodec: ErrorCodec;
  readonly tls?: ClientTls;
  /** Bytes of one message, in both directions; 4,194,304 if absent. */
  readonly messageBytesMax?: number;
  /** The server is asked for a sign of life this often, ms; 30,000 if absent. */
  readonly keepaliveMs?: number;
  /** How long the server may take to give one, ms; 10,000 if absent. */
  readonly keepaliveTimeoutMs?: number;
};

/** What a call can be told. */
export type CallOptions = {
  /** From now, ms. Absent: 10,000 for a call that is no stream, none for a stream. */
  readonly deadlineMs?: number;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
};

/** A stream in both directions. */
export type DuplexCall<Request, Response> = {
  /** Resolves when there is room for the next; rejects with the `RpcError` that ended the call. */
  send(request: Request): Promise<void>;
  /** Ends when the server says OK, else throws `RpcError`. To be read once; leaving the loop cancels the call. */
  readonly responses: AsyncIterable<Response>;
  /** No more requests; responses still come. */
  finish(): void;
  /** Ends the call at once; `responses` throws CANCELLED. */
  cancel(): void;
};

/** A connection to one server. Every failure is an `RpcError`; no call is sent twice. */
export type GrpcChannel = {
  /** `service` is the full name, as the definition has it. */
  unary<Method extends MethodDefinition>(
    method: Method,
    service: string,
    request: RequestOf<Method>,
    options?: CallOptions,
  ): Promise<ResponseOf<Method>>;
  /** Responses as they are read: the server is slowed down while nobody reads. Leaving the loop cancels the call. */
  serverStream<Method extends MethodDefinition>(
    method: Method,
    service: string,
    request: RequestOf<Method>,
    options?: CallOptions,
  ): AsyncIterable<ResponseOf<Method>>;
  duplex<Method extends MethodDefinition>(
    method: Method,
    service: string,
    options?: CallOptions,
  ): DuplexCall<RequestOf<Method>, ResponseOf<Method>>;
  /** Cancels the calls under way and closes the connection. */
  close(): void;
};
