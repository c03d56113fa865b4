/**
 * The shell of a process without a screen. In: its name, options and work. Out: its work until the first SIGINT or SIGTERM,
 * its help, or one line for everything that keeps it from working; the exit code says which. A second signal ends it at once.
 */
import { endOnDefect, type DefectSource } from './end-on-defect.ts';
import { createLogger, type Logger } from './logger.ts';
import type { OptionTable, OptionValues } from './option.ts';
import { optionHelp, wrapText } from './option-help.ts';
import type { ProcessOptions } from './process-options.ts';
import { type Environment, readOptions } from './read-options.ts';
import { type SignalSource, stopOnSignals } from './stop-on-signals.ts';

/** How a process ends that did not end in order: it could not begin or cannot go on, or it met a defect of itself. */
export const processExitCode = { refused: 2, defect: 3 } as const;

/** What the work of a process gets besides its options. */
export type ProcessParts = {
  readonly logger: Logger;
  /** Fires when the process shall end. */
  readonly stop: AbortSignal;
};

/** A process. */
export type ProcessShell<Table extends OptionTable & ProcessOptions> = {
  /** One word, before each of its lines. */
  readonly name: string;
  /** What it does, for its help. */
  readonly about: string;
  readonly table: Table;
  /** What is wrong with options that are right one by one; a sentence each. */
  readonly problems?: (values: OptionValues<Table>) => readonly string[];
  /** Works until the stop. */
  readonly run: (values: OptionValues<Table>, parts: ProcessParts) => Promise<void>;
  /** Whether the error's message is all that a person needs; any other one is a defect. */
  readonly isExpected: (error: unknown) => boolean;
};

/** The part of Node's `process` that this needs. */
export type ProcessHost = SignalSource &
  DefectSource & {
    readonly argv: readonly string[];
    readonly env: Environment;
    readonly stdout: { write(text: string): unknown };
    readonly stderr: { write(text: string): unknown };
    exitCode?: number | string | null | undefined;
  };

const helpWidth = 120;

/** How long what is still open after the end of the work may keep the process, ms. */
const lingerMs = 250;

/** Runs a process; resolves when its work is done, with the exit code set. Rejects for a defect, which ends the process. */
export async function runProcess<Table extends OptionTable & ProcessOptions>(
  shell: ProcessShell<Table>,
  host: ProcessHost = process,
): Promise<void> {
  const { name, table } = shell;
  const line = readOptions(table, host.argv.slice(2), host.env);
  if (line.kind === 'help') {
    host.stdout.write(`${[...wrapText(shell.about, helpWidth), '', ...optionHelp(table, helpWidth)].join('\n')}\n`);
    return;
  }
  const problems = [
    ...(line.kind === 'wrong' ? line.problems : (shell.problems?.(line.values) ?? [])),
    ...(line.operands.length > 0 ? [`takes options alone, not ${line.operands.join(' ')}; leave it away`] : []),
  ];
  if (line.kind === 'wrong' || problems.length > 0) {
    refuse(name, problems, host);
    return;
  }
  const { 'log-level': level, 'log-format': format } = line.values as OptionValues<ProcessOptions>;
  const logger = createLogger({ name, level, format });
  endOnDefect(logger, processExitCode.defect, host);
  const stopping = stopOnSignals(logger, host);
  try {
    await shell.run(line.values, { logger, stop: stopping.signal });
  } catch (error) {
    if (!(error instanceof Error) || !shell.isExpected(error)) throw error;
    refuse(name, [error.message], host);
  }
  setTimeout(() => host.exit(exitCodeOf(host)), lingerMs).unref();
}

function refuse(name: string, problems: readonly string[], host: ProcessHost): void {
  for (const problem of problems) host.stderr.write(`${name}: ${problem}\n`);
  host.exitCode = processExitCode.refused;
}

function exitCodeOf({ exitCode }: ProcessHost): number {
  return typeof exitCode === 'number' ? exitCode : 0;
}
