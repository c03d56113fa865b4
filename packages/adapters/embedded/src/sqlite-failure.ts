/**
 * What SQLite's errors mean for us. In: whatever a database call threw. Out: one of a few kinds with SQLite's words,
 * as a plain value that crosses threads. Classified by number, never by the text of a message.
 */

/** The kinds that are told apart; everything else is `unavailable`. */
export type FailureKind =
  | 'full'
  | 'busy'
  | 'damaged'
  | 'read-only'
  | 'locked-by-other'
  | 'other-layout'
  | 'other-partitions'
  | 'other-log'
  | 'unavailable';

/** A failure as a value. `facts` are for the message that the caller makes. */
export type Failure = { readonly kind: FailureKind; readonly message: string; readonly facts: Record<string, string> };

/** A failure that this package's own checks found, not SQLite. */
export class FailureError extends Error {
  override name = 'FailureError';
  readonly failure: Failure;

  constructor(kind: FailureKind, message: string, facts: Record<string, string> = {}, options?: { cause: unknown }) {
    super(message, options);
    this.failure = { kind, message, facts };
  }
}

/** Low bytes of SQLite's result codes (sqlite.org/rescode.html), and one extended code. */
const kindOfPrimaryCode: ReadonlyMap<number, FailureKind> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [8, 'read-only'],
  [11, 'damaged'],
  [13, 'full'],
  [26, 'damaged'],
]);
/** SQLITE_IOERR_SHMSIZE: the file that readers and the writer share could not grow. */
const shmSizeCode = 4_874;
const fullDiskCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
const readOnlyCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The failure that an error stands for. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown };
  const facts: Record<string, string> = typeof errcode === 'number' ? { sqlite: String(errcode) } : {};
  return { kind: kindOf(errcode, code), message, facts };
}

function kindOf(errcode: unknown, code: unknown): FailureKind {
  if (errcode === shmSizeCode) return 'full';
  if (typeof errcode === 'number') return kindOfPrimaryCode.get(errcode & 0xff) ?? 'unavailable';
  if (typeof code === 'string' && fullDiskCodes.has(code)) return 'full';
  if (typeof code === 'string' && readOnlyCodes.has(code)) return 'read-only';
  return 'unavailable';
}
