/**
 * The clock of the simulated world. In: steps that a test takes. Out: the time that the log stamps on what is appended.
 * Law 2: no process's clock is read. Time moves only when somebody moves it, and back only as a broker's may.
 */

/** A clock that stands until it is moved. */
export class VirtualClock {
  #nowMs: number;

  /** `startMs` is ms since the Unix epoch. */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** ms since the Unix epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Moves forward by `ms`, 0 or more. Throws `RangeError` for less. */
  advanceBy(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`the clock advances by 0 ms or more, not by ${ms}`);
    this.#nowMs += ms;
  }

  /** Moves to a time; one that is past already is left alone. */
  advanceTo(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  /** Moves back, as append times do when a broker with another clock becomes leader (rule K1). */
  stepBackBy(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`the clock steps back by 0 ms or more, not by ${ms}`);
    this.#nowMs -= ms;
  }
}
