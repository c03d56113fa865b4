#!/usr/bin/env node
/**
 * The kubectl plugin `kubectl tapeline`; bin/kubectl-tapeline starts it from a clone, and the image by its name. In: arguments. Out: one of
 * its commands, or the help; its exit code.
 */
import { once } from 'node:events';
import { optionHelp, quoted, wrapText } from '@tapeline/runtime';
import { placementCommands, placementWords, runPlacement } from './placement-command.ts';
import { runStatus, statusOptions, statusWords } from './status-command.ts';

const widthMax = 100;
const program = 'kubectl tapeline';

// Whoever reads the output has had enough of it, as with `| head`: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await run(process.argv.slice(2));

async function run([command, ...args]: readonly string[]): Promise<number> {
  if (command === '--help' || command === '-h' || command === 'help') return help();
  const caller = { caller: program, typed: `${program} ${command ?? ''}`, env: process.env, write, complain };
  if (command === 'status') return ended(await runStatus(args, caller));
  const known = placementCommands.find((name) => name === command);
  if (known !== undefined) return ended(await runPlacement(known, args, caller));
  const what = command === undefined ? 'names no command' : `there is no command ${quoted(command)}`;
  complain(`${program}: ${what}; there are ${['status', ...placementCommands].join(', ')}\n${usage()}`);
  return 2;
}

async function ended(answer: number | 'help'): Promise<number> {
  return answer === 'help' ? help() : answer;
}

async function help(): Promise<number> {
  await write(usage());
  return 0;
}

function usage(): string {
  const lines = placementCommands.map((name) => `       ${program} ${name} ${placementWords[name].operands}`);
  const about = [...statusWords.about, ...placementCommands.map((name) => placementWords[name].about)];
  return [
    `usage: ${program} status ${statusWords.operands}`,
    ...lines,
    '',
    ...about.flatMap((paragraph) => [...wrapText(paragraph, widthMax), '']),
    ...optionHelp(statusOptions, widthMax),
    '',
    'Exit codes:',
    ...statusWords.exitCodes.map((line) => `  ${line}`),
    'Of the other commands 1 says that a stream or a pin that was named is not there.',
    '',
  ].join('\n');
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function complain(text: string): void {
  process.stderr.write(text);
}
