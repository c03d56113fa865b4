/**
 * One process of the system, as a supervisor runs it. In: its entry, options, a folder. Out: what it wrote, in files; its
 * pid; signals and restarts. It never outlives this process, whatever becomes of the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from './until.ts';

/** How to start one. */
export type ChildCommand = {
  /** `worker-0`; its files are named so. */
  readonly name: string;
  /** Path of the entry from the repository's root, such as services/worker/src/main.ts. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly folder: string;
};

/** How a process ended. */
export type ChildEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

const alive = new Set<ChildProcess>();
let isHooked = false;

/** A process that may be killed and started again with the same options. */
export class Child {
  readonly command: ChildCommand;
  readonly logFile: string;
  #process: ChildProcess;
  #ended: Promise<ChildEnd>;
  /** Where the log of the present start begins. */
  #logFrom = 0;
  #isRunning = true;

  /** Starts it and waits for nothing. */
  constructor(command: ChildCommand) {
    this.command = command;
    this.logFile = path.join(command.folder, `${command.name}.log`);
    writeFileSync(this.logFile, '');
    [this.#process, this.#ended] = this.#spawn();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Also true of a process that SIGSTOP holds. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Resolves when the present process has ended. */
  get ended(): Promise<ChildEnd> {
    return this.#ended;
  }

  /** What it wrote since it was started last. */
  text(): string {
    return readFileSync(this.logFile).subarray(this.#logFrom).toString();
  }

  /** The value of a field of a log line, once one has it. Rejects with the log if it ends or takes too long. */
  async field(name: string, withinMs = 60_000): Promise<string> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const wasRunning = this.#isRunning;
      const found = new RegExp(`"${name}":"?([^",}]+)`).exec(this.text())?.[1];
      if (found !== undefined) return found;
      if (!wasRunning || performance.now() > deadline) {
        throw new Error(`${this.command.name} did not say ${name}:\n${this.text().slice(-4_000)}`);
      }
      await pause(20);
    }
  }

  /** Sends a signal. After SIGKILL and SIGTERM it resolves once the process has ended, after others at once. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await this.#ended;
  }

  /** Starts it again; what still runs is killed first. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.kill('SIGKILL');
    appendFileSync(this.logFile, '--- started again ---\n');
    [this.#process, this.#ended] = this.#spawn(env);
  }

  #spawn(env: Readonly<Record<string, string>> = {}): [ChildProcess, Promise<ChildEnd>] {
    const { main, args, env: own } = this.command;
    const entry = fileURLToPath(new URL(`../../../${main}`, import.meta.url));
    const node = ['--disable-warning=ExperimentalWarning', '--conditions=source', entry];
    this.#logFrom = readFileSync(this.logFile).length;
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, [...node, ...args], {
      env: { ...process.env, ...own, ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#isRunning = true;
    alive.add(child);
    endThemAtExit();
    const ended = new Promise<ChildEnd>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        alive.delete(child);
        if (child === this.#process) this.#isRunning = false;
        resolve({ code, signal });
      });
    });
    return [child, ended];
  }
}

function endThemAtExit(): void {
  if (isHooked) return;
  isHooked = true;
  process.prependListener('exit', () => {
    for (const child of alive) child.kill('SIGKILL');
  });
}
