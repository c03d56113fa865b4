/**
 * What the chart shows, as the address of the page has it. In: the part of the address behind `#`. Out: instrument,
 * interval and profile, and the other way round, so that a reload or a link shows the same chart.
 */

/** The intervals that can be chosen, the shortest first. */
export const intervals = ['1s', '5s', '1m', '5m', '15m', '1h', '1d'] as const;

/** One of them. */
export type IntervalName = (typeof intervals)[number];

/** Which trades count: all, or those that the rules of the US consolidated tapes let set each column. */
export const profiles = ['all', 'sip'] as const;

/** One of them. */
export type ProfileChoice = (typeof profiles)[number];

/** An instrument, interval and profile. */
export type ChartSelection = {
  readonly dataset: string;
  readonly symbol: string;
  readonly interval: IntervalName;
  readonly profile: ProfileChoice;
};

/** Reads `#dataset/symbol/interval/profile`; undefined where it is none. */
export function readAddress(hash: string): ChartSelection | undefined {
  const parts = hash.replace(/^#/, '').split('/').map(decoded);
  const [dataset, symbol, intervalText, profileText] = parts;
  const interval = intervals.find((name) => name === intervalText);
  const profile = profiles.find((name) => name === profileText);
  if (dataset === undefined || symbol === undefined || interval === undefined || profile === undefined)
    return undefined;
  return dataset === '' || symbol === '' || parts.length !== 4 ? undefined : { dataset, symbol, interval, profile };
}

/** Writes it. */
export function addressOf({ dataset, symbol, interval, profile }: ChartSelection): string {
  return `#${encodeURIComponent(dataset)}/${encodeURIComponent(symbol)}/${interval}/${profile}`;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    // An address that somebody cut names no chart.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
