/**
 * An option of a command or service: what may be given, by flag or environment, and how it is read. In: text. Out: a
 * value, or what is wrong with the text. One table of these makes the parsing, the checks and the help.
 */

/** A value, or what is wrong with the text, as a sentence's end: `is not …; give …`. */
export type OptionReading<Value> = { readonly value: Value } | { readonly problem: string };

/** One option; its name is its key in the table, and `--name` its flag. */
export type Option<Value> = {
  /** What stands for the value in help, such as `NAME`. */
  readonly placeholder: string;
  /** What it is for, and what may be given with unit and bounds. */
  readonly help: string;
  /** The text that is read where the option is not given; absent = the process does without. */
  readonly default?: string;
  /** The environment variable that is read where the flag is not given; an empty one counts as not given. */
  readonly env?: string;
  /** It is read from `env` alone and never shown: what is typed, others on the machine can see. */
  readonly isSecret?: true;
  /** The flag may stand without a value and then means `true`. */
  readonly isSwitch?: true;
  /** The flag may be given several times, and takes what follows it up to the next option; this joins the texts. */
  readonly separator?: string;
  read(text: string): OptionReading<Value>;
};

/** One that always has a value. */
export type OptionWithDefault<Value> = Option<Value> & { readonly default: string };

/** The options of a command by name. */
export type OptionTable = { readonly [name: string]: Option<unknown> };

/** The values of a table's options; those without a default may be absent. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]:
    | (Table[Name] extends Option<infer Value> ? Value : never)
    | (Table[Name] extends { readonly default: string } ? never : undefined);
};

/** Text as a message shows it: in quotes, on one line, cut at 60 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 60)}…`);
}
