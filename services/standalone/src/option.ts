/**
 * Options of a command as one table: from it come the parsing, the checks and the help. In: a name, what may be given
 * and the default. Out: values, or everything that is wrong with a command line, at once. Law 8: nothing that was
 * typed is silently left out.
 */
import { parseArgs } from 'node:util';

/** A value, or what is wrong with the text, as a sentence's end: `is not …; give …`. */
export type OptionReading<Value> = { readonly value: Value } | { readonly problem: string };

/** One option, which always takes a value. */
export type Option<Value> = {
  /** What stands for the value in help, such as `NAME`. */
  readonly placeholder: string;
  /** What it is for, and what may be given with unit and bounds. */
  readonly help: string;
  /** The text that is read where the option is not given; absent = the command does without. */
  readonly default?: string;
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

/** A command line that was understood, a wish for help, or what is wrong with it: one line each. */
export type CommandLine<Table extends OptionTable> =
  | { readonly kind: 'read'; readonly values: OptionValues<Table>; readonly operands: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] };

/** Reads what follows the command's name. `table` has the options that there are, besides `--help`. */
export function readCommandLine<Table extends OptionTable>(table: Table, args: readonly string[]): CommandLine<Table> {
  const names = Object.keys(table);
  const given = new Map<string, string>();
  const operands: string[] = [];
  const problems: string[] = [];
  for (const token of tokensOf(names, args)) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') operands.push(token.value);
    else if (token.name === 'help') return { kind: 'help' };
    else if (!names.includes(token.name)) problems.push(unknownOption(token.rawName, names));
    else if (given.has(token.name)) problems.push(`${token.rawName} is given twice; give it once`);
    // Without an equals sign, what looks like the next option is that.
    else if (token.value === undefined || (!token.inlineValue && /^-./.test(token.value))) {
      problems.push(`${token.rawName} has no value; write ${token.rawName} ${table[token.name]?.placeholder}`);
    } else given.set(token.name, token.value);
  }
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const text = given.get(name) ?? option.default;
    if (text === undefined) continue;
    const reading = option.read(text);
    if ('problem' in reading) problems.push(`--${name} ${quoted(text)} ${reading.problem}`);
    else values[name] = reading.value;
  }
  if (problems.length > 0) return { kind: 'wrong', problems };
  return { kind: 'read', values: values as OptionValues<Table>, operands };
}

function tokensOf(names: readonly string[], args: readonly string[]): readonly ArgumentToken[] {
  const text = { type: 'string' } as const;
  const options = {
    ...Object.fromEntries(names.map((name) => [name, text])),
    help: { type: 'boolean', short: 'h' } as const,
  };
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

type ArgumentToken =
  | {
      readonly kind: 'option';
      readonly name: string;
      readonly rawName: string;
      readonly value: string | undefined;
      readonly inlineValue: boolean | undefined;
    }
  | { readonly kind: 'positional'; readonly value: string }
  | { readonly kind: 'option-terminator' };

function unknownOption(rawName: string, names: readonly string[]): string {
  const there = [...names, 'help'].map((name) => `--${name}`).join(', ');
  return `there is no option ${rawName}; there are ${there}`;
}

/** Text as a message shows it: in quotes, on one line, cut at 60 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 60)}…`);
}
