/**
 * The symbols that are accepted, the same in every format. In: text of a line or of a file's name. Out: why it is no
 * symbol, or nothing; and the problem of a file that has too many of them to keep track of.
 */
import type { Refusal } from './batch-builder.ts';
import { clipped } from './clipped-text.ts';
import { recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';

/** Longest symbol, characters; the contract's limit. */
export const symbolCharsMax: number = 64;

/** Why text is no symbol; `undefined` if it is one: 1 to 64 printable ASCII characters without a space. */
export function refusalOfSymbol(text: string): Refusal | undefined {
  if (text.length > symbolCharsMax) {
    const message = `symbol ${clipped(text)} is longer than ${symbolCharsMax} characters, the limit; correct it`;
    return { code: 'SYMBOL_TOO_LONG', message };
  }
  if (/^[!-~]+$/.test(text)) return undefined;
  const message = `symbol ${clipped(text)} is not 1 to ${symbolCharsMax} printable ASCII characters without a space; correct it`;
  return { code: 'SYMBOL_MALFORMED', message };
}

/** Most symbols in one file that needs a first look at all of them. */
export const recordingSymbolsMax: number = 100_000;

/** A file with more symbols than are kept track of. */
export function problemOfTooManySymbols(path: string): RecordingProblem {
  const says = `has more than ${recordingSymbolsMax} symbols, the limit of one file; cut it into several by symbol`;
  return recordingProblem('SYMBOLS_TOO_MANY', path, says, { value: String(recordingSymbolsMax) });
}
