/**
 * docs/operator.md has every condition with every reason and what to do about it, and no other; runbooks that it links to know the
 * reason. Ready and Degraded tell the reasons of the parts, so those stand at their part.
 */
import { readFileSync } from 'node:fs';
import { storeReasons, streamReasons } from '@tapeline/operator';
import { describe, expect, test } from 'vitest';

const docs = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('operator.md', docs), 'utf8');
const sums = ['Ready', 'Progressing', 'Degraded'];
/** Fewer words than these tell nobody what to do. */
const remedyWordsMin = 5;

type Row = { readonly conditions: readonly string[]; readonly reasons: readonly string[]; readonly text: string };
type Reasons = Readonly<Record<string, readonly string[]>>;

/** The rows of the table of a kind's conditions; one without a condition is of the one above. */
function rowsOf(kind: string): readonly Row[] {
  const begin = page.indexOf(`\n## ${kind} (`);
  const section = page.slice(begin, page.indexOf('\n## ', begin + 1));
  const table = section.slice(section.indexOf('\n| condition | reason |')).split('\n\n')[0] ?? '';
  let conditions: readonly string[] = [];
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => {
      const [first = '', second = '', text = ''] = line.split('|').slice(1, -1);
      if (first.trim() !== '') conditions = namesIn(first);
      return { conditions, reasons: namesIn(second), text: text.trim() };
    });
}

function namesIn(cell: string): readonly string[] {
  return cell.split(',').map((name) => name.trim());
}

function pairsOf({ conditions, reasons }: Row): readonly string[] {
  return conditions.flatMap((condition) => reasons.map((reason) => `${condition} ${reason}`));
}

/** Whether a person has to do something where this is the reason. */
function isProblem(all: Reasons, reason: string): boolean {
  return reason !== 'AsExpected' && (all['Degraded'] ?? []).includes(reason);
}

describe.each([
  ['TickStream', streamReasons as Reasons],
  ['TickStore', storeReasons as Reasons],
])('the table of %s', (kind, all) => {
  const rows = rowsOf(kind);
  const told = new Set(rows.flatMap(pairsOf));
  const isOfPart = (reason: string): boolean =>
    Object.keys(all).some((condition) => !sums.includes(condition) && told.has(`${condition} ${reason}`));

  test('has a row for each condition with each of its reasons', () => {
    const pairs = Object.entries(all).flatMap(([condition, reasons]) => reasons.map((reason) => [condition, reason]));
    const missing = pairs.filter(
      ([condition = '', reason = '']) =>
        !told.has(`${condition} ${reason}`) && !(sums.includes(condition) && isOfPart(reason)),
    );
    expect(missing).toEqual([]);
  });

  test('has none twice, and none that cannot be', () => {
    const pairs = rows.flatMap(pairsOf);
    const known = new Set(
      Object.entries(all).flatMap(([type, reasons]) => reasons.map((reason) => `${type} ${reason}`)),
    );
    expect(pairs.filter((pair, index) => pairs.indexOf(pair) !== index)).toEqual([]);
    expect(pairs.filter((pair) => !known.has(pair))).toEqual([]);
  });

  test('says of each what is true, and of what needs a person what to do', () => {
    expect(rows.filter(({ text }) => text === '').flatMap(pairsOf)).toEqual([]);
    const problems = rows.filter(({ reasons }) => reasons.some((reason) => isProblem(all, reason)));
    expect(problems.length).toBeGreaterThan(8);
    const short = problems.filter(({ text }) => text.split(/\s+/).length < remedyWordsMin);
    expect(short.flatMap(pairsOf)).toEqual([]);
  });

  test('links to runbooks that know the reason', () => {
    const unknown = rows.flatMap(({ reasons, text }) =>
      [...text.matchAll(/\]\((runbooks\/[\w-]+\.md)/g)].flatMap(([, file = '']) => {
        const runbook = readFileSync(new URL(file, docs), 'utf8');
        return reasons.filter((reason) => !runbook.includes(reason)).map((reason) => `${file} ${reason}`);
      }),
    );
    expect(unknown).toEqual([]);
  });
});
