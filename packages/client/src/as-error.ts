/**
 * What was thrown, as an error. In: anything. Out: an `Error`, itself where it is one; JavaScript may throw whatever it
 * likes.
 */

/** The error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
