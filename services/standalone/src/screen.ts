/**
 * What a person sees while a command runs: messages, one a line, and on a terminal one line of progress below them.
 * In: texts. Out: stderr; nothing of progress where it is no terminal, so that logs stay readable.
 */
import type { Surroundings } from './command.ts';

const refreshMs = 100;
const columnsByDefault = 80;

/** The messages and the progress of one command. */
export class Screen {
  readonly #prefix: string;
  readonly #surroundings: Surroundings;
  #progressShown = false;
  #shownAtMs = -Infinity;

  constructor(command: string, surroundings: Surroundings) {
    this.#prefix = `tapeline ${command}: `;
    this.#surroundings = surroundings;
  }

  /** A line about the command as a whole, or a file. */
  say(text: string): void {
    this.line(`${this.#prefix}${text}`);
  }

  /** A line as it is. */
  line(text: string): void {
    this.clearProgress();
    this.#surroundings.err.write(`${text}\n`);
  }

  /** Shows progress; `text` is asked for only when it will be seen. */
  progress(text: () => string): void {
    const { err, nowMs } = this.#surroundings;
    if (err.isTTY !== true || nowMs() < this.#shownAtMs + refreshMs) return;
    this.#shownAtMs = nowMs();
    this.#progressShown = true;
    err.write(`\r\u001b[K${text().slice(0, (err.columns || columnsByDefault) - 1)}`);
  }

  /** Takes the line of progress away. */
  clearProgress(): void {
    if (!this.#progressShown) return;
    this.#progressShown = false;
    this.#surroundings.err.write('\r\u001b[K');
  }
}
