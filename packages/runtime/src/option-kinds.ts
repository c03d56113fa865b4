/**
 * Options of the usual kinds. In: bounds, unit, default, environment variable and help. Out: an option whose reader
 * checks just what its help says. A default outside its own bounds is a `RangeError` when the table is made.
 */
import { type Option, type OptionReading, type OptionWithDefault, quoted } from './option.ts';
import { bytesText, durationText, readBytes, readDuration } from './unit-text.ts';

/** What every kind has: what it is for, in a sentence with its full stop, and the environment variable. */
export type OptionFacts = { readonly help: string; readonly env?: string; readonly placeholder?: string };

/** Bounds of an integer, both included; `unit` is a word such as `ms`, absent for plain counts. */
export type IntegerFacts = OptionFacts & { readonly min: number; readonly max: number; readonly unit?: string };

/** An integer from `min` to `max`. */
export function integerOption(facts: IntegerFacts & { readonly default: number }): OptionWithDefault<number>;
export function integerOption(facts: IntegerFacts): Option<number>;
export function integerOption(facts: IntegerFacts & { readonly default?: number }): Option<number> {
  const { min, max, unit } = facts;
  const range = `${min} to ${max}${unit === undefined ? '' : ` ${unit}`}`;
  return option(facts, 'N', range, facts.default?.toString(), (text) => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return { value };
    return { problem: `is no whole number from ${range}; give one, such as ${facts.default ?? min}` };
  });
}

/** A decimal number from `min` to `max`, both included, such as 0.5. */
export function decimalOption(facts: IntegerFacts & { readonly default: number }): OptionWithDefault<number>;
export function decimalOption(facts: IntegerFacts): Option<number>;
export function decimalOption(facts: IntegerFacts & { readonly default?: number }): Option<number> {
  const { min, max, unit } = facts;
  const range = `${min} to ${max}${unit === undefined ? '' : ` ${unit}`}`;
  return option(facts, 'N', range, facts.default?.toString(), (text) => {
    const value = /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return { value };
    return { problem: `is no number from ${range}; give one, such as ${facts.default ?? min}` };
  });
}

/** Text of 1 to `charsMax` characters; where `pattern` is given, all of it must fit, and `form` says so in words. */
export type TextFacts = OptionFacts & {
  readonly charsMax: number;
  readonly pattern?: { readonly fits: RegExp; readonly form: string };
};

/** A text as it is. */
export function textOption(facts: TextFacts & { readonly default: string }): OptionWithDefault<string>;
export function textOption(facts: TextFacts): Option<string>;
export function textOption(facts: TextFacts & { readonly default?: string }): Option<string> {
  const { charsMax, pattern } = facts;
  return option(facts, 'TEXT', undefined, facts.default, (text) => {
    if (text === '') return { problem: 'is empty; give a text or leave the option away' };
    if (text.length > charsMax)
      return { problem: `has ${text.length} characters, the limit is ${charsMax}; shorten it` };
    if (pattern !== undefined && !pattern.fits.test(text)) return { problem: `is not ${pattern.form}; correct it` };
    return { value: text };
  });
}

/** A text that is read from the environment variable `env` alone, and never shown. */
export function secretOption(facts: TextFacts & { readonly env: string }): Option<string> {
  return { ...textOption(facts), isSecret: true };
}

/** One of a few words. */
export function choiceOption<Value extends string>(
  values: readonly Value[],
  facts: OptionFacts & { readonly default: NoInfer<Value> },
): OptionWithDefault<Value>;
export function choiceOption<Value extends string>(values: readonly Value[], facts: OptionFacts): Option<Value>;
export function choiceOption<Value extends string>(
  values: readonly Value[],
  facts: OptionFacts & { readonly default?: Value },
): Option<Value> {
  return option(facts, values.join('|'), undefined, facts.default, (text) => {
    const value = values.find((candidate) => candidate === text);
    return value === undefined ? { problem: `is none of ${values.join(', ')}; take one of them` } : { value };
  });
}

/** Bounds of a list: how many items, how long each; `separator` stands between them, a comma if absent. */
export type ListFacts = OptionFacts & {
  readonly itemsMax: number;
  readonly itemCharsMax: number;
  /** A line feed lets items hold commas, as names of files may. */
  readonly separator?: string;
};

/**
 * Texts between separators, without blanks around them. The flag may be given several times, and takes what follows it
 * up to the next option.
 */
export function listOption(facts: ListFacts & { readonly default: string }): OptionWithDefault<readonly string[]>;
export function listOption(facts: ListFacts): Option<readonly string[]>;
export function listOption(facts: ListFacts & { readonly default?: string }): Option<readonly string[]> {
  const { itemsMax, itemCharsMax, separator = ',' } = facts;
  const made = option(facts, 'A,B', undefined, facts.default, (text): OptionReading<readonly string[]> => {
    const items = text.split(separator).map((item) => item.trim());
    if (items.includes('')) return { problem: 'has an empty item; give texts with one separator between two' };
    if (items.length > itemsMax) return { problem: `has ${items.length} items, the limit is ${itemsMax}; shorten it` };
    const long = items.find((item) => item.length > itemCharsMax);
    if (long === undefined) return { value: items };
    return {
      problem: `has an item ${quoted(long)} of ${long.length} characters, the limit is ${itemCharsMax}; shorten it`,
    };
  });
  return { ...made, separator };
}

/** Bounds as texts such as `10ms`, `90s`, `15m`, `24h`, `7d`. */
export type DurationFacts = OptionFacts & { readonly min: string; readonly max: string };

/** A duration; the value is in ms. */
export function durationOption(facts: DurationFacts & { readonly default: string }): OptionWithDefault<number>;
export function durationOption(facts: DurationFacts): Option<number>;
export function durationOption(facts: DurationFacts & { readonly default?: string }): Option<number> {
  return option(facts, facts.default ?? facts.max, `${facts.min} to ${facts.max}`, facts.default, (text) =>
    boundedRead(text, readDuration, facts, durationText, 'duration', 'write a number and ms, s, m, h or d'),
  );
}

/** Bounds as texts such as `512B`, `64KiB`, `4MiB`, `2GiB`. */
export type BytesFacts = OptionFacts & { readonly min: string; readonly max: string };

/** An amount of memory or disk; the value is in bytes. */
export function bytesOption(facts: BytesFacts & { readonly default: string }): OptionWithDefault<number>;
export function bytesOption(facts: BytesFacts): Option<number>;
export function bytesOption(facts: BytesFacts & { readonly default?: string }): Option<number> {
  return option(facts, facts.default ?? facts.max, `${facts.min} to ${facts.max}`, facts.default, (text) =>
    boundedRead(text, readBytes, facts, bytesText, 'size', 'write a number and B, KiB, MiB or GiB'),
  );
}

/** Yes or no: the flag alone means yes, as do `true` and `1`; `false` and `0` mean no. No is the default. */
export function switchOption(facts: OptionFacts): OptionWithDefault<boolean> {
  const read = (text: string): OptionReading<boolean> => {
    if (text === 'true' || text === '1') return { value: true };
    if (text === 'false' || text === '0') return { value: false };
    return { problem: 'is neither true nor false; give one of them, or the flag alone' };
  };
  return { placeholder: '', help: facts.help, default: 'false', isSwitch: true, ...envOf(facts), read };
}

function boundedRead(
  text: string,
  parse: (text: string) => number,
  bounds: { readonly min: string; readonly max: string },
  show: (value: number) => string,
  kind: string,
  remedy: string,
): OptionReading<number> {
  const [value, min, max] = [parse(text), parse(bounds.min), parse(bounds.max)];
  if (value >= min && value <= max) return { value };
  return { problem: `is no ${kind} from ${show(min)} to ${show(max)}; ${remedy}, such as ${bounds.max}` };
}

function option<Value>(
  facts: OptionFacts,
  placeholder: string,
  range: string | undefined,
  byDefault: string | undefined,
  read: (text: string) => OptionReading<Value>,
): Option<Value> {
  if (byDefault !== undefined) {
    const reading = read(byDefault);
    if ('problem' in reading)
      throw new RangeError(`the default ${quoted(byDefault)} ${reading.problem} (${facts.help})`);
  }
  return {
    placeholder: facts.placeholder ?? placeholder,
    help: range === undefined ? facts.help : `${facts.help} ${range}.`,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...envOf(facts),
    read,
  };
}

function envOf({ env }: OptionFacts): { readonly env?: string } {
  return env === undefined ? {} : { env };
}
