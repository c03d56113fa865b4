/**
 * Readers of market recordings: Lean's trade and quote zips, raw Binance recordings, CSV. In: paths. Out: ticks in file
 * order, as batches that the consumer pulls. docs/adr/0003-reading-recordings.md says what each format is read as.
 */
export { openRecording, openRecordings } from './open-recording.ts';
export { isRecordingProblem } from './recording-problem.ts';
export type { RecordingProblem, RecordingProblemCode } from './recording-problem.ts';
export type {
  OpenOptions,
  RecordedBatch,
  RecordedTick,
  Recording,
  RecordingFormat,
  RejectedLine,
} from './recording.ts';
export { codeOfLeanBit, conditionsOfLeanMask, leanMaskOf, leanMaskOfConditions } from './lean-conditions.ts';
