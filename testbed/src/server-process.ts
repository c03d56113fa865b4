/**
 * One server as a process of its own. In: a command and the line by which its log says that it is ready. Out: a process
 * that can be killed, stopped and started again. It ends with this process, unless it was started to stay.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, identify, isAlive, type ProcessIdentity, signal } from './process-identity.ts';
import { forgetServer, noteServer, ownIdentity } from './server-ledger.ts';
import { TestbedError } from './testbed-error.ts';

/** How to start a server, and how to know that it is there. */
export type ServerCommand = {
  /** For people: `Kafka broker 1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly logFile: string;
  /** Each must match the log that was written since the start. */
  readonly readyLines: readonly RegExp[];
  /** The same for later starts, if they are others: who comes back may find its neighbours gone. */
  readonly readyLinesAgain?: readonly RegExp[];
  readonly readyWithinMs: number;
  /** Whether the server goes on when this process ends. */
  readonly stays: boolean;
  /** The owner that is noted for a server that stays, if it shall not outlive that one. */
  readonly owner?: ProcessIdentity;
  /** Removed by a sweep if the owner is gone. */
  readonly sweepDirectory?: string;
  /** Called once the process exists, before it is ready. */
  readonly onSpawn?: (identity: ProcessIdentity) => void;
};

const lookEveryMs = 100;
const endWaitMs = 30_000;
const linesShown = 12;
const errorsShown = 6;
const bytesShown = 131_072;

const endWithUs = new Set<ProcessIdentity>();
let isHooked = false;

/** A server process: started, killed, started again with the same command. */
export class ServerProcess {
  readonly directory: string;
  readonly logFile: string;
  readonly #command: ServerCommand;
  #identity: ProcessIdentity | undefined;

  constructor(command: ServerCommand) {
    this.#command = command;
    this.directory = command.directory;
    this.logFile = command.logFile;
  }

  /** Of the process that was started last; 0 before the first start. */
  get pid(): number {
    return this.#identity?.pid ?? 0;
  }

  /** The process that was started last. */
  get identity(): ProcessIdentity | undefined {
    return this.#identity;
  }

  /** Also true of a process that SIGSTOP holds. */
  get isRunning(): boolean {
    return this.#identity !== undefined && isAlive(this.#identity);
  }

  /** Resolves once the process of now has ended. It has no bound of its own. */
  get stopped(): Promise<void> {
    const identity = this.#identity;
    return identity === undefined ? Promise.resolve() : ended(identity, Number.POSITIVE_INFINITY).then(() => undefined);
  }

  /**
   * Starts the process and waits until it is ready. Rejects with NOT_READY or SERVER_ENDED and the last log lines; after
   * NOT_READY it still runs. A broker is ready only with a majority of its quorum: start several at once.
   */
  async start(): Promise<void> {
    if (this.isRunning) throw new TestbedError('BAD_OPTION', `${this.#command.name} runs already, as ${this.pid}`);
    const { readyLines, readyLinesAgain = readyLines } = this.#command;
    const lines = this.#identity === undefined ? readyLines : readyLinesAgain;
    const from = await this.#spawn();
    await this.#ready(from, lines);
  }

  /** Sends a signal. After SIGKILL and SIGTERM it resolves once the process has ended, after others at once. */
  async kill(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const identity = this.#identity;
    if (identity === undefined) return;
    signal(identity, name);
    if (name !== 'SIGKILL' && name !== 'SIGTERM') return;
    if (!(await ended(identity, endWaitMs))) {
      const remedy = name === 'SIGTERM' ? 'it may be stopped or stuck: use SIGKILL' : 'look at it with ps';
      throw new TestbedError('NOT_READY', `${this.#command.name} runs ${endWaitMs} ms after ${name}; ${remedy}`);
    }
    endWithUs.delete(identity);
    forgetServer(identity);
  }

  /** Returns where the log of this start begins. */
  async #spawn(): Promise<number> {
    const { name, command, args, directory, logFile, stays, owner, sweepDirectory } = this.#command;
    mkdirSync(path.dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const from = statSync(logFile).size;
    try {
      const child = spawn(command, args, { cwd: directory, detached: true, stdio: ['ignore', log, log] });
      await once(child, 'spawn');
      child.unref();
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      if (identity === undefined) throw new TestbedError('SERVER_ENDED', `${name} ended at once; see ${logFile}`);
      this.#identity = identity;
      const noted = stays ? owner : ownIdentity();
      if (noted !== undefined) {
        const swept = sweepDirectory === undefined ? {} : { directory: sweepDirectory };
        noteServer({ server: identity, owner: noted, ...swept });
      }
      if (!stays) endAtExit(identity);
      this.#command.onSpawn?.(identity);
    } finally {
      closeSync(log);
    }
    return from;
  }

  async #ready(from: number, readyLines: readonly RegExp[]): Promise<void> {
    const { name, readyWithinMs, logFile } = this.#command;
    const until = performance.now() + readyWithinMs;
    for (;;) {
      const isRunning = this.isRunning;
      const log = readFileSync(logFile).subarray(from).toString();
      if (readyLines.every((line) => line.test(log))) return;
      if (!isRunning) {
        throw new TestbedError('SERVER_ENDED', `${name} ended before it was ready; ${lastLines(logFile)}`);
      }
      if (performance.now() >= until) {
        const missing = readyLines.filter((line) => !line.test(log)).map(String);
        throw new TestbedError(
          'NOT_READY',
          `${name} was not ready within ${readyWithinMs} ms (its log lacks ${missing.join(', ')}); ${lastLines(logFile)}`,
        );
      }
      await sleep(lookEveryMs);
    }
  }
}

/** The first errors and the last lines of a log, for a message. */
export function lastLines(logFile: string): string {
  const lines = readFileSync(logFile).subarray(-bytesShown).toString().trimEnd().split('\n');
  const errors = lines.filter((line) => /\b(ERROR|FATAL)\b|Exception/.test(line)).slice(0, errorsShown);
  const first = errors.length === 0 ? '' : `errors in ${logFile}:\n${errors.join('\n')}\n`;
  return `${first}the last lines of ${logFile}:\n${lines.slice(-linesShown).join('\n')}`;
}

function endAtExit(identity: ProcessIdentity): void {
  endWithUs.add(identity);
  if (isHooked) return;
  isHooked = true;
  process.prependListener('exit', () => {
    for (const server of endWithUs) signal(server, 'SIGKILL');
  });
}
