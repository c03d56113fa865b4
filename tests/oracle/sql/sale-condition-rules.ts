/**
 * The consolidated sale-condition rules as SQL tables, written from the specifications' matrix (UTDF 7.5, CTS) and not
 * from the product's table. In: nothing. Out: `VALUES` lists: what each code allows by plan and trading date, and which
 * code each bit of a Lean recording stands for.
 */

/** Rank of a rule for open and close: 0 never, 1 only as the first such trade of the date, 2 always. */
const never = 0;
const ifFirst = 1;
const always = 2;

/** Plan and dates of a rule that holds on every tape and ever. */
const everywhere = ['both', '-infinity', 'infinity'] as const;

/** Codes of one row of the matrix, with what the row says: high/low, last, volume. */
const matrix: readonly (readonly [string, boolean, number, boolean])[] = [
  ['@ F O 5 6 X K S Y A D 1', true, always, true],
  ['L', true, always, true],
  ['G 4 P R Z', true, ifFirst, true],
  ['W C N H T U', false, never, true],
  ['M Q', false, never, false],
  ['9', true, always, false],
];

/** Codes that depend on plan or date: code, plan, first date, first date after, high/low, last, volume. */
const special: readonly (readonly [string, string, string, string, boolean, number, boolean])[] = [
  ['E', 'cta', '-infinity', 'infinity', true, always, true],
  // Bunched on UTP, an average price on CTA.
  ['B', 'utp', '-infinity', 'infinity', true, always, true],
  ['B', 'cta', '-infinity', 'infinity', false, never, true],
  // An odd lot since 2013-10-21; before, a CAP election, which only CTS had.
  ['I', 'cta', '-infinity', '2013-10-21', true, always, true],
  ['I', 'both', '2013-10-21', 'infinity', false, never, true],
  // A stock-option trade until the contingent trades came on 2015-07-27.
  ['V', 'both', '-infinity', '2015-07-27', true, always, true],
  ['V', 'both', '2015-07-27', 'infinity', false, never, true],
  ['7', 'both', '2015-07-27', 'infinity', false, never, true],
];

/** What Lean's bits mean that have no letter of their own: as special, for every date and plan. */
const leanWords: readonly (readonly [string, boolean, number, boolean])[] = [
  ['lean-bunched', true, always, true],
  ['lean-cap-election', true, always, true],
  ['lean-trade-through-exempt', true, always, true],
  ['lean-odd-lot', false, never, true],
];

/** Code of each bit of a Lean recording, by bit number. */
const leanCodes: readonly string[] = [
  // 0 to 9: regular, cash, next day, seller, yellow flag, sweep, opening, closing, reopening, derivatively priced.
  '@ C N R Y F O 6 5 4',
  // 10 to 19: form T, sold last, stopped, extended hours, out of sequence, split, acquisition, bunched, stock option, distribution.
  'T L 1 T Z S A lean-bunched V D',
  // 20 to 29: average price, cross, price variation, rule 155, official close, prior reference price, official open, CAP
  // election, automatic execution, trade-through exempt.
  'W X H K M P Q lean-cap-election E lean-trade-through-exempt',
  // 30 has no name; 31 is an odd lot.
  'lean-nameless lean-odd-lot',
].flatMap((codes) => codes.split(' '));

/** `rules(code, plan, from_date, until_date, high_low, last_rank, counts)`; `plan` is cta, utp or both. */
export const ruleTable: string = `
  CREATE TABLE rules AS
  SELECT * FROM (VALUES ${[
    ...matrix.flatMap(([codes, ...columns]) =>
      codes.split(' ').map((code) => ruleRow(code, ...everywhere, ...columns)),
    ),
    ...leanWords.map(([code, ...columns]) => ruleRow(code, ...everywhere, ...columns)),
    ...special.map((row) => ruleRow(...row)),
  ].join(', ')}) AS rule(code, plan, from_date, until_date, high_low, last_rank, counts)`;

/** `lean_bits(bit, code)`. */
export const leanBitTable: string = `
  CREATE TABLE lean_bits AS
  SELECT * FROM (VALUES ${leanCodes.map((code, bit) => `(${bit}, '${code}')`).join(', ')}) AS lean(bit, code)`;

/**
 * `eligibility(codes, tape, trading_date, high_low, last_rank, counts)` for all that `printed` has: of several codes
 * the strictest wins in every column; a code that no rule in force knows counts for volume only; an unknown tape reads
 * a code as the strictest of the plans that know it.
 */
export const eligibilityTable: string = `
  CREATE TABLE eligibility AS
  WITH used AS (SELECT DISTINCT codes, tape, trading_date FROM printed),
  single AS (
    SELECT *, CASE code WHEN '' THEN '@' ELSE code END AS named
    FROM (SELECT *, unnest(string_split(codes, ' ')) AS code FROM used)
  ),
  ruled AS (
    SELECT codes, tape, trading_date, named,
      coalesce(bool_and(high_low), false) AS high_low,
      coalesce(min(last_rank), ${never}) AS last_rank,
      coalesce(bool_and(counts), true) AS counts
    FROM single LEFT JOIN rules
      ON rules.code = single.named
      AND trading_date >= from_date AND trading_date < until_date
      AND (plan = 'both' OR tape = '' OR plan = CASE tape WHEN 'C' THEN 'utp' ELSE 'cta' END)
    GROUP BY ALL
  )
  SELECT codes, tape, trading_date,
    bool_and(high_low) AS high_low, min(last_rank) AS last_rank, bool_and(counts) AS counts
  FROM ruled GROUP BY ALL`;

function ruleRow(
  code: string,
  plan: string,
  from: string,
  until: string,
  highLow: boolean,
  last: number,
  counts: boolean,
): string {
  return `('${code}', '${plan}', DATE '${from}', DATE '${until}', ${highLow}, ${last}, ${counts})`;
}
