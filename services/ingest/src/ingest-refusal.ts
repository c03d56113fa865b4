/**
 * Why a call or stream of ingest ends early. In: a reason of the contract, or an error of the log. Out: an error with
 * status, reason, a sentence and facts, which gRPC sends as it is and which a feed of the process gets as its own.
 */
import { FeedStreamError, type LogError, PublishRefusedError, type RefusalReason, StoreError } from '@tapeline/domain';
import { RpcError, type RpcStatus } from '@tapeline/grpc';

const statusOfReason: Readonly<Record<RefusalReason, RpcStatus>> = {
  OPEN_MISSING: 'INVALID_ARGUMENT',
  OPEN_REPEATED: 'INVALID_ARGUMENT',
  FIELD_INVALID: 'INVALID_ARGUMENT',
  FORMAT_VERSION_UNKNOWN: 'INVALID_ARGUMENT',
  BATCH_EMPTY: 'INVALID_ARGUMENT',
  BATCH_TOO_LARGE: 'INVALID_ARGUMENT',
  LINK_MISSING: 'INVALID_ARGUMENT',
  PROGRESS_NOT_OF_DOMAIN: 'INVALID_ARGUMENT',
  TIME_DOMAIN_NOT_ALLOWED: 'INVALID_ARGUMENT',
  PUBLISHER_UNKNOWN: 'FAILED_PRECONDITION',
  PUBLISHER_EXPIRED: 'FAILED_PRECONDITION',
  TIME_DOMAIN_MISMATCH: 'FAILED_PRECONDITION',
  SEQUENCE_NOT_RISING: 'FAILED_PRECONDITION',
  LINK_BROKEN: 'FAILED_PRECONDITION',
  LOG_UNAVAILABLE: 'UNAVAILABLE',
};

/** The refusal as gRPC sends it. Errors that are no refusal are passed on as they are. */
export function rpcErrorOf(error: unknown): unknown {
  if (!(error instanceof PublishRefusedError)) return error;
  return new RpcError(statusOfReason[error.reason], error.reason, error.message, error.facts, { cause: error });
}

/** The same as a feed of this process gets it. */
export function feedErrorOf(error: unknown): unknown {
  if (error instanceof RpcError || error instanceof PublishRefusedError) {
    return new FeedStreamError(error.reason, error.message, { cause: error });
  }
  return error;
}

/** The log did not take a record. With a full disk or another log nothing was written; otherwise nobody knows. */
export function logRefusal(error: LogError): RpcError {
  const facts = { code: error.code };
  if (error.code === 'LOG_FULL') {
    const message =
      'the tick log takes nothing because its disk or quota is full: make room there; unsettled ticks may be sent again ' +
      'under their identities';
    return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, facts, { cause: error });
  }
  if (error.code === 'LOG_REPLACED') {
    const message =
      'the tick log was deleted, made anew or went back, so ingest takes nothing until somebody has looked after it and started it ' +
      'again; nothing that is unsettled is there: keep it, and send it again later under its identity';
    return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, facts, { cause: error });
  }
  const message =
    `the tick log did not take a record (${error.code}), so nobody knows whether it is there; connect again and send ` +
    'everything that is unsettled again under its identity';
  return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, facts, { cause: error });
}

/** How far the log's clock may be ahead of ingest's before it is the clocks that are at fault, ms. */
const clocksApartMsMax = 86_400_000;

/** The log took a record 8 days after the id's issue: it is in quarantine, so it is not acknowledged. */
export function appendedTooLate(appendTimeMs: number, nowMs: number): Error {
  // A new id would be as old for that log.
  if (appendTimeMs - nowMs > clocksApartMsMax) return clocksDisagree(appendTimeMs, nowMs);
  const message =
    `the record was appended at ${appendTimeMs} ms of Unix time, 8 days or more after the publisher id was issued, and does ` +
    'not count; take a new id and begin again with link 0';
  const refused = new PublishRefusedError('PUBLISHER_EXPIRED', message, { append_time_ms: String(appendTimeMs) });
  return rpcErrorOf(refused) as Error;
}

/** The log's append times run far ahead of ingest's clock, so that what it takes does not count. */
export function clocksDisagree(appendTimeMs: number, nowMs: number): RpcError {
  const message =
    `the log's clock, at ${appendTimeMs} ms of Unix time, and this machine's, at ${nowMs} ms, disagree, so the record does ` +
    'not count: set the clock that is wrong; append times never go back, so a log that was written while a clock stood ' +
    'ahead takes ticks only once that time has come, or in a new data directory';
  const facts = { append_time_ms: String(appendTimeMs), now_ms: String(nowMs) };
  return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, facts);
}

/** `control` was not read to its end yet, so nobody knows where ticks go. */
export function mapNotRead(): RpcError {
  const message =
    'ingest has not read control, the topic of maps, to its end yet, and takes nothing before it knows where ticks go: connect ' +
    'again after a pause; if it stays so, control does not answer';
  return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, {});
}

/** `control` is lost, so nobody knows any more where ticks go. */
export function controlLost(error: LogError): RpcError {
  const message =
    `the maps by which ticks are placed cannot be followed any more (${error.code}: ${error.message}), so ingest takes nothing ` +
    'until somebody has looked after the log and started ingest again; send everything that is unsettled again later under its identity';
  return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, { code: error.code }, { cause: error });
}

/** Ingest ends. */
export function shuttingDown(): RpcError {
  return new RpcError('UNAVAILABLE', 'SHUTTING_DOWN', 'ingest is shutting down; connect again and go on');
}

/** Nobody could say what terms instruments have; or the store does not fit the stream, which no other try mends. */
export function storeRefusal(error: unknown): RpcError {
  if (error instanceof StoreError && error.code === 'STORE_UNFIT') {
    return new RpcError('FAILED_PRECONDITION', 'STORE_UNFIT', error.message, {}, { cause: error });
  }
  const message = 'the terms of an instrument could not be looked up or entered in the store; connect again and resend';
  return new RpcError('UNAVAILABLE', 'STORE_UNAVAILABLE', message, {}, { cause: error });
}

/** Too much at once. */
export function tooMany(reason: 'STREAMS_TOO_MANY' | 'CALLS_TOO_MANY', max: number): RpcError {
  const what = reason === 'STREAMS_TOO_MANY' ? 'Publish streams' : 'PublishOnce calls';
  const message = `ingest has ${max} ${what} at once, the limit; try again after a pause or at another ingest`;
  return new RpcError('RESOURCE_EXHAUSTED', reason, message, { max: String(max) });
}

/** The caller takes no responses. */
export function responsesNotRead(forMs: number): RpcError {
  const message = `no response was taken for ${forMs} ms; read the responses while sending, connect again and resend`;
  return new RpcError('UNAVAILABLE', 'RESPONSES_NOT_READ', message, { max_ms: String(forMs) });
}
