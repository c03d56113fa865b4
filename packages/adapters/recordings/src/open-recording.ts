/**
 * Opens recordings by path. In: paths and options. Out: for each a recording, or the one thing that is wrong with it.
 * A Lean recording is told by its name, CSV by its ending or its header, a Binance recording by its first line.
 */
import { builtInCalendarNames, calendarNamed } from '@tapeline/domain';
import { isBinanceLine } from './binance-message.ts';
import { openBinanceRecording } from './binance-recording.ts';
import { binanceCalendar } from './binance-tick.ts';
import { clipped } from './clipped-text.ts';
import { CsvDecimals } from './csv-decimals.ts';
import { isCsvHeader } from './csv-header.ts';
import { openCsvRecording } from './csv-recording.ts';
import { factsOfFile } from './file-facts.ts';
import type { FileFacts } from './file-facts.ts';
import { leanCalendar, openLeanRecording } from './lean-recording.ts';
import { leanNameOf } from './lean-name.ts';
import { linesOf, problemAt } from './line-batches.ts';
import type { OpenOptions, Recording } from './recording.ts';
import { isRecordingProblem, recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';
import { RecordingSourceError, gzipSource, plainSource } from './recording-source.ts';
import type { RecordingSource } from './recording-source.ts';

const recordingNames =
  'SYMBOL_YYYYMMDD_trade.zip or SYMBOL_YYYYMMDD_quote.zip (Lean), .csv or .csv.gz with a header, ' +
  'and raw Binance recordings, plain or .gz';

/** Opens one recording. */
export async function openRecording(path: string, options: OpenOptions = {}): Promise<Recording | RecordingProblem> {
  return openWith(path, options, new CsvDecimals());
}

/**
 * Opens recordings that are read together, in the order of the paths. A symbol of the CSV files among them gets the
 * same decimals in each, at least those that it has in any of the recordings, so that its ticks can be mixed.
 */
export async function openRecordings(
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<(Recording | RecordingProblem)[]> {
  const decimals = new CsvDecimals();
  const answers: (Recording | RecordingProblem)[] = [];
  for (const path of paths) answers.push(await openWith(path, options, decimals));
  return answers;
}

async function openWith(
  path: string,
  options: OpenOptions,
  decimals: CsvDecimals,
): Promise<Recording | RecordingProblem> {
  const calendar = options.calendar ?? '';
  if (calendar !== '' && calendarNamed(calendar) === undefined) {
    const says = `no calendar is named ${clipped(calendar)}; there are ${builtInCalendarNames.join(', ')}`;
    return recordingProblem('CALENDAR_UNKNOWN', path, says, { value: calendar });
  }
  const facts = await factsOfFile(path);
  if (isRecordingProblem(facts)) return facts;
  if (facts.packing === 'zip' || /\.zip$/i.test(path)) return openZip(facts, calendar, decimals);
  if (/\.gz$/i.test(path) && facts.packing !== 'gzip') {
    const says = 'is named .gz and does not begin like a gzip file; rename it, or get it again from where it came from';
    return recordingProblem('GZIP_MALFORMED', path, says);
  }
  const source = facts.packing === 'gzip' ? gzipSource(path) : plainSource(path);
  const csv = { calendar, pricesBelowZero: options.pricesBelowZero ?? false, decimals };
  if (/\.csv(?:\.gz)?$/i.test(path)) return openCsvRecording(facts, source, csv);
  const first = await firstLineOf(path, source);
  if (isRecordingProblem(first)) return first;
  if (isBinanceLine(first.text))
    return openBinanceRecording(facts, source, calendar === '' ? binanceCalendar : calendar, decimals);
  if (isCsvHeader(first.text.split(','))) return openCsvRecording(facts, source, csv);
  const says = `is no recording that is known; its first line is ${clipped(first.text)}; known are ${recordingNames}`;
  return recordingProblem('RECORDING_FORMAT_UNKNOWN', path, says, { line: 1, value: first.text.slice(0, 40) });
}

async function openZip(
  facts: FileFacts,
  calendar: string,
  decimals: CsvDecimals,
): Promise<Recording | RecordingProblem> {
  const { path, packing } = facts;
  if (packing !== 'zip') {
    const says = 'is named .zip and does not begin like a zip; get it again from where it came from';
    return recordingProblem('ZIP_MALFORMED', path, says, { value: packing });
  }
  const name = leanNameOf(path);
  if (name !== undefined) return openLeanRecording(facts, name, calendar === '' ? leanCalendar : calendar, decimals);
  const says = `is a zip whose name is not that of a recording; known are ${recordingNames}`;
  return recordingProblem('RECORDING_FORMAT_UNKNOWN', path, says);
}

/** The first line that is whole and not blank. */
async function firstLineOf(
  path: string,
  source: RecordingSource,
): Promise<{ readonly text: string } | RecordingProblem> {
  for await (const found of linesOf(source)) {
    if (found instanceof RecordingSourceError) return problemAt(path, 0, found);
    if (found.isCut) continue;
    const text = found.lines.find((line) => line !== undefined && line !== '');
    if (text !== undefined) return { text };
  }
  return recordingProblem('RECORDING_EMPTY', path, 'has no line but blank ones; get the file again');
}
