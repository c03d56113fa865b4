/**
 * The help, written from the command table, so that it cannot tell of other options than there are. In: the commands.
 * Out: text for a person, in lines of at most 100 characters.
 */
import type { Command } from './command.ts';
import { exitCodeHelp } from './exit-code.ts';
import type { OptionTable } from './option.ts';

const widthMax = 100;

/** What `tapeline` says by itself: what it is, the commands, examples. */
export function overview(commands: readonly Command[]): string {
  const names = commands.map((command) => `${command.name} ${command.operands}`);
  const width = Math.max(...names.map((name) => name.length));
  return lines([
    'tapeline: turns the tape of a market, every trade and quote, into bars that are exact.',
    '',
    'Commands:',
    ...commands.map((command, index) => `  ${names[index]?.padEnd(width) ?? ''}  ${command.summary}`),
    `  ${'help COMMAND'.padEnd(width)}  everything about a command`,
    '',
    'Examples:',
    ...commands.flatMap((command) => command.examples.map((example) => `  ${example}`)),
    '',
    'In a checkout, "npm start --" stands for tapeline: npm start -- bars FILE --out bars.csv',
    'Options: --help, --version. The live market comes with a later version.',
  ]);
}

/** Everything about one command. */
export function commandHelp(command: Command): string {
  return lines([
    `tapeline ${command.name} ${command.operands}`,
    `${command.summary[0]?.toUpperCase() ?? ''}${command.summary.slice(1)}.`,
    '',
    ...command.about.flatMap((paragraph) => [...wrapped(paragraph, widthMax), '']),
    'Options:',
    ...optionLines(command.options),
    '',
    'Exit codes:',
    ...exitCodeHelp.map((line) => `  ${line}`),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
  ]);
}

function optionLines(table: OptionTable): string[] {
  const names = Object.entries(table).map(([name, option]) => `--${name} ${option.placeholder}`);
  const width = Math.max(...names.map((name) => name.length));
  return Object.values(table).flatMap((option, index) => {
    const byDefault = option.default === undefined ? '' : ` Default: ${option.default}.`;
    const [first = '', ...rest] = wrapped(`${option.help}${byDefault}`, widthMax - width - 4);
    const indent = ' '.repeat(width + 4);
    return [`  ${names[index]?.padEnd(width) ?? ''}  ${first}`, ...rest.map((line) => `${indent}${line}`)];
  });
}

function wrapped(text: string, width: number): string[] {
  const out: string[] = [];
  for (const word of text.split(' ')) {
    const last = out.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) out.push(word);
    else out[out.length - 1] = `${last} ${word}`;
  }
  return out;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
