/**
 * What holds of every list of codes, on every tape and in every era: codes only take away, and their order and their
 * repetition do not count. fast-check prints the seed of a failure.
 */
import fc from 'fast-check';
import { test } from 'vitest';
import { Tape } from '../market/tick.ts';
import { eligibility, ruleVersions } from './eligibility.ts';
import { Eligible } from './profile.ts';
import { sipRules } from './sip-rules.ts';

const code = fc.oneof(fc.constantFrom(...sipRules.map((rule) => rule.code)), fc.string({ maxLength: 3 }));
const codes = fc.array(code, { maxLength: 5 });
const version = fc.integer({ min: 0, max: ruleVersions.length - 1 });
const tape = fc.constantFrom(...Object.values(Tape));

/** How much a mask lets a trade set of open and close: 0 nothing, 1 if it is first, 2 always. */
function lastRank(bits: number): number {
  if ((bits & Eligible.last) !== 0) return 2;
  return (bits & Eligible.lastIfFirst) !== 0 ? 1 : 0;
}

function allowsAtMost(bits: number, bound: number): boolean {
  const columns = Eligible.highLow | Eligible.volume;
  return (bits & columns & ~bound) === 0 && lastRank(bits) <= lastRank(bound);
}

test('a further code never lets a trade set more', () => {
  fc.assert(
    fc.property(version, tape, codes, code, (era, onTape, before, added) => {
      const bound = eligibility('sip', era, onTape, before);
      return allowsAtMost(eligibility('sip', era, onTape, [...before, added]), bound);
    }),
  );
});

test('the order of codes and their repetition do not count', () => {
  fc.assert(
    fc.property(version, tape, codes, (era, onTape, list) => {
      const bits = eligibility('sip', era, onTape, list);
      return eligibility('sip', era, onTape, [...list, ...list.toReversed()]) === bits;
    }),
  );
});

test('an unknown tape allows no more than any tape that knows every code', () => {
  fc.assert(
    fc.property(version, fc.constantFrom(Tape.a, Tape.b, Tape.c), fc.constantFrom(...sipRules), (era, onTape, rule) => {
      const plan = onTape === Tape.c ? 'utp' : 'cta';
      const untilDay = ruleVersions[era]?.untilDay ?? Infinity;
      const inForce = rule.from < untilDay && untilDay <= rule.until && (rule.tapes === 'all' || rule.tapes === plan);
      fc.pre(inForce);
      const bound = eligibility('sip', era, onTape, [rule.code]);
      return allowsAtMost(eligibility('sip', era, Tape.unknown, [rule.code]), bound);
    }),
  );
});

test('last and last-if-first never come together', () => {
  fc.assert(
    fc.property(version, tape, codes, (era, onTape, list) => {
      const both = Eligible.last | Eligible.lastIfFirst;
      return (eligibility('sip', era, onTape, list) & both) !== both;
    }),
  );
});
