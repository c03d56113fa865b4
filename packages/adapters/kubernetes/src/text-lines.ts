/**
 * Lines out of a stream of bytes. In: pieces of UTF-8 cut anywhere. Out: whole lines. Law 7: a line has at most 8 MiB, several
 * times what the API stores for an object; a longer one is an error and not memory.
 */

/** Bytes of a line at most. */
export const lineBytesMax: number = 8 * 1024 * 1024;

/** Cuts at line feeds; what follows the last one waits for the next piece. */
export class TextLines {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #bytesMax: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  constructor(bytesMax: number = lineBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** The lines that `piece` completes, without empty ones. `RangeError` for a line too long, `TypeError` for no UTF-8. */
  push(piece: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      const line = this.#take(piece.subarray(from, end));
      if (line !== '') lines.push(line);
      from = end + 1;
    }
    if (from < piece.length) this.#keep(piece.subarray(from));
    return lines;
  }

  #take(last: Uint8Array): string {
    this.#keep(last);
    const whole = this.#rest.length === 1 ? (this.#rest[0] ?? last) : Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restBytes = 0;
    return this.#decoder.decode(whole).trim();
  }

  #keep(part: Uint8Array): void {
    this.#restBytes += part.length;
    if (this.#restBytes > this.#bytesMax) {
      throw new RangeError(
        `a line of a watch has more than ${this.#bytesMax} bytes; no object of Kubernetes is so large`,
      );
    }
    this.#rest.push(part);
  }
}
