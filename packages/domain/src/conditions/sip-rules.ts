/**
 * The consolidated sale-condition rules of the US tapes, as versioned, dated, per-tape data. In: nothing. Out: one row
 * for each code, tape plan and stretch of trading dates, saying which columns of a bar such a trade may set. Rows that
 * share a code never overlap on a tape and a date. docs/conditions.md is this table for readers; change both together.
 */
import { daysFromCivil } from '../sessions/civil-date.ts';

/** CTA runs tapes A and B (feed CTS), UTP runs tape C (feed UTDF). */
export type TapePlan = 'cta' | 'utp';

/** `ifFirst`: sets open and close only as the first trade of its trading date that sets a price. */
export type LastRule = 'yes' | 'no' | 'ifFirst';

/** Which columns a trade may set. */
export type SipColumns = { readonly highLow: boolean; readonly last: LastRule; readonly volume: boolean };

/** One rule. A trade that carries the code may set at most these columns. */
export type SipRule = SipColumns & {
  /** 1 to 16 characters without a space; letters and digits alone as on the tapes, longer ones as recordings need. */
  readonly code: string;
  readonly name: string;
  readonly tapes: TapePlan | 'all';
  /** First trading date in force, days since 1970-01-01; -Infinity = since ever. */
  readonly from: number;
  /** First trading date no longer in force; Infinity = still in force. */
  readonly until: number;
  /** Where the rule is written. */
  readonly source: string;
};

/** From this trading date `I` is an odd lot (UTP Vendor Alert 2013-6); before it CTS knew it as a CAP election. */
export const oddLotFromDay: number = daysFromCivil(2013, 10, 21);

/** From this trading date `V` is a contingent trade and `7` a qualified one (UTP Vendor Alert 2015-4). */
export const contingentFromDay: number = daysFromCivil(2015, 7, 27);

const everything: SipColumns = { highLow: true, last: 'yes', volume: true };
const lastIfFirst: SipColumns = { highLow: true, last: 'ifFirst', volume: true };
const volumeOnly: SipColumns = { highLow: false, last: 'no', volume: true };
const nothing: SipColumns = { highLow: false, last: 'no', volume: false };
const pricesOnly: SipColumns = { highLow: true, last: 'yes', volume: false };

const ever = { tapes: 'all', from: -Infinity, until: Infinity } as const;
const onCta = { ...ever, tapes: 'cta' } as const;
const onUtp = { ...ever, tapes: 'utp' } as const;

const matrix = 'UTDF 7.5 and CTS, sale condition matrix';
const utdf = 'UTDF 7.5, sale condition matrix';
const cts = 'CTS, sale condition matrix';
const alert2013 = 'UTP Vendor Alert 2013-6';
const alert2015 = 'UTP Vendor Alert 2015-4';
const recordings = 'the condition bits of Lean recordings, which name the condition and no code';

/** Every rule, those that count fully first. A blank code is read as `@`. */
export const sipRules: readonly SipRule[] = [
  { code: '@', name: 'regular sale', ...everything, ...ever, source: matrix },
  { code: 'F', name: 'intermarket sweep', ...everything, ...ever, source: matrix },
  { code: 'E', name: 'automatic execution', ...everything, ...onCta, source: cts },
  { code: 'O', name: 'opening print', ...everything, ...ever, source: matrix },
  { code: '5', name: 'reopening print', ...everything, ...ever, source: matrix },
  { code: '6', name: 'closing print', ...everything, ...ever, source: matrix },
  { code: 'X', name: 'cross trade', ...everything, ...ever, source: matrix },
  { code: 'K', name: 'rule 127 or rule 155', ...everything, ...ever, source: matrix },
  { code: 'S', name: 'split trade', ...everything, ...ever, source: utdf },
  { code: 'Y', name: 'yellow flag', ...everything, ...ever, source: utdf },
  { code: 'A', name: 'acquisition', ...everything, ...ever, source: utdf },
  { code: 'D', name: 'distribution', ...everything, ...ever, source: matrix },
  { code: '1', name: 'stopped stock', ...everything, ...ever, source: utdf },
  { code: 'B', name: 'bunched trade', ...everything, ...onUtp, source: utdf },
  { code: 'I', name: 'CAP election', ...everything, ...onCta, until: oddLotFromDay, source: cts },
  { code: 'V', name: 'stock-option trade', ...everything, ...ever, until: contingentFromDay, source: alert2015 },
  { code: 'TTE', name: 'trade-through exempt', ...everything, ...ever, source: 'CTS, a field of its own; no effect' },
  { code: 'CAP', name: 'CAP election', ...everything, ...ever, source: recordings },
  { code: 'BUNCHED', name: 'bunched trade', ...everything, ...ever, source: recordings },
  // The matrix puts a footnote to this yes; the rule here is the plain yes.
  { code: 'L', name: 'sold last', ...everything, ...ever, source: matrix },
  { code: 'G', name: 'bunched sold', ...lastIfFirst, ...ever, source: matrix },
  { code: '4', name: 'derivatively priced', ...lastIfFirst, ...ever, source: matrix },
  { code: 'P', name: 'prior reference price', ...lastIfFirst, ...ever, source: matrix },
  { code: 'R', name: 'seller', ...lastIfFirst, ...ever, source: matrix },
  { code: 'Z', name: 'sold out of sequence', ...lastIfFirst, ...ever, source: matrix },
  { code: 'I', name: 'odd lot', ...volumeOnly, ...ever, from: oddLotFromDay, source: alert2013 },
  { code: 'W', name: 'average price', ...volumeOnly, ...ever, source: utdf },
  { code: 'B', name: 'average price', ...volumeOnly, ...onCta, source: cts },
  { code: 'C', name: 'cash', ...volumeOnly, ...ever, source: matrix },
  { code: 'N', name: 'next day', ...volumeOnly, ...ever, source: matrix },
  { code: 'H', name: 'price variation', ...volumeOnly, ...ever, source: matrix },
  { code: 'T', name: 'form T, extended hours', ...volumeOnly, ...ever, source: matrix },
  { code: 'U', name: 'extended hours, sold out of sequence', ...volumeOnly, ...ever, source: matrix },
  { code: 'V', name: 'contingent trade', ...volumeOnly, ...ever, from: contingentFromDay, source: alert2015 },
  { code: '7', name: 'qualified contingent trade', ...volumeOnly, ...ever, from: contingentFromDay, source: alert2015 },
  { code: 'FORM_T', name: 'form T', ...volumeOnly, ...ever, source: recordings },
  { code: 'ODD_LOT', name: 'odd lot', ...volumeOnly, ...ever, source: recordings },
  { code: 'M', name: 'official close', ...nothing, ...ever, source: 'UTDF 7.5.3: its volume is counted elsewhere' },
  { code: 'Q', name: 'official open', ...nothing, ...ever, source: 'UTDF 7.5.3: its volume is counted elsewhere' },
  // Without a first date, though announced with the odd lot: until then the code was reserved and on no trade.
  { code: '9', name: 'corrected consolidated close', ...pricesOnly, ...ever, source: alert2013 },
];
