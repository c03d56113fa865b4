/**
 * The command line as a whole. In: what was typed after `tapeline`. Out: an exit code; results on `out`, everything
 * else on `err`. Whatever is wrong with the arguments is said in one line each, with the remedy.
 */
import { readFileSync } from 'node:fs';
import type { Command, Surroundings } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { commandHelp, overview } from './help-text.ts';
import { quoted } from './option.ts';

/** Runs one command line to its end. */
export async function runTapeline(
  commands: readonly Command[],
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { out } = surroundings;
  const [name = 'help', ...rest] = args;
  if (name === '--version') {
    out.write(`tapeline ${versionOf(new URL('../package.json', import.meta.url))}\n`);
    return ExitCode.good;
  }
  if (name === 'help' || name === '--help' || name === '-h') return help(commands, rest[0], surroundings);
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) return unknown(commands, name, surroundings);
  const answer = await command.run(rest, surroundings);
  if (answer !== 'help') return answer;
  out.write(commandHelp(command));
  return ExitCode.good;
}

function help(commands: readonly Command[], topic: string | undefined, surroundings: Surroundings): number {
  const command = commands.find((candidate) => candidate.name === topic);
  if (topic !== undefined && command === undefined) return unknown(commands, topic, surroundings);
  surroundings.out.write(command === undefined ? overview(commands) : commandHelp(command));
  return ExitCode.good;
}

function unknown(commands: readonly Command[], name: string, { err }: Surroundings): number {
  const what = name.startsWith('-') ? 'option' : 'command';
  const names = [...commands.map((command) => command.name), 'help'];
  const there = what === 'option' ? ['--help', '--version', ...names] : names;
  err.write(`tapeline: there is no ${what} ${quoted(name)}; there are ${there.join(', ')}\n`);
  return ExitCode.refused;
}

function versionOf(manifest: URL): string {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  return version;
}
