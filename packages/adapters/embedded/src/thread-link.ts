/**
 * The side of a thread that asks. In: calls. Out: their answers; a failure rejects with `FailureError`. The thread
 * starts from sources and from built files alike. Bounded: past `callsMax` open calls the next one is refused.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from '@tapeline/runtime';
import { FailureError } from './sqlite-failure.ts';
import type { AnswerMessage, CallMessage, Calls, NoteMessage } from './thread-calls.ts';

/** Calls that may wait for answers at once. */
export const callsMax = 10_000;

type Open = { readonly resolve: (answer: never) => void; readonly reject: (error: Error) => void };

/** Whoever answers the calls of a thread. */
export type ThreadCaller<Served extends Calls> = Pick<ThreadLink<Served>, 'call'>;

/** A running thread. */
export class ThreadLink<Served extends Calls> {
  readonly #worker: Worker;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #open = new Map<number, Open>();
  #nextId = 0;
  #endedBecause: string | undefined;

  /** `file` is the thread's module beside this one, without its ending. */
  constructor(file: 'log-thread' | 'store-thread' | 'read-thread', logger: Logger) {
    // Under type stripping this module ends with .ts, after a build with .js; URLs are not rewritten by the compiler.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#name = file;
    this.#logger = logger;
    this.#worker = new Worker(new URL(`./${file}.${ending}`, import.meta.url), {
      name: file,
      // Node 24 calls its SQLite experimental on every start; the version is pinned, so nobody needs to read that.
      // No condition is handed on: the threads' modules import Node and each other, never a package.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.on('message', (message: AnswerMessage | NoteMessage) => this.#receive(message));
    this.#worker.on('error', (error: Error) => this.#end(error.message));
    this.#worker.on('exit', (code: number) => this.#end(`it ended with code ${code}`));
  }

  /** Calls the thread; what `transfer` names belongs to it afterwards. */
  async call<Name extends keyof Served & string>(
    name: Name,
    request: Served[Name]['request'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Served[Name]['answer']> {
    if (this.#endedBecause !== undefined) throw this.#ended();
    if (this.#open.size >= callsMax) {
      throw new FailureError('busy', `${callsMax} calls wait for the ${this.#name} already; slow down`);
    }
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, request } satisfies CallMessage, [...transfer]);
    });
  }

  /** Ends the thread; open calls reject. */
  async end(): Promise<void> {
    this.#endedBecause ??= 'it was ended';
    await this.#worker.terminate();
  }

  #receive(message: AnswerMessage | NoteMessage): void {
    if ('note' in message) {
      this.#logger.warn(message.note, { thread: this.#name, ...message.facts });
      return;
    }
    const open = this.#open.get(message.id);
    this.#open.delete(message.id);
    if (open === undefined) return;
    if ('failure' in message) {
      const { kind, message: text, facts } = message.failure;
      open.reject(new FailureError(kind, text, facts));
    } else open.resolve(message.answer as never);
  }

  #end(reason: string): void {
    if (this.#endedBecause === undefined) {
      this.#endedBecause = reason;
      this.#logger.error('a database thread ended; restart the process', { thread: this.#name, reason });
    }
    for (const open of this.#open.values()) open.reject(this.#ended());
    this.#open.clear();
  }

  #ended(): FailureError {
    return new FailureError(
      'unavailable',
      `the ${this.#name} does not run: ${this.#endedBecause}; restart the process`,
    );
  }
}
