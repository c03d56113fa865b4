#!/usr/bin/env node
/**
 * Entry of the `tapeline` command: wires the process to the command table. In: the process. Out: its exit code. A first
 * signal lets the command leave nothing half done behind; a second one ends it at once.
 */
import { commands } from './command-table.ts';
import type { Surroundings } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { runTapeline } from './tapeline.ts';

const stopping = new AbortController();
let stoppedBy: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stoppedBy = signal;
    stopping.abort();
  });
}

const surroundings: Surroundings = {
  out: process.stdout,
  err: process.stderr,
  nowMs: () => performance.now(),
  env: process.env,
  stop: stopping.signal,
};

try {
  process.exitCode = await runTapeline(commands, process.argv.slice(2), surroundings);
  // Whoever started us learns that we were stopped, and did not end by ourselves.
  if (process.exitCode === ExitCode.stopped && stoppedBy !== undefined) process.kill(process.pid, stoppedBy);
} catch (error) {
  const facts = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`tapeline: this is a defect of tapeline itself, please report it: ${facts}\n`);
  process.exitCode = ExitCode.defect;
}
