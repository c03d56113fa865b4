/**
 * Failures of the threads as errors of the two seams. In: what a call rejected with. Out: `LogError` or `StoreError`
 * with the remedy in its message. Nothing here hides a defect: what is no failure is thrown on as it is.
 */
import { LogError, StoreError } from '@tapeline/domain';
import type { Quota } from './quota.ts';
import { type Failure, FailureError } from './sqlite-failure.ts';

/** The log's error for a failed call. */
export function logErrorOf(error: unknown, quota: Quota): unknown {
  if (!(error instanceof FailureError)) return error;
  const { failure } = error;
  if (failure.kind === 'full')
    return new LogError('LOG_FULL', `nothing was appended, because ${full(failure, quota)}`, { cause: error });
  return new LogError('LOG_UNAVAILABLE', `the log's database failed: ${words(failure)}`, { cause: error });
}

/** The store's error for a failed call. */
export function storeErrorOf(error: unknown, quota: Quota): unknown {
  if (!(error instanceof FailureError)) return error;
  const { failure } = error;
  if (failure.kind === 'full')
    return new StoreError('STORE_FULL', `nothing was stored, because ${full(failure, quota)}`, { cause: error });
  return new StoreError('STORE_UNAVAILABLE', `the store's database failed: ${words(failure)}`, { cause: error });
}

function full(failure: Failure, quota: Quota): string {
  return quota.remedy(failure.facts['quota'] !== undefined);
}

function words(failure: Failure): string {
  const code = failure.facts['sqlite'];
  const said = code === undefined ? failure.message : `${failure.message} (SQLite code ${code})`;
  if (failure.kind === 'damaged') return `${said}; it is damaged: stop, and restore the directory from a copy`;
  if (failure.kind === 'read-only') return `${said}; make the directory writable again`;
  return `${said}; it is tried again, but look at the disk`;
}
