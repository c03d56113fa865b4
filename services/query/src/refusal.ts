/**
 * What the service refuses, and how. In: a status, a reason of the contract, a sentence and the facts. Out: the error
 * that gRPC and HTTP both answer with. Every refusal is made here or by the two functions below that translate the
 * errors of store and log, so that one reason always has one status.
 */
import { LogError, StoreError } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';

/** Reasons that the query service gives, with their status. */
const statusOfReason = {
  FIELD_INVALID: 'INVALID_ARGUMENT',
  INTERVAL_UNKNOWN: 'INVALID_ARGUMENT',
  PROFILE_UNKNOWN: 'INVALID_ARGUMENT',
  RANGE_EMPTY: 'INVALID_ARGUMENT',
  PAGE_TOKEN_INVALID: 'INVALID_ARGUMENT',
  RESUME_TOKEN_INVALID: 'INVALID_ARGUMENT',
  INSTRUMENT_UNKNOWN: 'NOT_FOUND',
  RESUME_TOKEN_EXPIRED: 'OUT_OF_RANGE',
  READER_TOO_SLOW: 'RESOURCE_EXHAUSTED',
  STREAMS_TOO_MANY: 'RESOURCE_EXHAUSTED',
  STORE_UNAVAILABLE: 'UNAVAILABLE',
  LOG_UNAVAILABLE: 'UNAVAILABLE',
  TAPE_INCOMPLETE: 'UNAVAILABLE',
  SHUTTING_DOWN: 'UNAVAILABLE',
} as const;

/** A reason of the contract's query service. */
export type RefusalReason = keyof typeof statusOfReason;

/** The error for a reason; the message is one sentence with field, value, limit and remedy. */
export function refusal(reason: RefusalReason, message: string, facts: Record<string, string> = {}): RpcError {
  return new RpcError(statusOfReason[reason], reason, message, facts);
}

/** A field with a value that is not possible. */
export function fieldInvalid(field: string, value: string, remedy: string): RpcError {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return refusal('FIELD_INVALID', `${field} is ${JSON.stringify(shown)}; ${remedy}`, { field, value: shown });
}

/** What a store that cannot answer means to a reader; other errors are passed on as they are. */
export async function fromStore<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw refusal('STORE_UNAVAILABLE', `the store does not answer: ${error.message}`, { store: error.code });
  }
}

/** What a log that cannot answer means to a reader; other errors are passed on as they are. */
export async function fromLog<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    if (error.code === 'OFFSET_BELOW_RETENTION') throw tokenExpired(error.message);
    throw refusal('LOG_UNAVAILABLE', `the log does not answer: ${error.message}`, { log: error.code });
  }
}

/** A resume token whose place is not kept any more. */
export function tokenExpired(detail: string): RpcError {
  return refusal(
    'RESUME_TOKEN_EXPIRED',
    `the resume token is older than what is kept (${detail}); ask again without it, for a fresh snapshot`,
  );
}

/** The service is about to end. */
export function shuttingDown(): RpcError {
  return refusal('SHUTTING_DOWN', 'this query process shuts down; connect again, to any, with the last resume token');
}
