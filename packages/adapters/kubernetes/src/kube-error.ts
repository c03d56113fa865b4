/**
 * Why a call to the API failed. In: what the server or the network said. Out: one error with a code to decide by and a
 * sentence for a person. Nobody matches on its message.
 */

/**
 * NOT_FOUND: no such object, or no such type. CONFLICT: the object changed since it was read, another manager owns a field,
 * or the uid is another's. ALREADY_EXISTS. GONE: the resource version is too old; list again. FORBIDDEN: no permission.
 * UNAUTHENTICATED: the credentials are not accepted. INVALID: the object breaks its schema or a rule of admission. UNAVAILABLE:
 * the server did not answer, or asks to come back. DEADLINE: no answer in time; what was asked may have been done. ABORTED: the
 * caller's signal fired. UNEXPECTED: an answer that none of these fits.
 */
export type KubeErrorCode =
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'ALREADY_EXISTS'
  | 'GONE'
  | 'FORBIDDEN'
  | 'UNAUTHENTICATED'
  | 'INVALID'
  | 'UNAVAILABLE'
  | 'DEADLINE'
  | 'ABORTED'
  | 'UNEXPECTED';

/** What is known of a failure besides its code. */
export type KubeErrorFacts = {
  /** HTTP's status; absent where there was no answer. */
  readonly status?: number;
  /** How long the server asks to be left alone, ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
};

/** A call that failed; the message names what was asked and what came of it. */
export class KubeError extends Error {
  override name = 'KubeError';
  readonly code: KubeErrorCode;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: KubeErrorCode, message: string, facts: KubeErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Whether the same call may succeed later with nobody changing anything. */
export function isTransient(error: unknown): boolean {
  return error instanceof KubeError && (error.code === 'UNAVAILABLE' || error.code === 'DEADLINE');
}

/** Whether it failed with this code. */
export function hasCode(error: unknown, ...codes: readonly KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && codes.includes(error.code);
}
