/**
 * The trading day of the simulated exchange. In: a time. Out: which session it is and how busy that part of it is. The
 * exchange never sleeps: four sessions a day of six hours each, UTC, with an auction at each end, busy at both ends and
 * quiet in the middle, as the day of a stock exchange is.
 */

/** Length of a session, seconds. */
export const sessionSec = 21_600;

/** Pause between the closing auction of a session and the opening auction of the next, microseconds. */
export const breakUs = 1_500_000;

/** Start of the session after the one that holds the moment, microseconds since the Unix epoch. */
export function nextSessionUs(atUs: number): number {
  const lengthUs = sessionSec * 1_000_000;
  return (Math.floor(atUs / lengthUs) + 1) * lengthUs;
}

/** Activity at a time in seconds, 1 on average over a session: 2.2 at its ends, 0.7 in its middle. */
export function activity(sec: number): number {
  const fromMiddle = ((sec % sessionSec) / sessionSec) * 2 - 1;
  return 0.7 + 1.5 * fromMiddle ** 4;
}
