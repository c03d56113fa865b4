/**
 * The help, written from the command table, so that it cannot tell of other options than there are. In: the commands.
 * Out: text for a person, in lines of at most 100 characters.
 */
import { optionHelp, wrapText } from '@tapeline/runtime';
import type { Command } from './command.ts';
import { exitCodesOfAll } from './exit-code.ts';

const widthMax = 100;
/** Examples of a command that the overview shows, which has to fit on one screen. */
const examplesInOverview = 2;

/** What `tapeline` says by itself: what it is, the commands, examples. */
export function overview(commands: readonly Command[]): string {
  const names = commands.map((command) => `${command.name} ${command.operands}`);
  const width = Math.max(...names.map((name) => name.length));
  return lines([
    'tapeline: turns the tape of a market, every trade and quote, into bars that are exact, live and stored.',
    '',
    'Commands:',
    ...commands.map((command, index) => `  ${names[index]?.padEnd(width) ?? ''}  ${command.summary}`),
    `  ${'help COMMAND'.padEnd(width)}  everything about a command`,
    '',
    'Examples:',
    ...commands.flatMap((command) => command.examples.slice(0, examplesInOverview).map((example) => `  ${example}`)),
    '',
    'In a checkout, "npm start --" stands for tapeline: npm start -- bars FILE --out bars.csv',
    'Options: --help, --version; without a command those of serve.',
  ]);
}

/** Everything about one command. */
export function commandHelp(command: Command): string {
  return lines([
    `tapeline ${command.name} ${command.operands}`,
    `${command.summary[0]?.toUpperCase() ?? ''}${command.summary.slice(1)}.`,
    '',
    ...command.about.flatMap((paragraph) => [...wrapText(paragraph, widthMax), '']),
    'Options:',
    ...optionHelp(command.options, widthMax),
    '',
    'Exit codes:',
    ...[...command.exitCodes, ...exitCodesOfAll].map((line) => `  ${line}`),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
  ]);
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
