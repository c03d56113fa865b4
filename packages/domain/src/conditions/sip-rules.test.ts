/**
 * The rule table is well formed: what a rule's author can get wrong is printed row by row. What the rules mean is in
 * eligibility.test.ts.
 */
import { expect, test } from 'vitest';
import { contingentFromDay, oddLotFromDay, sipRules } from './sip-rules.ts';
import type { SipRule } from './sip-rules.ts';

/** One line a row, so that a failure shows the offender. */
function lineOf(rule: SipRule): string {
  return `${rule.code} "${rule.name}" ${rule.tapes} [${rule.from}, ${rule.until})`;
}

function overlap(a: SipRule, b: SipRule): boolean {
  const sameTape = a.tapes === 'all' || b.tapes === 'all' || a.tapes === b.tapes;
  return a.code === b.code && sameTape && a.from < b.until && b.from < a.until;
}

test('no two rows decide the same code on the same tape and date', () => {
  const offenders = sipRules.flatMap((a, index) =>
    sipRules
      .slice(index + 1)
      .filter((b) => overlap(a, b))
      .map((b) => `${lineOf(a)} and ${lineOf(b)}`),
  );
  expect(offenders).toEqual([]);
});

test('every code is 1 to 16 printable characters without a space', () => {
  expect(sipRules.filter((rule) => !/^[!-~]{1,16}$/.test(rule.code)).map(lineOf)).toEqual([]);
});

test('every row holds on at least one date and begins and ends on whole dates', () => {
  const whole = (day: number): boolean => Number.isInteger(day) || Math.abs(day) === Infinity;
  expect(
    sipRules.filter((rule) => !(rule.from < rule.until && whole(rule.from) && whole(rule.until))).map(lineOf),
  ).toEqual([]);
});

test('every row has a name and says where it is written', () => {
  expect(sipRules.filter((rule) => rule.name === '' || rule.source === '').map(lineOf)).toEqual([]);
});

test('the dated rules change on 2013-10-21 and 2015-07-27', () => {
  expect(oddLotFromDay).toBe(Date.UTC(2013, 9, 21) / 86_400_000);
  expect(contingentFromDay).toBe(Date.UTC(2015, 6, 27) / 86_400_000);
});
