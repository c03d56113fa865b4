/**
 * How much is published while instruments move. In: TAPELINE_MOVES_RATE. Out: trades a second of all publishers together. The proof asks
 * for 50,000; servers, services, publishers and the judge share the machine, and two cores do not carry that, so the default is small.
 */

/** Trades a second where nobody says. */
export const movedRateDefault = 1_500;

/** Throws `RangeError` for what is no whole number from 100 to 100,000. */
export function movedRate(env: NodeJS.ProcessEnv = process.env): number {
  const rate = Number(env['TAPELINE_MOVES_RATE'] ?? movedRateDefault);
  if (Number.isInteger(rate) && rate >= 100 && rate <= 100_000) return rate;
  throw new RangeError(`TAPELINE_MOVES_RATE is ${rate}; it is a whole number from 100 to 100000`);
}
