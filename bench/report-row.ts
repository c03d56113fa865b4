/**
 * How a row of the report looks. In: a name, a figure, a note. Out: one line.
 * Figures of all rows stand under each other, whatever part of the report they come from.
 */
const nameWidth = 52;

/** One row. */
export function row(name: string, value: string, note: string): string {
  return `${name.padEnd(nameWidth)}${value.padStart(10)}  ${note}`;
}

/** A rate in millions, with two digits. */
export function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} M`;
}
