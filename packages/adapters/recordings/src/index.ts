/**
 * Readers of market recordings: Lean's trade and quote zips, raw Binance recordings, CSV. In: paths. Out: ticks in file
 * order, as batches that the consumer pulls. docs/adr/0003-reading-recordings.md says what each format is read as.
 */
export type { Refusal } from './batch-builder.ts';
export { type BinanceTrade, readBinanceMessage } from './binance-message.ts';
export { binanceCalendar, binanceDataset, binanceTermsOf, binanceTradeTick, type ReceiveTime } from './binance-tick.ts';
export { clipped } from './clipped-text.ts';
export { unitsOf } from './decimal-text.ts';
export { refusalOfUnits } from './number-refusal.ts';
export { refusalOfSymbol } from './symbol-text.ts';
export { MergedRecordings } from './merged-recordings.ts';
export { openRecording, openRecordings } from './open-recording.ts';
export { isRecordingProblem } from './recording-problem.ts';
export type { RecordingProblem, RecordingProblemCode } from './recording-problem.ts';
export { type RecordedInstrument, RecordedInstruments } from './recorded-instruments.ts';
export { RecordingCursor } from './recording-cursor.ts';
export type {
  OpenOptions,
  RecordedBatch,
  RecordedTick,
  Recording,
  RecordingFormat,
  RejectedLine,
} from './recording.ts';
export { codeOfLeanBit, conditionsOfLeanMask, leanMaskOf, leanMaskOfConditions } from './lean-conditions.ts';
export { SeenTicks } from './seen-ticks.ts';
export { type OpenTickRow, tickRowOf } from './tick-row.ts';
