/**
 * Bytes to lines. In: chunks of a file, cut anywhere. Out: whole lines as text without their line end (LF or CRLF), a
 * UTF-8 byte order mark left out. Memory: one chunk and one unfinished line of at most 4 MiB; a longer line is dropped
 * and its number kept, so that nothing is silent.
 */

/** Longest line that is read, bytes; a depth snapshot of an exchange is about a tenth of it. */
export const lineBytesMax: number = 4 * 1024 * 1024;

const lineFeed = 0x0a;
const byteOrderMark = '\ufeff';

/** Cuts one file into lines; not to be used for a second one. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #started = false;
  /** Inside a line that is too long, up to its line feed. */
  #dropping = false;

  /** The lines that this chunk ends, in order; `undefined` stands for a line above `lineBytesMax`. */
  push(chunk: Buffer): (string | undefined)[] {
    const end = chunk.lastIndexOf(lineFeed);
    if (end < 0) {
      this.#keep(chunk);
      return [];
    }
    const wasDropping = this.#dropping;
    const whole =
      this.#rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...this.#rest, chunk.subarray(0, end)]);
    this.#forget();
    this.#keep(chunk.subarray(end + 1));
    const lines: (string | undefined)[] = this.#textOf(whole).split('\n');
    for (let index = 0; index < lines.length; index += 1) lines[index] = withoutReturn(lines[index] ?? '');
    if (wasDropping) lines[0] = undefined;
    return lines;
  }

  /** The text after the last line feed; `''` = none, `undefined` = a line above `lineBytesMax`. */
  rest(): string | undefined {
    if (this.#dropping) return undefined;
    const text = withoutReturn(this.#textOf(Buffer.concat(this.#rest)));
    this.#forget();
    return text;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0 || this.#dropping) return;
    if (this.#restBytes + bytes.length > lineBytesMax) {
      this.#forget();
      this.#dropping = true;
      return;
    }
    this.#rest.push(bytes);
    this.#restBytes += bytes.length;
  }

  #forget(): void {
    this.#rest = [];
    this.#restBytes = 0;
    this.#dropping = false;
  }

  #textOf(bytes: Buffer): string {
    const text = bytes.toString('utf8');
    if (this.#started) return text;
    this.#started = true;
    return text.startsWith(byteOrderMark) ? text.slice(1) : text;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
