/**
 * Which columns of a bar one trade may set. In: the profile, the era of the rules, the tape and the trade's condition
 * codes. Out: bits of `Eligible`. The rules are data (sip-rules.ts); of several codes the strictest wins per column.
 * Pure: tables are laid out once per era and tape, so an answer costs one look-up a code.
 */
import { Tape } from '../market/tick.ts';
import { Eligible } from './profile.ts';
import type { ProfileName } from './profile.ts';
import { sipRules } from './sip-rules.ts';
import type { SipColumns, SipRule, TapePlan } from './sip-rules.ts';

/** A stretch of trading dates in which no rule changes: from `fromDay` to before `untilDay`, days since 1970-01-01. */
export type RuleVersion = { readonly fromDay: number; readonly untilDay: number };

/** Every era of the rules, in order of time and without a gap; the first begins at -Infinity, the last ends at Infinity. */
export const ruleVersions: readonly RuleVersion[] = erasOf(sipRules);

const everyColumn = Eligible.highLow | Eligible.last | Eligible.volume;
/** A code that no rule knows never sets a price; its shares were traded all the same. */
const unknownCode = Eligible.volume;
const regularCode = '@';
const lastBits = { yes: Eligible.last, ifFirst: Eligible.lastIfFirst, no: 0 } as const;
const anyLast = Eligible.last | Eligible.lastIfFirst;

const plansOfTape: readonly (readonly TapePlan[])[] = plansByTape();

/** Bits by code, one map for each era and tape. */
const tables: readonly (readonly ReadonlyMap<string, number>[])[] = ruleVersions.map((version) =>
  plansOfTape.map((plans) => tableOf(version, plans)),
);

/** Index into `ruleVersions` of the era that a trading date lies in; the date counts days since 1970-01-01. */
export function ruleVersionAt(tradingDate: number): number {
  let index = 0;
  while (tradingDate >= (ruleVersions[index]?.untilDay ?? Infinity)) index += 1;
  return index;
}

/**
 * Bits of `Eligible` for a trade with these condition codes. No code, a blank one and `@` are a regular sale. Profile
 * `all` gives every column whatever the codes say. `last` and `lastIfFirst` never come together: `lastIfFirst` stands
 * alone where a code asks for it and no code forbids it. An unknown tape takes, for a code that the tapes read
 * differently, the strictest reading. Throws `RangeError` for a version that `ruleVersionAt` does not give.
 */
export function eligibility(
  profile: ProfileName,
  ruleVersion: number,
  tape: Tape,
  conditions: readonly string[],
): number {
  if (profile === 'all') return everyColumn;
  const table = tableFor(ruleVersion, tape);
  let bits: number = everyColumn;
  for (const code of conditions) {
    if (!isBlank(code)) bits = strictest(bits, table.get(code) ?? unknownCode);
  }
  return bits;
}

/**
 * Whether a rule in force knows the code; a code that none knows counts for volume only, and its reader reports it.
 * Throws `RangeError` for a version that `ruleVersionAt` does not give.
 */
export function isKnownCondition(ruleVersion: number, tape: Tape, code: string): boolean {
  return isBlank(code) || tableFor(ruleVersion, tape).has(code);
}

function tableFor(ruleVersion: number, tape: Tape): ReadonlyMap<string, number> {
  const table = tables[ruleVersion]?.[tape];
  if (table === undefined) throw new RangeError(`no rules for version ${ruleVersion} and tape ${tape}`);
  return table;
}

function isBlank(code: string): boolean {
  return code === '' || code === ' ' || code === regularCode;
}

function erasOf(rules: readonly SipRule[]): readonly RuleVersion[] {
  const bounds = new Set([-Infinity, Infinity, ...rules.flatMap((rule) => [rule.from, rule.until])]);
  const days = [...bounds].sort((a, b) => a - b);
  return days.slice(0, -1).map((fromDay, index) => ({ fromDay, untilDay: days[index + 1] ?? Infinity }));
}

function plansByTape(): readonly (readonly TapePlan[])[] {
  const plans: (readonly TapePlan[])[] = [];
  plans[Tape.unknown] = ['cta', 'utp'];
  plans[Tape.a] = ['cta'];
  plans[Tape.b] = ['cta'];
  plans[Tape.c] = ['utp'];
  return plans;
}

function tableOf(version: RuleVersion, plans: readonly TapePlan[]): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  for (const rule of sipRules) {
    const inForce = rule.from <= version.fromDay && version.untilDay <= rule.until;
    if (!inForce || !(rule.tapes === 'all' || plans.includes(rule.tapes))) continue;
    const known = table.get(rule.code);
    table.set(rule.code, known === undefined ? bitsOf(rule) : strictest(known, bitsOf(rule)));
  }
  return table;
}

function bitsOf(columns: SipColumns): number {
  const highLow = columns.highLow ? Eligible.highLow : 0;
  const volume = columns.volume ? Eligible.volume : 0;
  return highLow | volume | lastBits[columns.last];
}

function strictest(a: number, b: number): number {
  const common = a & b & (Eligible.highLow | Eligible.volume);
  const lastA = a & anyLast;
  const lastB = b & anyLast;
  if (lastA === 0 || lastB === 0) return common;
  return common | (lastA === Eligible.last && lastB === Eligible.last ? Eligible.last : Eligible.lastIfFirst);
}
