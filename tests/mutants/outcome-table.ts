/**
 * What the hunt found, for people. In: outcomes. Out: a table with one line a mutant, a count of kills by suite, and
 * what is wrong with the remedy. Nothing is cut off, so that a test's name can be searched for.
 */
import type { Outcome } from './hunt.ts';

/** The table: mutant, verdict, seconds, rule, and the test that failed first. */
export function outcomeTable(outcomes: readonly Outcome[], suites: readonly string[], allSuites: boolean): string {
  const verdicts = allSuites ? suites : ['killed by'];
  const head = ['mutant', ...verdicts, 'seconds', 'rule', 'first failing test'];
  const rows = outcomes.map((outcome) => [
    outcome.mutant.name,
    ...(allSuites ? suites.map((suite) => markOf(outcome, suite)) : [verdictOf(outcome)]),
    (outcome.ms / 1000).toFixed(1),
    outcome.mutant.rule,
    testOf(outcome),
  ]);
  return aligned([head, ...rows]);
}

function verdictOf(outcome: Outcome): string {
  if (outcome.kind !== 'killed') return outcome.kind.toUpperCase();
  return [...outcome.by.keys()].join(' ');
}

function markOf(outcome: Outcome, suite: string): string {
  if (outcome.kind !== 'killed') return outcome.kind.toUpperCase();
  return outcome.by.has(suite) ? 'killed' : '-';
}

function testOf(outcome: Outcome): string {
  if (outcome.kind === 'killed') return [...outcome.by.values()][0]?.test ?? '';
  return outcome.kind === 'unusable' ? outcome.reason : '';
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))))
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}

/** The last lines: how many each suite killed, then one line for each mutant that fails the run. */
export function outcomeSummary(outcomes: readonly Outcome[], suites: readonly string[]): string[] {
  const killed = outcomes.filter(({ kind }) => kind === 'killed').length;
  const bySuite = suites.map((suite) => {
    const count = outcomes.filter((outcome) => outcome.kind === 'killed' && outcome.by.has(suite)).length;
    return `${suite} ${count}`;
  });
  return [
    `${killed} of ${outcomes.length} mutants killed (${bySuite.join(', ')})`,
    ...outcomes.flatMap((outcome) => (outcome.kind === 'killed' ? [] : [complaintOf(outcome)])),
  ];
}

function complaintOf(outcome: Exclude<Outcome, { kind: 'killed' }>): string {
  const { mutant } = outcome;
  if (outcome.kind === 'unusable') return `${mutant.name} ${outcome.reason}; ${outcome.remedy}.`;
  return (
    `${mutant.name} survived: no test notices that this rule is broken: ${mutant.rule}. Write a test of the rule, or, ` +
    'if nobody could see a difference, take the patch out.'
  );
}
