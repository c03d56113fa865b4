#!/usr/bin/env node
/**
 * Entry of the `tapeline` command: wires the process to the command table. In: the process. Out: its exit code. A first
 * signal lets the command leave nothing half done behind; a second one, of either kind, ends it at once.
 */
import { commands } from './command-table.ts';
import type { Surroundings } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { runTapeline } from './tapeline.ts';

/** How long what is still open after the command's end may keep the process, ms. */
const lingerMs = 1_000;

const stopping = new AbortController();
let stoppedBy: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stopOn);
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    tellDefect(error);
    process.exit(ExitCode.defect);
  });
}
// Whoever read our messages went away, as with `| head`: the work goes on without them. `out` has its own listeners.
process.stderr.on('error', () => undefined);

const surroundings: Surroundings = {
  out: process.stdout,
  err: process.stderr,
  nowMs: () => performance.now(),
  env: process.env,
  stop: stopping.signal,
};

try {
  process.exitCode = await runTapeline(commands, process.argv.slice(2), surroundings);
} catch (error) {
  tellDefect(error);
  process.exitCode = ExitCode.defect;
}
// Whoever started us learns that we were stopped, and did not end by ourselves.
if (process.exitCode === ExitCode.stopped && stoppedBy !== undefined) process.kill(process.pid, stoppedBy);
setTimeout(() => process.exit(), lingerMs).unref();

function stopOn(signal: NodeJS.Signals): void {
  // From now on signals do what they do by default.
  for (const each of ['SIGINT', 'SIGTERM'] as const) process.off(each, stopOn);
  stoppedBy = signal;
  stopping.abort();
}

function tellDefect(error: unknown): void {
  const facts = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`tapeline: this is a defect of tapeline itself, please report it: ${facts}\n`);
}
