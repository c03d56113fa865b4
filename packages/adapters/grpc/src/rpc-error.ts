/**
 * How a call fails, on both sides. In: status, reason, a sentence for a person, facts. Out: an error that the server
 * turns into a gRPC status with a google.rpc.ErrorInfo, and that the client makes of one.
 */
import { type RpcStatus, codeOfStatus } from './rpc-status.ts';

/** What an ErrorInfo carries beside the status. */
export type ErrorDetails = {
  /** In UPPER_SNAKE_CASE; programs go by it. Empty = the other side gave none. */
  readonly reason: string;
  /** By name, such as field, value and limit. */
  readonly facts: Readonly<Record<string, string>>;
};

/** Writes and reads the bytes of `grpc-status-details-bin`. */
export type ErrorCodec = {
  /** `code` is the status's number, 1 to 16. */
  encode(error: ErrorDetails & { readonly code: number; readonly message: string }): Uint8Array;
  /** `undefined` if the bytes are malformed or hold no ErrorInfo of ours. */
  decode(bytes: Uint8Array): ErrorDetails | undefined;
};

/**
 * The refusal of a call. Handlers throw it; calls of a client reject with it. Its message reaches the other side as it
 * is: one sentence that names field, value, limit and remedy, and nothing of the process's inside.
 */
export class RpcError extends Error {
  override name = 'RpcError';
  readonly status: RpcStatus;
  readonly reason: string;
  readonly facts: Readonly<Record<string, string>>;

  constructor(
    status: RpcStatus,
    reason: string,
    message: string,
    facts: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.facts = facts;
  }

  /** The status's number on the wire. */
  get code(): number {
    return codeOfStatus(this.status);
  }
}
