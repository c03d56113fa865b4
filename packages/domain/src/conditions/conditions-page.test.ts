/** docs/conditions.md shows the rule table row by row; a rule that is changed in one place only is printed. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatDate } from '../sessions/civil-date.ts';
import { sipRules } from './sip-rules.ts';
import type { SipRule } from './sip-rules.ts';

const page = readFileSync(new URL('../../../../docs/conditions.md', import.meta.url), 'utf8');

function rowOf(rule: SipRule): string {
  const tapes = rule.tapes === 'all' ? 'all' : rule.tapes.toUpperCase();
  const last = rule.last === 'ifFirst' ? 'if first' : rule.last;
  const cells = [`\`${rule.code}\``, rule.name, tapes, yesOrNo(rule.highLow), last, yesOrNo(rule.volume)];
  return `| ${[...cells, dateOf(rule.from), dateOf(rule.until)].join(' | ')} |`;
}

function yesOrNo(allowed: boolean): string {
  return allowed ? 'yes' : 'no';
}

function dateOf(day: number): string {
  return Number.isFinite(day) ? formatDate(day) : '';
}

test('the page has every row of the table, in its order, and no other', () => {
  const rows = page.split('\n').filter((line) => /^\| `[^`]+` \|.*\| (?:yes|no) \|/.test(line));
  expect(rows).toEqual(sipRules.map(rowOf));
});
