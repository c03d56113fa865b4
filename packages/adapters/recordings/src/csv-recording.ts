/**
 * CSV recordings with a header. In: the bytes of a file. Out: a recording. It is read twice: once for its columns and
 * the decimals of every symbol, then for its ticks, so that a number in the last line cannot change the units of the
 * first.
 */
import type { InstrumentTerms } from '@tapeline/domain';
import type { CsvDecimals } from './csv-decimals.ts';
import { csvFieldsOf } from './csv-fields.ts';
import { csvHeaderOf } from './csv-header.ts';
import type { CsvHeader } from './csv-header.ts';
import { CsvRowReader } from './csv-row.ts';
import type { FileFacts } from './file-facts.ts';
import { lineBatches, linesOf, problemAt } from './line-batches.ts';
import type { Recording } from './recording.ts';
import { isRecordingProblem, recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';
import { RecordingSourceError } from './recording-source.ts';
import type { RecordingSource } from './recording-source.ts';
import { problemOfTooManySymbols, recordingSymbolsMax, refusalOfSymbol } from './symbol-text.ts';

/** How a CSV file is read. */
export type CsvSettings = {
  /** Empty = XNYS where the header has `tape` or `conditions`, which only US equities have, else 24/7. */
  readonly calendar: string;
  readonly pricesBelowZero: boolean;
  /** Where the decimals are gathered; one object for all files that are read together. */
  readonly decimals: CsvDecimals;
};

/** Opens a CSV file: reads it through once for its header and its decimals. */
export async function openCsvRecording(
  facts: FileFacts,
  source: RecordingSource,
  settings: CsvSettings,
): Promise<Recording | RecordingProblem> {
  const { path, contentHash } = facts;
  const { decimals, pricesBelowZero } = settings;
  const header = await lookThrough(path, source, decimals);
  if (isRecordingProblem(header)) return header;
  const isUsEquity = header.at.tape >= 0 || header.at.conditions >= 0;
  const calendar = settings.calendar === '' ? (isUsEquity ? 'XNYS' : '24/7') : settings.calendar;
  return {
    path,
    format: 'csv',
    dataset: 'csv',
    contentHash,
    termsOf: (symbol): InstrumentTerms => {
      const { price, size } = decimals.of(symbol);
      // `0 - x`, because minus zero is another value to a strict comparison.
      return { priceExponent: 0 - price, sizeExponent: 0 - size, calendar, currency: '', tickSize: 0 };
    },
    batches: () => {
      const rows = new CsvRowReader(header, decimals, pricesBelowZero);
      return lineBatches(path, source, (text, line, batch) => {
        if (line > header.line) rows.read(text, line, batch);
      });
    },
  };
}

async function lookThrough(
  path: string,
  source: RecordingSource,
  decimals: CsvDecimals,
): Promise<CsvHeader | RecordingProblem> {
  let header: CsvHeader | undefined;
  let line = 0;
  let rows = 0;
  for await (const found of linesOf(source)) {
    if (found instanceof RecordingSourceError) {
      // With rows to give, the same failure comes again at the end of the last batch.
      if (header === undefined || rows === 0) return problemAt(path, line, found);
      break;
    }
    if (found.isCut) continue;
    for (const text of found.lines) {
      line += 1;
      if (text === '' || (text === undefined && header !== undefined)) continue;
      if (header === undefined) {
        const read = headerIn(path, line, text);
        if (isRecordingProblem(read)) return read;
        header = read;
        continue;
      }
      rows += 1;
      noteRow(text ?? '', header, decimals);
    }
    if (decimals.symbolCount > recordingSymbolsMax) return problemOfTooManySymbols(path);
  }
  if (header === undefined)
    return recordingProblem('RECORDING_EMPTY', path, 'has no line but blank ones; get the file again');
  if (rows > 0) return header;
  const says = 'has a header and no row under it; get the file again, or leave it out';
  return recordingProblem('CSV_ROWS_MISSING', path, says, { line: header.line });
}

function headerIn(path: string, line: number, text: string | undefined): CsvHeader | RecordingProblem {
  const fields = text === undefined ? { message: 'it is far too long' } : csvFieldsOf(text);
  if ('message' in fields) {
    const says = `the header cannot be read (${fields.message}); write the names of the columns with commas between them`;
    return recordingProblem('CSV_HEADER_MALFORMED', path, says, { line });
  }
  return csvHeaderOf(path, line, fields);
}

function noteRow(text: string, header: CsvHeader, decimals: CsvDecimals): void {
  const fields = csvFieldsOf(text);
  if ('code' in fields || fields.length !== header.columnCount) return;
  const symbol = fields[header.at.symbol]?.trim() ?? '';
  if (refusalOfSymbol(symbol) !== undefined) return;
  decimals.note(symbol, fields[header.at.price]?.trim() ?? '', fields[header.at.size]?.trim() ?? '');
}
