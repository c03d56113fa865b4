/**
 * The header of a CSV recording. In: its fields. Out: where each column is, or the first thing wrong with it. Columns
 * may come in any order; every name must be known, so that a misspelt one is not silently left out.
 */
import { clipped } from './clipped-text.ts';
import { recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';

/** Columns that a header must have. */
export const csvColumnsRequired = ['ts_event', 'symbol', 'price', 'size'] as const;

/** Columns that a header may have. */
export const csvColumnsOptional = [
  'venue',
  'conditions',
  'tape',
  'trade_id',
  'sequence',
  'kind',
  'original_trade_id',
] as const;

/** The name of a column. */
export type CsvColumn = (typeof csvColumnsRequired)[number] | (typeof csvColumnsOptional)[number];

const columnNames: readonly CsvColumn[] = [...csvColumnsRequired, ...csvColumnsOptional];

/** Where the columns of a file are. */
export type CsvHeader = {
  /** 1-based line of the header. */
  readonly line: number;
  readonly columnCount: number;
  /** 0-based position; -1 = the file does not have it. */
  readonly at: Readonly<Record<CsvColumn, number>>;
};

/** Whether fields look like a header, so that a file without .csv in its name can be told. */
export function isCsvHeader(fields: readonly string[]): boolean {
  return fields.some((field) => field.trim() === 'ts_event');
}

/** Reads the header's fields. */
export function csvHeaderOf(path: string, line: number, fields: readonly string[]): CsvHeader | RecordingProblem {
  const names = fields.map((field) => field.trim());
  const at = Object.fromEntries(columnNames.map((name) => [name, names.indexOf(name)])) as Record<CsvColumn, number>;
  const unknown = names.find((name) => !columnNames.some((known) => known === name));
  if (unknown !== undefined) {
    const says = `column ${clipped(unknown)} is not known; rename it or take it out; columns are ${columnNames.join(', ')}`;
    return recordingProblem('CSV_COLUMN_UNKNOWN', path, says, { line, value: unknown });
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    const says = `column ${clipped(twice)} is there twice; take one of the two out`;
    return recordingProblem('CSV_COLUMN_DUPLICATE', path, says, { line, value: twice });
  }
  const missing = csvColumnsRequired.filter((name) => at[name] < 0);
  if (missing.length > 0) {
    const says = `the header has no column ${missing.join(', ')}; add it; ${csvColumnsRequired.join(', ')} must be there`;
    return recordingProblem('CSV_COLUMN_MISSING', path, says, { line, value: missing.join(', ') });
  }
  return { line, columnCount: names.length, at };
}
