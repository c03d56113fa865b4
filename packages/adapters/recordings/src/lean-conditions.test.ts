/** The bits of Lean's mask as codes of the rule table: one code a bit, both ways, with the meaning the bit's name has. */
import { Tape, isKnownCondition, ruleVersionAt } from '@tapeline/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  codeOfLeanBit,
  conditionsOfLeanMask,
  conditionsOfLeanQuoteMask,
  leanMaskOf,
  leanMaskOfConditions,
} from './lean-conditions.ts';

test('each of the 32 bits has a code of its own', () => {
  expect(codeOfLeanBit.length).toBe(32);
  expect(new Set(codeOfLeanBit).size).toBe(32);
});

test('every code but that of the bit without a name is in the rule table on every date', () => {
  for (const tradingDate of [0, 15_986, 17_533]) {
    const version = ruleVersionAt(tradingDate);
    expect(codeOfLeanBit.filter((code) => !isKnownCondition(version, Tape.unknown, code))).toEqual(['BIT_30']);
  }
});

test('a mask comes back from its codes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      (mask) => leanMaskOfConditions(conditionsOfLeanMask(mask)) === mask,
    ),
  );
  expect(leanMaskOfConditions(['F', 'I'])).toBe(Number.NaN);
});

test('masks of real trades are read as what they were', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['0', ''],
    ['1', '@'],
    ['20', 'F'],
    ['20000020', 'F TTE'],
    ['2000', 'T'],
    ['20002020', 'F T TTE'],
    ['20100200', '4 W TTE'],
    ['4800', 'L Z'],
    ['6004', 'N T Z'],
    ['1000000', 'M'],
    ['4000000', 'Q'],
    ['80000000', 'ODD_LOT'],
    ['8000000', 'CAP'],
    ['400', 'FORM_T'],
    ['20000', 'BUNCHED'],
  ];
  for (const [hex, codes] of rows) expect([hex, conditionsOfLeanMask(leanMaskOf(hex)).join(' ')]).toEqual([hex, codes]);
});

test('text that is no hexadecimal mask of 32 bits is NaN', () => {
  for (const text of ['', 'g', '0x1', '-1', '100000000', ' 1']) expect(leanMaskOf(text)).toBe(Number.NaN);
  expect(leanMaskOf('FFFFFFFF')).toBe(0xffff_ffff);
});

test('the mask of a quote keeps its bits by number', () => {
  expect(conditionsOfLeanQuoteMask(0)).toEqual([]);
  expect(conditionsOfLeanQuoteMask(1)).toEqual(['@']);
  expect(conditionsOfLeanQuoteMask(0x808)).toEqual(['QUOTE_BIT_3', 'QUOTE_BIT_11']);
});
