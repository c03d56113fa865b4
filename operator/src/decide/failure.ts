/**
 * Why something outside could not be seen or done. In: nothing. Out: its type. A failure is a value: decisions turn it into
 * conditions, and only defects of the program are thrown.
 */

/**
 * SECRET_MISSING: a Secret or its key is not there. UNREACHABLE: nobody answered. REFUSED: login, TLS or permissions.
 * UNKNOWN_DATACENTER. UNFIT: what is there cannot be used, and waiting does not help. REPLACED: another under the same name.
 * FAILED: it was answered with an error that may pass.
 */
export type FailureCode =
  | 'SECRET_MISSING'
  | 'UNREACHABLE'
  | 'REFUSED'
  | 'UNKNOWN_DATACENTER'
  | 'UNFIT'
  | 'REPLACED'
  | 'FAILED';

/** A failure with a sentence for a person. */
export type Failure = { readonly code: FailureCode; readonly message: string };

/** Something that was looked at: what was seen, or why it was not. */
export type Looked<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** It depends on something else that is not there yet. */
  | { readonly kind: 'not-looked' };

/** Seen. */
export function seen<Value>(value: Value): Looked<Value> {
  return { kind: 'seen', value };
}

/** Not seen, and why. */
export function failed(failure: Failure): { readonly kind: 'failed'; readonly failure: Failure } {
  return { kind: 'failed', failure };
}

/** Not looked at. */
export const notLooked: { readonly kind: 'not-looked' } = { kind: 'not-looked' };
