/**
 * The fields of one CSV line. In: a line. Out: its fields, or why its quotes are wrong. The only importer of csv-parse,
 * which reads every line that has a quote; the others are cut at their commas, which is the same and several times
 * faster. A field never goes on in the next line, so one lost quote costs one line and not the rest of the file.
 */
import { CsvError, parse } from 'csv-parse/sync';
import type { Refusal } from './batch-builder.ts';

/** The fields of a line without its line end. Quotes by RFC 4180: around a whole field, doubled inside. */
export function csvFieldsOf(line: string): readonly string[] | Refusal {
  if (!line.includes('"')) return line.split(',');
  try {
    // One line, one record: a line end inside the text can only be a stray carriage return.
    const records: string[][] = parse(line, { record_delimiter: '\n', relax_column_count: true });
    return records[0] ?? [''];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const message = `a quote of the line is out of place (${error.code}); quote whole fields and double a quote inside one`;
    return { code: 'QUOTES_MALFORMED', message };
  }
}
