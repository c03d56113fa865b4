/**
 * The options of `tapeline bars`. In: text. Out: values with their bounds checked. Law 7: the horizon bounds what is
 * kept in memory, so it has a bound itself.
 */
import { type Interval, type ProfileName, builtInCalendarNames, parseInterval, profileNames } from '@tapeline/domain';
import type { Option, OptionReading, OptionValues, OptionWithDefault } from '@tapeline/runtime';

/** How bars are written. */
export type BarFormat = 'csv' | 'ndjson';

const formats: readonly BarFormat[] = ['csv', 'ndjson'];
const datasetCharsMax = 64;
const horizonDaysMax = 366;
const msOf: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration such as `90s`, `15m`, `24h` or `7d` as ms; 0 to 366 days. */
export function readHorizon(text: string): OptionReading<number> {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = digits === '' ? Number.NaN : Number(digits) * (msOf[unit] ?? Number.NaN);
  if (ms <= horizonDaysMax * 86_400_000) return { value: ms };
  return { problem: `is no duration from 0s to ${horizonDaysMax}d; write a number and s, m, h or d, such as 24h` };
}

/** The options by name. */
export type BarsOptions = {
  readonly interval: OptionWithDefault<Interval>;
  readonly profile: OptionWithDefault<ProfileName>;
  readonly dataset: Option<string>;
  readonly calendar: Option<string>;
  readonly horizon: OptionWithDefault<number>;
  readonly format: Option<BarFormat>;
  readonly out: Option<string>;
};

/** Their values: the horizon in ms, the others as their types say. */
export type BarsSettings = OptionValues<BarsOptions>;

/** The options in the order of the help. */
export const barsOptions: BarsOptions = {
  interval: {
    placeholder: '1m',
    help:
      'Length of a bar: seconds that divide a minute (1s to 30s), minutes (1m to 1439m), hours (1h to 23h) or 1d, ' +
      'the trading date.',
    default: '1m',
    read: (text) => {
      const interval = parseInterval(text);
      if (!('code' in interval)) return { value: interval };
      return { problem: 'is not possible; take 1s 2s 3s 4s 5s 6s 10s 12s 15s 20s 30s, 1m to 1439m, 1h to 23h or 1d' };
    },
  },
  profile: {
    placeholder: profileNames.join('|'),
    help: 'Which trades count: all, or those that the rules of the US consolidated tapes let set each column.',
    default: 'all',
    read: oneOf(profileNames),
  },
  dataset: {
    placeholder: 'NAME',
    help:
      'Where the ticks come from, 1 to 64 characters; an instrument is a dataset and a symbol. ' +
      'Default: lean-us-equity, binance-spot or csv, as the file is.',
    read: (text) =>
      text.length <= datasetCharsMax && /^[!-~]+$/.test(text)
        ? { value: text }
        : {
            problem: `is not 1 to ${datasetCharsMax} printable ASCII characters without a space; shorten or correct it`,
          },
  },
  calendar: {
    placeholder: 'NAME',
    help:
      `Trading sessions: ${builtInCalendarNames.join(', ')}. ` +
      'Default: XNYS for US files (Lean; CSV with tape or conditions), else 24/7.',
    read: oneOf(builtInCalendarNames),
  },
  horizon: {
    placeholder: '24h',
    help:
      'How late a row may be, by event time after the end of its bar, and still count; 0s to 366d. ' +
      'A bar stays in memory so long.',
    default: '24h',
    read: readHorizon,
  },
  format: {
    placeholder: formats.join('|'),
    help: 'How bars are written. Default: by the ending of --out (.csv, .ndjson, .jsonl), else csv.',
    read: oneOf(formats),
  },
  out: {
    placeholder: 'FILE',
    help: 'Where to write; the file appears when it is whole. Default: standard output, also for -.',
    read: (text) =>
      /\.gz$/i.test(text)
        ? {
            problem:
              'ends in .gz, and bars are written unpacked; leave .gz away, or write to standard output and pipe it through gzip',
          }
        : text === ''
          ? { problem: 'is empty; name a file' }
          : { value: text },
  },
};

function oneOf<Value extends string>(values: readonly Value[]): (text: string) => OptionReading<Value> {
  return (text) => {
    const value = values.find((candidate) => candidate === text);
    return value === undefined ? { problem: `is none of ${values.join(', ')}; take one of them` } : { value };
  };
}
