/**
 * What a command is, and what it may touch. In: nothing. Out: the types that the command table, the help and the
 * commands themselves share.
 */
import type { Writable } from 'node:stream';
import type { Environment, OptionTable } from '@tapeline/runtime';

/** Streams, clock and stop signal of one run: what a command may touch besides files. */
export type Surroundings = {
  /** For results. */
  readonly out: Writable;
  /** For messages and progress. */
  readonly err: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** A clock for showing progress, ms; nothing that is computed depends on it. */
  readonly nowMs: () => number;
  /** Environment variables by name. */
  readonly env: Environment;
  /** Fires when the person wants the command to stop. */
  readonly stop: AbortSignal;
};

/** One command of `tapeline`. */
export type Command = {
  readonly name: string;
  /** What follows the name, such as `FILE… [options]`. */
  readonly operands: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for its own help. */
  readonly about: readonly string[];
  readonly options: OptionTable;
  /** What codes 0, 1 and 2 mean for it, a line each. */
  readonly exitCodes: readonly string[];
  readonly examples: readonly string[];
  /** Runs it with what follows its name, and answers the exit code, or `help` if that is what was asked for. */
  run(args: readonly string[], surroundings: Surroundings): Promise<number | 'help'>;
};
