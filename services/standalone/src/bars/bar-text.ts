/**
 * Bars as text. In: a bar and how many decimals its prices have at least. Out: one line of CSV or of NDJSON, with the
 * values of `barJson`.
 */
import { type Bar, barJson, barJsonColumns } from '@tapeline/domain';
import type { BarFormat } from './bars-options.ts';

/** What stands before the first bar. */
export function headerText(format: BarFormat): string {
  return format === 'csv' ? `${barJsonColumns.join(',')}\n` : '';
}

/** One bar as a line. `priceDecimalsMin` is the decimals of the instrument's tick size, 0 where it is not known. */
export function barText(bar: Bar, priceDecimalsMin: number, format: BarFormat): string {
  const row = barJson(bar, priceDecimalsMin);
  if (format === 'ndjson') return `${JSON.stringify(row)}\n`;
  return `${barJsonColumns.map((column) => fieldOf(row[column])).join(',')}\n`;
}

/** A field of CSV by RFC 4180: in quotes where it holds a comma or a quote. */
function fieldOf(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
