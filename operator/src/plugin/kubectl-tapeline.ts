#!/usr/bin/env node
/**
 * The kubectl plugin `kubectl tapeline`; bin/kubectl-tapeline starts it from a clone, and the image by its name. In: arguments. Out: the
 * command `status`, or the help; its exit code.
 */
import { once } from 'node:events';
import { optionHelp, quoted, wrapText } from '@tapeline/runtime';
import { runStatus, statusOptions, statusWords } from './status-command.ts';

const widthMax = 100;
const caller = 'kubectl tapeline';

// Whoever reads the output has had enough of it, as with `| head`: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await run(process.argv.slice(2));

async function run([command, ...args]: readonly string[]): Promise<number> {
  if (command === '--help' || command === '-h' || command === 'help') return help();
  if (command !== 'status') {
    const what = command === undefined ? 'names no command' : `there is no command ${quoted(command)}`;
    complain(`${caller}: ${what}; there is status\n${usage()}`);
    return 2;
  }
  const answer = await runStatus(args, { caller, typed: `${caller} status`, env: process.env, write, complain });
  return answer === 'help' ? help() : answer;
}

async function help(): Promise<number> {
  await write(usage());
  return 0;
}

function usage(): string {
  return [
    `usage: ${caller} status ${statusWords.operands}`,
    '',
    ...statusWords.about.flatMap((paragraph) => [...wrapText(paragraph, widthMax), '']),
    ...optionHelp(statusOptions, widthMax),
    '',
    'Exit codes:',
    ...statusWords.exitCodes.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function complain(text: string): void {
  process.stderr.write(text);
}
