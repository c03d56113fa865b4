/**
 * Why a data directory could not be opened. In: nothing. Out: the error and its codes. Each message is one sentence
 * that names the directory, the fact and the remedy, because a person reads it at start.
 */

/** What may stand in the way of opening a data directory. */
export type EmbeddedErrorCode =
  /** Another process works in the directory. */
  | 'DATA_DIR_LOCKED'
  | 'DATA_DIR_NOT_A_DIRECTORY'
  | 'DATA_DIR_UNWRITABLE'
  | 'DATA_DIR_FULL'
  /** It was made by another version of the layout. */
  | 'DATA_DIR_LAYOUT'
  /** It was made with another number of partitions. */
  | 'DATA_DIR_PARTITIONS'
  | 'DATA_DIR_DAMAGED'
  /** Its log and its store do not belong together. */
  | 'DATA_DIR_MIXED'
  | 'OPTION_OUT_OF_RANGE';

/** Opening failed; nothing was changed that a later try would miss. */
export class EmbeddedError extends Error {
  override name = 'EmbeddedError';
  readonly code: EmbeddedErrorCode;

  constructor(code: EmbeddedErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
