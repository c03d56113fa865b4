/**
 * Names of instruments and bars as keys of maps. In: names. Out: texts that are equal only if the names are, whatever
 * characters they hold.
 */

/** The key of an instrument. */
export function instrumentKey(dataset: string, symbol: string): string {
  return `${dataset.length} ${dataset}${symbol}`;
}

/** The key of an interval and profile. Neither has a space. */
export function seriesKey(interval: string, profile: string): string {
  return `${interval} ${profile}`;
}

/** The names in a key of an instrument. */
export function instrumentNameOf(key: string): { readonly dataset: string; readonly symbol: string } {
  const from = key.indexOf(' ') + 1;
  const to = from + Number(key.slice(0, from - 1));
  return { dataset: key.slice(from, to), symbol: key.slice(to) };
}
