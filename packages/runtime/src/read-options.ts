/**
 * Reads a command line and the environment by a table of options. In: arguments, environment. Out: values, or everything
 * that is wrong, at once: a flag goes before the environment, that before the default. Law 8: nothing that was typed is
 * silently left out.
 */
import { parseArgs } from 'node:util';
import { type Option, type OptionTable, type OptionValues, quoted } from './option.ts';

/** A command line that was understood, a wish for help, or what is wrong with it: one line each. */
export type CommandLine<Table extends OptionTable> =
  | { readonly kind: 'read'; readonly values: OptionValues<Table>; readonly operands: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[]; readonly operands: readonly string[] };

/** Options that an unknown one is answered with: all up to so many, else those that look most like it. */
const namesShownMax = 16;
const nearestShown = 5;

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads what follows the command's name. `table` has the options that there are, besides `--help`. */
export function readOptions<Table extends OptionTable>(
  table: Table,
  args: readonly string[],
  env: Environment,
): CommandLine<Table> {
  const typed = readTyped(table, args);
  if (typed === 'help') return { kind: 'help' };
  const { given, operands, problems } = typed;
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const source = sourceOf(name, option, given, env);
    if (source === undefined) continue;
    const reading = option.read(source.text);
    if ('problem' in reading) {
      const shown = option.isSecret === true ? source.from : `${source.from} ${quoted(source.text)}`;
      problems.push(`${shown} ${reading.problem}`);
    } else values[name] = reading.value;
  }
  if (problems.length > 0) return { kind: 'wrong', problems, operands };
  return { kind: 'read', values: values as OptionValues<Table>, operands };
}

function sourceOf(
  name: string,
  option: Option<unknown>,
  given: ReadonlyMap<string, string>,
  env: Environment,
): { readonly from: string; readonly text: string } | undefined {
  const typed = given.get(name);
  if (typed !== undefined) return { from: `--${name}`, text: typed };
  const set = option.env === undefined ? undefined : env[option.env];
  if (option.env !== undefined && set !== undefined && set !== '') return { from: option.env, text: set };
  return option.default === undefined ? undefined : { from: `--${name}`, text: option.default };
}

type Typed = {
  readonly given: Map<string, string>;
  readonly operands: string[];
  readonly problems: string[];
};

function readTyped(table: OptionTable, args: readonly string[]): Typed | 'help' {
  const names = Object.keys(table);
  const given = new Map<string, string>();
  const operands: string[] = [];
  const problems: string[] = [];
  /** The option to which texts without a flag belong. */
  let taking: { readonly name: string; readonly separator: string } | 'unknown' | undefined;
  for (const token of tokensOf(table, args)) {
    if (token.kind === 'positional') {
      if (taking === 'unknown') taking = undefined;
      else if (taking === undefined) operands.push(token.value);
      else given.set(taking.name, `${given.get(taking.name)}${taking.separator}${token.value}`);
      continue;
    }
    taking = undefined;
    if (token.kind === 'option-terminator') continue;
    if (token.name === 'help') return 'help';
    const option = table[token.name];
    const value = option?.isSwitch === true ? (token.value ?? 'true') : token.value;
    const separator = option?.separator;
    const before = given.get(token.name);
    if (option === undefined || !names.includes(token.name)) {
      problems.push(
        unknownOption(
          token.rawName,
          names.filter((name) => table[name]?.isSecret !== true),
        ),
      );
      // What follows is most likely its value, and no problem of its own.
      if (token.inlineValue !== true) taking = 'unknown';
    } else if (option.isSecret === true) {
      problems.push(`${token.rawName} would be seen by others on this machine; set ${option.env} in the environment`);
      taking = 'unknown';
    } else if (before !== undefined && separator === undefined) {
      problems.push(`${token.rawName} is given twice; give it once`);
    }
    // Without an equals sign, what looks like the next option is that.
    else if (value === undefined || (!token.inlineValue && /^-./.test(value))) {
      problems.push(`${token.rawName} has no value; write ${token.rawName} ${option.placeholder}`);
    } else {
      given.set(token.name, before === undefined ? value : `${before}${separator}${value}`);
      if (separator !== undefined && token.inlineValue !== true) taking = { name: token.name, separator };
    }
  }
  return { given, operands, problems };
}

function tokensOf(table: OptionTable, args: readonly string[]): readonly ArgumentToken[] {
  const options = {
    ...Object.fromEntries(
      Object.entries(table).map(([name, { isSwitch }]) => [
        name,
        { type: isSwitch === true ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
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
  const all = [...names, 'help'];
  const shown = all.length <= namesShownMax ? all : nearest(rawName.replace(/^-+/, ''), all);
  const more = shown.length < all.length ? ` and ${all.length - shown.length} more, which --help tells` : '';
  return `there is no option ${clipped(rawName)}; there are ${shown.map((name) => `--${name}`).join(', ')}${more}`;
}

function clipped(rawName: string): string {
  return rawName.length <= 60 ? rawName : `${rawName.slice(0, 60)}…`;
}

/** The names that share most pairs of letters with what was typed, the most alike first. */
function nearest(typed: string, names: readonly string[]): readonly string[] {
  const pairs = pairsOf(typed);
  const likeness = (name: string): number => {
    const own = pairsOf(name);
    return [...own].filter((pair) => pairs.has(pair)).length / (own.size + pairs.size);
  };
  return names
    .map((name) => ({ name, likeness: likeness(name) }))
    .toSorted((left, right) => right.likeness - left.likeness)
    .slice(0, nearestShown)
    .map(({ name }) => name);
}

function pairsOf(text: string): ReadonlySet<string> {
  const framed = ` ${text} `;
  return new Set(Array.from({ length: framed.length - 1 }, (_, place) => framed.slice(place, place + 2)));
}
