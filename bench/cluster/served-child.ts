/**
 * A server under test in a process of its own. In: a program of the bench and its task. Out: where it listens, the CPU time
 * that it took whenever it is asked, and its end. The two speak by messages of Node; what it logs goes to our stderr.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a server says of itself. */
export type ServerSays = { readonly port: number } | { readonly cpuSeconds: number; readonly rssBytes: number };

/** A server did not start, or did not answer. */
export class ServedChildError extends Error {
  override name = 'ServedChildError';
}

const answerMsMax = 30_000;

/** A running server; one question at a time. */
export class ServedChild {
  readonly #child: ChildProcess;
  readonly #name: string;
  /** On 127.0.0.1. */
  readonly port: number;

  private constructor(child: ChildProcess, name: string, port: number) {
    this.#child = child;
    this.#name = name;
    this.port = port;
  }

  /** Starts a program, a path below bench/, and waits until it listens. */
  static async start(program: string, task: unknown): Promise<ServedChild> {
    const file = fileURLToPath(new URL(`../${program}`, import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, file, JSON.stringify(task)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    try {
      const says = await answerOf(child, program);
      if ('port' in says) return new ServedChild(child, program, says.port);
      throw new ServedChildError(`${program} says no port`);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** CPU time since it began, and memory. */
  async taken(): Promise<{ readonly cpuSeconds: number; readonly rssBytes: number }> {
    const answer = answerOf(this.#child, this.#name);
    this.#child.send('taken');
    const says = await answer;
    if ('cpuSeconds' in says) return says;
    throw new ServedChildError(`${this.#name} says no CPU time`);
  }

  /** Ends it and resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), answerMsMax);
    await ended;
    clearTimeout(late);
  }
}

/** For the server: says that it listens, and answers from then on. `stop` runs at SIGTERM, and then the process ends. */
export function serveParent(port: number, stop: () => Promise<void>): void {
  const say = (says: ServerSays): void => void process.send?.(says);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    say({ cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() });
  });
  process.once('SIGTERM', () => {
    void stop().finally(() => process.disconnect());
  });
  say({ port });
}

async function answerOf(child: ChildProcess, name: string): Promise<ServerSays> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(late);
      child.off('message', heard);
      child.off('exit', ended);
      act();
    };
    const heard = (message: unknown): void => settle(() => resolve(message as ServerSays));
    const ended = (code: number | null): void =>
      settle(() => reject(new ServedChildError(`${name} ended with ${code ?? 'a signal'}`)));
    const late = setTimeout(
      () => settle(() => reject(new ServedChildError(`${name} said nothing in ${answerMsMax} ms`))),
      answerMsMax,
    );
    child.once('message', heard);
    child.once('exit', ended);
  });
}
