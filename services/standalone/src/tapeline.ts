/**
 * The command line as a whole. In: what was typed after `tapeline`. Out: an exit code; results on `out`, everything
 * else on `err`. Whatever is wrong with the arguments is said in one line each, with the remedy.
 */
import { readFileSync } from 'node:fs';
import { quoted } from '@tapeline/runtime';
import { OutputError, streamOutput } from './bars/output.ts';
import type { Command, Surroundings } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { commandHelp, overview } from './help-text.ts';

/** What runs where no command is named. */
const mainCommand = 'serve';

/** Runs one command line to its end. */
export async function runTapeline(
  commands: readonly Command[],
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  try {
    return await runCommandLine(commands, args, surroundings);
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    // Whoever reads our output has had enough of it: nothing to tell, and nothing wrong.
    if (error.code === 'EPIPE') return ExitCode.good;
    surroundings.err.write(`tapeline: ${error.message}\n`);
    return ExitCode.refused;
  }
}

async function runCommandLine(
  commands: readonly Command[],
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const write = (text: string): Promise<void> => streamOutput(surroundings.out, 'standard output').write(text);
  const [first = '', ...others] = args;
  if (first === '--version') {
    await write(`tapeline ${versionOf(new URL('../package.json', import.meta.url))}\n`);
    return ExitCode.good;
  }
  if (first === 'help' || first === '--help' || first === '-h') return help(commands, others[0], surroundings, write);
  // Options alone are those of the main job.
  const isNamed = first !== '' && !first.startsWith('-');
  const name = isNamed ? first : mainCommand;
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) return unknown(commands, name, surroundings);
  const answer = await command.run(isNamed ? others : args, surroundings);
  if (answer !== 'help') return answer;
  await write(commandHelp(command));
  return ExitCode.good;
}

async function help(
  commands: readonly Command[],
  topic: string | undefined,
  surroundings: Surroundings,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const command = commands.find((candidate) => candidate.name === topic);
  if (topic !== undefined && command === undefined) return unknown(commands, topic, surroundings);
  await write(command === undefined ? overview(commands) : commandHelp(command));
  return ExitCode.good;
}

function unknown(commands: readonly Command[], name: string, { err }: Surroundings): number {
  const names = [...commands.map((command) => command.name), 'help'];
  err.write(`tapeline: there is no command ${quoted(name)}; there are ${names.join(', ')}\n`);
  return ExitCode.refused;
}

function versionOf(manifest: URL): string {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  return version;
}
