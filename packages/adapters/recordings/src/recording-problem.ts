/**
 * Why a file cannot be read, or not to its end. In: the facts. Out: one value with a code and a message that names the
 * file, the fact, the limit and the remedy. Never thrown: a bad file is an expected answer.
 */

/** Why a file cannot be read. */
export type RecordingProblemCode =
  | 'RECORDING_MISSING'
  | 'RECORDING_IS_DIRECTORY'
  /** A pipe, a socket or a device, which cannot be read twice. */
  | 'RECORDING_NOT_A_FILE'
  /** The operating system refused to read; the message has its reason. */
  | 'RECORDING_UNREADABLE'
  | 'RECORDING_EMPTY'
  | 'RECORDING_FORMAT_UNKNOWN'
  /** The name has no symbol, or no date that exists. */
  | 'RECORDING_NAME_MALFORMED'
  | 'CALENDAR_UNKNOWN'
  | 'ZIP_MALFORMED'
  | 'ZIP_WITHOUT_RECORDING'
  | 'ZIP_WITH_SEVERAL_ENTRIES'
  | 'ZIP_ENCRYPTED'
  | 'ZIP_METHOD_UNKNOWN'
  /** The entry's own name says another day or kind than the file's. */
  | 'ZIP_ENTRY_MISMATCH'
  | 'GZIP_MALFORMED'
  | 'CSV_HEADER_MALFORMED'
  | 'CSV_COLUMN_UNKNOWN'
  | 'CSV_COLUMN_DUPLICATE'
  | 'CSV_COLUMN_MISSING'
  | 'CSV_ROWS_MISSING'
  | 'SYMBOLS_TOO_MANY'
  /** The compressed data end too early. */
  | 'RECORDING_TRUNCATED'
  /** The compressed data or their checksum are wrong. */
  | 'RECORDING_CORRUPT';

/** A file that cannot be read, or a file that could be read up to `line`. */
export type RecordingProblem = {
  readonly code: RecordingProblemCode;
  readonly path: string;
  /** 1-based: the line at fault, or the last one that was whole; 0 where no line is concerned. */
  readonly line: number;
  /** What was found: a name, a value, a reason; empty where the code says it all. */
  readonly value: string;
  /** For a person: what is wrong, where, and what to do. */
  readonly message: string;
};

/** Makes a problem; `says` continues the sentence that begins with the path and, if there is one, the line. */
export function recordingProblem(
  code: RecordingProblemCode,
  path: string,
  says: string,
  facts: { readonly line?: number; readonly value?: string } = {},
): RecordingProblem {
  const line = facts.line ?? 0;
  const where = line === 0 ? path : `${path}, line ${line}`;
  return { code, path, line, value: facts.value ?? '', message: `${where}: ${says}` };
}

/** Whether an answer is a problem and no recording. */
export function isRecordingProblem(answer: object): answer is RecordingProblem {
  return 'code' in answer && 'message' in answer;
}
