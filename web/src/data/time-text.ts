/**
 * Times for people, always in UTC and always saying so. In: seconds or ms since the Unix epoch. Out: short texts of even
 * width that are the same on every machine, whatever its language and zone.
 */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `13:30:05` */
export function clockText(sec: number): string {
  return isoOf(sec).slice(11, 19);
}

/** `8 Oct 2013` */
export function dateText(sec: number): string {
  const date = new Date(sec * 1_000);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** `Tue 8 Oct 2013  13:30:00 UTC`; of a bar of a day or more only the date. */
export function barTimeText(sec: number, isDaily: boolean): string {
  const date = `${days[new Date(sec * 1_000).getUTCDay()]} ${dateText(sec)}`;
  return isDaily ? date : `${date}  ${clockText(sec)} UTC`;
}

/** A mark on the time axis: a year, a month, a day, or a time of day with seconds where there are any. */
export function axisText(sec: number, weight: 'year' | 'month' | 'day' | 'time'): string {
  const date = new Date(sec * 1_000);
  if (weight === 'year') return String(date.getUTCFullYear());
  if (weight === 'month') return String(months[date.getUTCMonth()]);
  if (weight === 'day') return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
  return date.getUTCSeconds() === 0 ? clockText(sec).slice(0, 5) : clockText(sec);
}

/**
 * The second at which a bar stands on the time axis. A day's bar stands on its trading date, at midnight UTC: its own
 * start can be the evening before, as that of London is in summer. The middle of it is on the right day.
 */
export function axisSecond(startSec: number, endSec: number, isDaily: boolean): number {
  if (!isDaily) return startSec;
  return Math.floor((startSec + endSec) / 2 / 86_400) * 86_400;
}

/** A duration in two digits or so: `8 ms`, `1.2 s`, `45 s`, `3 min`, `2 h`, `5 d`. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 119_500) return `${Math.round(ms / 1_000)} s`;
  if (ms < 120 * 60_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 48 * 3_600_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

function isoOf(sec: number): string {
  return new Date(sec * 1_000).toISOString();
}
