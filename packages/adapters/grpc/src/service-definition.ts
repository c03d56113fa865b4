/**
 * What a service is, as ts-proto's generic definitions say it. In: a definition with the codec of each message. Out: the
 * types of the handlers that fit it, so that a handler with another request or response does not compile.
 */
import type { Encoded } from './encoded.ts';
import type { RpcError } from './rpc-error.ts';

/** Bytes from a message and back. `decode` throws for bytes that are none. */
export type MessageCodec<Message> = {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
};

/** One call of a service. */
export type MethodDefinition = {
  /** As in its .proto, such as `GetBars`. */
  readonly name: string;
  readonly requestType: MessageCodec<unknown>;
  readonly requestStream: boolean;
  readonly responseType: MessageCodec<unknown>;
  readonly responseStream: boolean;
};

/** A service and its calls. */
export type ServiceDefinition = {
  /** With its package, such as `tapeline.v1.QueryService`. */
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
};

/** What a call says of itself to its handler. */
export type GrpcCall = {
  /**
   * Fires when nobody waits for the answer any more: the caller cancelled or went away, a deadline passed, `abort` was
   * called. Of streams also when the server closes; they may then say a last word, for as long as the grace lasts. Its
   * reason is an `RpcError`.
   */
  readonly signal: AbortSignal;
  /** ms until the deadline, from the moment at which the call came; absent = none. */
  readonly deadlineMs?: number;
  /** Address and port of the caller, for logs. */
  readonly peer: string;
  /** What the caller sent along, by name in small letters; binary values are left out. */
  readonly metadata: ReadonlyMap<string, string>;
  /**
   * Ends the call with this error now, also while the caller takes no responses: one that does not take this one either
   * within 5 s has its stream reset. Later calls have no effect.
   */
  abort(error: RpcError): void;
};

/** The request of a method. */
export type RequestOf<Method> = Method extends { requestType: { decode(bytes: Uint8Array): infer Request } }
  ? Request
  : never;

/** The response of a method. */
export type ResponseOf<Method> = Method extends { responseType: { decode(bytes: Uint8Array): infer Response } }
  ? Response
  : never;

/** A stream of requests. It throws the reason of the call's signal when that fired. */
export type Requests<Request> = AsyncIterable<Request> & {
  /** The next one if it is there already; `undefined` = it must be waited for, or there is none. */
  ready(): Request | undefined;
};

/** What serves a method: one answer, a stream of answers, or a stream of answers to a stream of requests. */
export type HandlerOf<Method> = Method extends { requestStream: false; responseStream: false }
  ? (request: RequestOf<Method>, call: GrpcCall) => Promise<ResponseOf<Method>>
  : Method extends { requestStream: false; responseStream: true }
    ? (request: RequestOf<Method>, call: GrpcCall) => ResponseStream<ResponseOf<Method>>
    : Method extends { requestStream: true; responseStream: true }
      ? (requests: Requests<RequestOf<Method>>, call: GrpcCall) => ResponseStream<ResponseOf<Method>>
      : never;

/**
 * Responses, each a message or bytes that were encoded before. It is asked for the next one only when the transport took
 * those before; when nobody wants more its `return` is called.
 */
export type ResponseStream<Response> = AsyncIterable<Response | Encoded<Response>>;

/**
 * A handler for each method of a service. A caller on Node that cancels a stream of requests seems to end it first: its
 * requests end, and only then the signal fires.
 */
export type Implementation<Definition extends ServiceDefinition> = {
  readonly [Name in keyof Definition['methods']]: HandlerOf<Definition['methods'][Name]>;
};
