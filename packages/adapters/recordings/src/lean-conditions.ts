/**
 * Sale conditions of Lean recordings. In: a mask with one bit for each condition. Out: the codes of the consolidated
 * rule table (domain, sip-rules.ts), and back; each bit has one code of its own, so nothing is lost either way. Bits
 * that name a condition whose letter means something else on another tape or date have a code that is a word.
 * Source of the bits: Lean's TradeConditionFlags.
 */

/** Code of each bit, by bit number. */
export const codeOfLeanBit: readonly string[] = [
  '@', // 0 regular
  'C', // 1 cash
  'N', // 2 next day
  'R', // 3 seller
  'Y', // 4 yellow flag
  'F', // 5 intermarket sweep
  'O', // 6 opening print
  '6', // 7 closing print
  '5', // 8 reopening print
  '4', // 9 derivatively priced
  'FORM_T', // 10 form T
  'L', // 11 sold last
  '1', // 12 stopped stock
  'T', // 13 extended hours, which is what the tapes write T for
  'Z', // 14 sold out of sequence
  'S', // 15 split trade
  'A', // 16 acquisition
  'BUNCHED', // 17 bunched: B on tape C, an average price on tapes A and B
  'V', // 18 stock option, and what V became later
  'D', // 19 distribution
  'W', // 20 average price
  'X', // 21 cross trade
  'H', // 22 price variation
  'K', // 23 rule 155
  'M', // 24 official close
  'P', // 25 prior reference price
  'Q', // 26 official open
  'CAP', // 27 CAP election: I before 2013-10-21
  'E', // 28 automatic execution
  'TTE', // 29 trade-through exempt
  'BIT_30', // 30 has no name; no rule knows the code, so such a trade counts for volume only and is reported
  'ODD_LOT', // 31 odd lot: I since 2013-10-21
];

/** The mask of hexadecimal text, 0 to 2^32 - 1; NaN if it is no such text. */
export function leanMaskOf(text: string): number {
  return /^[0-9a-fA-F]{1,8}$/.test(text) ? Number.parseInt(text, 16) : Number.NaN;
}

/** Codes of a mask in the order of its bits; a mask of 0 has none. */
export function conditionsOfLeanMask(mask: number): readonly string[] {
  return codeOfLeanBit.filter((_, bit) => ((mask >>> bit) & 1) === 1);
}

/** The mask of codes, 0 to 2^32 - 1; inverse of `conditionsOfLeanMask`. NaN if a code belongs to no bit. */
export function leanMaskOfConditions(conditions: readonly string[]): number {
  let mask = 0;
  for (const code of conditions) {
    const bit = codeOfLeanBit.indexOf(code);
    if (bit < 0) return Number.NaN;
    mask |= 1 << bit;
  }
  return mask >>> 0;
}

/** Codes of a quote's mask: bit 0 is a regular quote, the others have no letter on the tapes and keep their number. */
export function conditionsOfLeanQuoteMask(mask: number): readonly string[] {
  const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((mask >>> bit) & 1) === 1);
  return bits.map((bit) => (bit === 0 ? '@' : `QUOTE_BIT_${bit}`));
}
