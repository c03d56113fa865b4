/**
 * The table of faults. In: a row from each fault that ran. Out: rows in a folder, from which the end of the run prints the
 * table and, where TAPELINE_WRITE_FAULTS=1 asks for it, writes docs/faults.md.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** One fault, as it went. */
export type FaultRow = {
  /** As the file is numbered: `6`; a further one of the same file number has a letter: `6b`. */
  readonly fault: number | string;
  readonly title: string;
  /** What was done to the system. */
  readonly injected: string;
  /** Which guard was off in the first run. */
  readonly guardOff: string;
  /** What the oracles then saw; a few words. */
  readonly damage: string;
  /** What they saw of the real system, with the measured times. */
  readonly result: string;
  /** Both runs together. */
  readonly seconds: number;
};

const rowFolder = fileURLToPath(new URL('../../../.cache/faults/', import.meta.url));
const document = fileURLToPath(new URL('../../../docs/faults.md', import.meta.url));
const [begin, end] = ['<!-- table: written by npm run test:faults -->', '<!-- end of table -->'];

/** What stands for the damage until the run without the guard has seen some; a row with it is not kept. */
export const notSeen = 'not seen';

/** The damage where two guards were off in turn, as the table has it; not seen unless both did damage. */
export function damageOfBoth([first = notSeen, second = notSeen]: readonly string[]): string {
  return [first, second].includes(notSeen) ? notSeen : `(a) ${first}; (b) ${second}`;
}

/** Puts a row into the table, in place of one of the same fault, and prints it. */
export function recordFault(row: FaultRow): void {
  if (row.damage === notSeen) return;
  mkdirSync(rowFolder, { recursive: true });
  const name = `${String(row.fault).replace(/^\d+/, (digits) => digits.padStart(2, '0'))}.json`;
  writeFileSync(path.join(rowFolder, name), `${JSON.stringify(row)}\n`);
  console.log(lineOf(row));
}

/** Rows of this run and of runs before it, by number. */
export function faultRows(): FaultRow[] {
  mkdirSync(rowFolder, { recursive: true });
  return readdirSync(rowFolder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(path.join(rowFolder, name), 'utf8')) as FaultRow)
    .toSorted((left, right) => String(left.fault).localeCompare(String(right.fault), 'en', { numeric: true }));
}

/** The table in Markdown. */
export function faultTable(rows: readonly FaultRow[]): string {
  const head =
    '| # | fault | injected | guard off | damage seen with the guard off | the real system | s |\n|---|---|---|---|---|---|---|';
  return [head, ...rows.map(lineOf)].join('\n');
}

/** Prints the table; writes it into the document where the environment asks for it. */
export function publishTable(env: NodeJS.ProcessEnv = process.env): void {
  const rows = faultRows();
  if (rows.length === 0) return;
  const table = faultTable(rows);
  console.log(`\n${table}\n`);
  if (env['TAPELINE_WRITE_FAULTS'] !== '1') return;
  const text = readFileSync(document, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/faults.md has no lines '${begin}' and '${end}'; put them back`);
  writeFileSync(document, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}

function lineOf({ fault, title, injected, guardOff, damage, result, seconds }: FaultRow): string {
  const cells = [String(fault), title, injected, guardOff, damage, result, String(Math.round(seconds))];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
