/**
 * One direction of a connection through a proxy. In: the bytes of one socket. Out: the same bytes on the other, with the
 * faults of now. Bounded: it holds at most its limit and one piece; then it stops reading, and the sender feels it.
 */
import type { Socket } from 'node:net';

/** What a lane is told and what it tells. */
export type LaneRules = {
  /** Bytes that may wait here. */
  readonly heldBytesMax: number;
  isStalled(): boolean;
  isSwallowed(): boolean;
  /** How much later a piece that came now may go on, ms. */
  delayMs(): number;
  bytesPerSecond(): number;
  /** What to write instead of this piece; undefined once the connection was ended in its place. */
  edit(piece: Buffer): Buffer | undefined;
  onSwallowed(bytes: number): void;
  onForwarded(bytes: number): void;
};

type Held = { readonly dueMs: number; readonly piece: Buffer | 'end' };

/** Pieces per second under a limit of rate; a piece is no larger than its share. */
const piecesPerSecond = 50;

/** Carries bytes from one socket to another. */
export class FaultLane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #rules: LaneRules;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitsForDrain = false;
  #isEnded = false;

  constructor(from: Socket, to: Socket, rules: LaneRules) {
    this.#from = from;
    this.#to = to;
    this.#rules = rules;
    from.on('data', (piece: Buffer) => this.#take(piece));
    from.on('end', () => this.#takeEnd());
    to.on('drain', () => {
      this.#waitsForDrain = false;
      this.#move();
    });
    this.refresh();
  }

  /** Bytes that wait here. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Looks at the faults again, after they changed. */
  refresh(): void {
    if (this.#isEnded) return;
    if (this.#rules.isStalled() || this.#heldBytes >= this.#rules.heldBytesMax) this.#from.pause();
    else this.#from.resume();
    this.#move();
  }

  /** Forgets what waits; nothing is carried any more. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#held.length = 0;
    this.#heldBytes = 0;
  }

  #take(piece: Buffer): void {
    if (this.#isEnded) return;
    if (this.#rules.isSwallowed()) {
      this.#rules.onSwallowed(piece.length);
      return;
    }
    const rate = this.#rules.bytesPerSecond();
    const share = rate > 0 ? Math.max(1, Math.floor(rate / piecesPerSecond)) : piece.length;
    const earliestMs = performance.now() + this.#rules.delayMs();
    for (let at = 0; at < piece.length; at += share) {
      const part = piece.subarray(at, at + share);
      this.#hold(part, Math.max(earliestMs, this.#lastDueMs) + (rate > 0 ? (part.length * 1000) / rate : 0));
    }
    if (this.#heldBytes >= this.#rules.heldBytesMax) this.#from.pause();
    this.#move();
  }

  #takeEnd(): void {
    if (this.#isEnded || this.#rules.isSwallowed()) return;
    this.#hold('end', Math.max(performance.now() + this.#rules.delayMs(), this.#lastDueMs));
    this.#move();
  }

  #hold(piece: Buffer | 'end', dueMs: number): void {
    this.#held.push({ dueMs, piece });
    this.#heldBytes += piece === 'end' ? 0 : piece.length;
    this.#lastDueMs = dueMs;
  }

  /** Writes what is due, as long as the other side takes it. */
  #move(): void {
    clearTimeout(this.#timer);
    while (!this.#isEnded && !this.#waitsForDrain && !this.#rules.isStalled()) {
      const next = this.#held[0];
      if (next === undefined) return;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#move(), waitMs);
        return;
      }
      this.#held.shift();
      this.#write(next.piece);
    }
  }

  #write(piece: Buffer | 'end'): void {
    if (piece === 'end') {
      this.#to.end();
      return;
    }
    this.#heldBytes -= piece.length;
    const written = this.#rules.edit(piece);
    if (written === undefined) return;
    this.#rules.onForwarded(written.length);
    if (!this.#to.write(written)) this.#waitsForDrain = true;
    const hasRoom = this.#heldBytes * 2 <= this.#rules.heldBytesMax;
    if (hasRoom && !this.#rules.isStalled()) this.#from.resume();
  }
}
