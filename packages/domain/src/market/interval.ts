/**
 * Lengths of bars. In: names such as `1m`. Out: an `Interval`, or a problem that says which are possible. Rule:
 * intervals that divide the hour are aligned to the Unix epoch; longer or odd ones are anchored at the session's
 * open and never cross a session's end; `1d` is the trading date.
 */

/** How bars of an interval are cut: on multiples since the epoch, from each session's start, or by trading date. */
export type Alignment = 'epoch' | 'session' | 'date';

/** One length of bar. `seconds` of `1d` is nominal: a date with a change of clocks has 23 or 25 hours. */
export type Interval = { readonly name: string; readonly seconds: number; readonly alignment: Alignment };

/** A name that is no interval. */
export type IntervalProblem = {
  readonly code: 'INTERVAL_UNSUPPORTED';
  readonly text: string;
  readonly message: string;
};

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The interval that `text` names, under its shortest name: `60s` is `1m`. */
export function parseInterval(text: string): Interval | IntervalProblem {
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,4})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (secondsOf[unit] ?? 0);
  const whole = seconds > 0 && (seconds < 60 ? 60 % seconds === 0 : seconds % 60 === 0) && seconds <= 86_400;
  if (!whole) {
    const message =
      `interval '${text}' is not possible: take seconds that divide a minute (1s 2s 3s 4s 5s 6s 10s 12s 15s 20s 30s), ` +
      'whole minutes up to 1439m, whole hours up to 23h, or 1d';
    return { code: 'INTERVAL_UNSUPPORTED', text, message };
  }
  if (seconds === 86_400) return { name: '1d', seconds, alignment: 'date' };
  const name = seconds % 3600 === 0 ? `${seconds / 3600}h` : seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
  return { name, seconds, alignment: 3600 % seconds === 0 ? 'epoch' : 'session' };
}
