/**
 * The loop that every format shares. In: the bytes of a recording and a reader of one line. Out: batches in file order,
 * pulled. A file that ends badly gives its whole lines first; then a refused line, if one was cut, and the problem.
 */
import { BatchBuilder } from './batch-builder.ts';
import { LineSplitter, lineBytesMax } from './line-splitter.ts';
import type { RecordedBatch } from './recording.ts';
import { recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';
import { RecordingSourceError } from './recording-source.ts';
import type { RecordingSource } from './recording-source.ts';

/** Reads one line, never a blank one, into the batch; `line` is 1-based. `isLast`: the file has no line feed after it. */
export type ReadLine = (text: string, line: number, batch: BatchBuilder, isLast: boolean) => void;

/** All lines of a recording, as batches. */
export async function* lineBatches(
  path: string,
  source: RecordingSource,
  readLine: ReadLine,
): AsyncGenerator<RecordedBatch, void, void> {
  const batch = new BatchBuilder();
  let line = 0;
  for await (const found of linesOf(source)) {
    if (found instanceof RecordingSourceError) {
      yield batch.take(problemAt(path, line, found));
      return;
    }
    for (const text of found.lines) {
      line += 1;
      if (text === undefined) rejectLongLine(line, batch);
      else if (found.isCut) rejectCutLine(line, batch);
      else if (text === '') batch.ignore('blank line');
      else readLine(text, line, batch, found.isLast);
      if (batch.isFull) yield batch.take();
    }
  }
  if (!batch.isEmpty) yield batch.take();
}

/** Lines that came together. `isLast`: the file ends in this line; `isCut`: only because the source failed inside it. */
export type LineGroup = {
  readonly lines: readonly (string | undefined)[];
  readonly isLast: boolean;
  readonly isCut: boolean;
};

/** The lines of a source; where it fails, the line it was cut in, if any, and then the error as the last element. */
export async function* linesOf(source: RecordingSource): AsyncGenerator<LineGroup | RecordingSourceError, void, void> {
  const splitter = new LineSplitter();
  let failure: RecordingSourceError | undefined;
  try {
    for await (const chunk of source()) yield { lines: splitter.push(chunk), isLast: false, isCut: false };
  } catch (error) {
    if (!(error instanceof RecordingSourceError)) throw error;
    failure = error;
  }
  const rest = splitter.rest();
  if (rest !== '') yield { lines: [rest], isLast: true, isCut: failure !== undefined };
  if (failure !== undefined) yield failure;
}

/** The problem of a recording that could be read up to `line`. */
export function problemAt(path: string, line: number, error: RecordingSourceError): RecordingProblem {
  const upTo = line === 0 ? 'no line of it could be read' : 'everything before that line was read';
  const says = `the recording breaks off here (${error.message}); ${upTo}; get the file again from where it came from`;
  return recordingProblem(error.fault, path, says, { line, value: error.message });
}

function rejectLongLine(line: number, batch: BatchBuilder): void {
  const message = `the line is longer than ${lineBytesMax} bytes, the limit; take it out`;
  batch.reject(line, { code: 'LINE_TOO_LONG', message });
}

function rejectCutLine(line: number, batch: BatchBuilder): void {
  const message =
    'the line is cut off, because the packed data break off inside it; get the file again from where it came from';
  batch.reject(line, { code: 'LINE_TRUNCATED', message });
}
