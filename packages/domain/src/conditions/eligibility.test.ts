/**
 * What each rule of the table means for a bar: one test a row, written from the specifications and not from the table,
 * then the edges of dates, the tapes, and codes in combination. H = high and low, L = last and open, V = volume,
 * F = last only if first; '-' = nothing.
 */
import { expect, test } from 'vitest';
import { Tape } from '../market/tick.ts';
import { eligibility, isKnownCondition, ruleVersionAt, ruleVersions } from './eligibility.ts';
import { Eligible } from './profile.ts';
import { sipRules } from './sip-rules.ts';

const day2013 = dayOf(2013, 10, 8);
const day2014 = dayOf(2014, 6, 2);
const day2018 = dayOf(2018, 1, 2);

/** [code, name, tape, trading date, columns]: each row of docs/conditions.md once. */
const rows: readonly (readonly [string, string, Tape, number, string])[] = [
  ['@', 'regular sale', Tape.a, day2018, 'HLV'],
  ['F', 'intermarket sweep', Tape.b, day2018, 'HLV'],
  ['E', 'automatic execution', Tape.a, day2018, 'HLV'],
  ['O', 'opening print', Tape.c, day2018, 'HLV'],
  ['5', 'reopening print', Tape.c, day2018, 'HLV'],
  ['6', 'closing print', Tape.a, day2018, 'HLV'],
  ['X', 'cross trade', Tape.c, day2018, 'HLV'],
  ['K', 'rule 127 or rule 155', Tape.a, day2018, 'HLV'],
  ['S', 'split trade', Tape.c, day2018, 'HLV'],
  ['Y', 'yellow flag', Tape.c, day2018, 'HLV'],
  ['A', 'acquisition', Tape.c, day2018, 'HLV'],
  ['D', 'distribution', Tape.c, day2018, 'HLV'],
  ['1', 'stopped stock', Tape.c, day2018, 'HLV'],
  ['B', 'bunched trade', Tape.c, day2018, 'HLV'],
  ['I', 'CAP election', Tape.a, day2013, 'HLV'],
  ['V', 'stock-option trade', Tape.c, day2014, 'HLV'],
  ['TTE', 'trade-through exempt', Tape.a, day2018, 'HLV'],
  ['CAP', 'CAP election', Tape.unknown, day2018, 'HLV'],
  ['BUNCHED', 'bunched trade', Tape.unknown, day2018, 'HLV'],
  ['L', 'sold last', Tape.a, day2018, 'HLV'],
  ['G', 'bunched sold', Tape.c, day2018, 'HFV'],
  ['4', 'derivatively priced', Tape.a, day2018, 'HFV'],
  ['P', 'prior reference price', Tape.a, day2018, 'HFV'],
  ['R', 'seller', Tape.c, day2018, 'HFV'],
  ['Z', 'sold out of sequence', Tape.a, day2018, 'HFV'],
  ['I', 'odd lot', Tape.a, day2018, 'V'],
  ['W', 'average price', Tape.c, day2018, 'V'],
  ['B', 'average price', Tape.b, day2018, 'V'],
  ['C', 'cash', Tape.a, day2018, 'V'],
  ['N', 'next day', Tape.a, day2018, 'V'],
  ['H', 'price variation', Tape.a, day2018, 'V'],
  ['T', 'form T, extended hours', Tape.c, day2018, 'V'],
  ['U', 'extended hours, sold out of sequence', Tape.a, day2018, 'V'],
  ['V', 'contingent trade', Tape.a, day2018, 'V'],
  ['7', 'qualified contingent trade', Tape.c, day2018, 'V'],
  ['FORM_T', 'form T', Tape.unknown, day2018, 'V'],
  ['ODD_LOT', 'odd lot', Tape.unknown, day2013, 'V'],
  ['M', 'official close', Tape.a, day2018, '-'],
  ['Q', 'official open', Tape.c, day2018, '-'],
  ['9', 'corrected consolidated close', Tape.a, day2018, 'HL'],
];

for (const [code, name, tape, day, columns] of rows) {
  test(`${code} (${name}) sets ${columns}`, () => {
    expect(sip(day, tape, code)).toBe(columns);
    expect(isKnownCondition(ruleVersionAt(day), tape, code)).toBe(true);
  });
}

test('every row of the table is cited above', () => {
  const cited = new Set(rows.map(([code, name]) => `${code} ${name}`));
  expect(sipRules.map((rule) => `${rule.code} ${rule.name}`).filter((row) => !cited.has(row))).toEqual([]);
  expect(sipRules.length).toBe(rows.length);
});

test('the eras follow each other without a gap and every date lies in exactly one', () => {
  expect(ruleVersions[0]?.fromDay).toBe(-Infinity);
  expect(ruleVersions.at(-1)?.untilDay).toBe(Infinity);
  for (const [index, version] of ruleVersions.slice(1).entries()) {
    expect(version.fromDay).toBe(ruleVersions[index]?.untilDay);
  }
  const days = [
    -1_000_000,
    0,
    day2013,
    dayOf(2013, 10, 20),
    dayOf(2013, 10, 21),
    dayOf(2015, 7, 26),
    dayOf(2015, 7, 27),
  ];
  expect(days.map(ruleVersionAt)).toEqual([0, 0, 0, 0, 1, 1, 2]);
  expect(ruleVersionAt(10_000_000)).toBe(ruleVersions.length - 1);
});

test('I becomes an odd lot on 2013-10-21', () => {
  expect(sip(dayOf(2013, 10, 20), Tape.a, 'I')).toBe('HLV');
  expect(sip(dayOf(2013, 10, 21), Tape.a, 'I')).toBe('V');
});

test('before 2013-10-21 only CTS knew the code I', () => {
  expect(isKnownCondition(ruleVersionAt(day2013), Tape.c, 'I')).toBe(false);
  expect(sip(day2013, Tape.c, 'I')).toBe('V');
});

test('V turns from a stock-option trade into a contingent trade on 2015-07-27, and 7 comes in', () => {
  expect(sip(dayOf(2015, 7, 26), Tape.a, 'V')).toBe('HLV');
  expect(sip(dayOf(2015, 7, 27), Tape.a, 'V')).toBe('V');
  expect(isKnownCondition(ruleVersionAt(dayOf(2015, 7, 26)), Tape.a, '7')).toBe(false);
  expect(isKnownCondition(ruleVersionAt(dayOf(2015, 7, 27)), Tape.a, '7')).toBe(true);
});

test('B is an average price on tapes A and B and a bunched trade on tape C', () => {
  expect([Tape.a, Tape.b, Tape.c].map((tape) => sip(day2018, tape, 'B'))).toEqual(['V', 'V', 'HLV']);
});

test('on an unknown tape a code that the tapes read differently takes the strictest reading', () => {
  expect(sip(day2018, Tape.unknown, 'B')).toBe('V');
});

test('on an unknown tape a code that only one tape has is read as that tape reads it', () => {
  expect(sip(day2018, Tape.unknown, 'E')).toBe('HLV');
  expect(sip(day2013, Tape.unknown, 'I')).toBe('HLV');
  expect(sip(day2018, Tape.c, 'E')).toBe('V');
});

test('no code and a blank one are a regular sale', () => {
  for (const conditions of [[], [''], [' '], ['@'], ['@', ' ', '']]) {
    expect(text(eligibility('sip', ruleVersionAt(day2018), Tape.a, conditions))).toBe('HLV');
  }
  expect(isKnownCondition(ruleVersionAt(day2018), Tape.a, ' ')).toBe(true);
});

test('a code that no rule knows counts for volume only', () => {
  expect(sip(day2018, Tape.a, '?')).toBe('V');
  expect(isKnownCondition(ruleVersionAt(day2018), Tape.a, '?')).toBe(false);
});

test('codes are told apart by case', () => {
  expect(isKnownCondition(ruleVersionAt(day2018), Tape.a, 'f')).toBe(false);
});

test('of several codes the strictest wins in every column', () => {
  const combinations: readonly (readonly [string, string])[] = [
    ['@ F', 'HLV'],
    ['F I', 'V'],
    ['@ Z', 'HFV'],
    ['L Z', 'HFV'],
    ['Z P', 'HFV'],
    ['Z I', 'V'],
    ['4 W', 'V'],
    ['T Z', 'V'],
    ['6 TTE', 'HLV'],
    ['M F', '-'],
    ['9 F', 'HL'],
    ['9 Z', 'HF'],
    ['9 I', '-'],
    ['9 M', '-'],
    ['? M', '-'],
    ['? F', 'V'],
  ];
  const offenders = combinations.filter(([codes, columns]) => sip(day2018, Tape.a, ...codes.split(' ')) !== columns);
  expect(offenders).toEqual([]);
});

test('profile all counts every trade for everything', () => {
  const everything = Eligible.highLow | Eligible.last | Eligible.volume;
  for (const { code } of sipRules) expect(eligibility('all', 0, Tape.a, [code])).toBe(everything);
  expect(eligibility('all', 0, Tape.unknown, ['?'])).toBe(everything);
});

test('a version that does not exist is an error and no rule', () => {
  expect(() => eligibility('sip', ruleVersions.length, Tape.a, [])).toThrow(RangeError);
  expect(() => isKnownCondition(-1, Tape.a, 'F')).toThrow(RangeError);
});

function sip(day: number, tape: Tape, ...codes: readonly string[]): string {
  return text(eligibility('sip', ruleVersionAt(day), tape, codes));
}

function text(bits: number): string {
  const letters = [
    (bits & Eligible.highLow) !== 0 ? 'H' : '',
    (bits & Eligible.last) !== 0 ? 'L' : '',
    (bits & Eligible.lastIfFirst) !== 0 ? 'F' : '',
    (bits & Eligible.volume) !== 0 ? 'V' : '',
  ].join('');
  return letters === '' ? '-' : letters;
}

function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / 86_400_000;
}
