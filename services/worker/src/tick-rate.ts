/**
 * How many ticks a second a partition carries. In: totals and clocks, now and then. Out: a mean that forgets within half a
 * minute. What is counted late, after a takeover, is rated by the log's time, so that catching up does not look like load.
 */

/** After so long a sample weighs a third of what it did, seconds. */
const forgetSeconds = 30;

/** The rate of one partition. */
export class TickRate {
  #ticks: number;
  #wallMs: number;
  #logMs: number;
  #sum = 0;
  /** How much of the mean is known, 0 to 1: a partition that was just begun is not taken for a quiet one. */
  #known = 0;

  /** Totals and clocks at the beginning; `wallMs` is monotonic, `logMs` the partition's clock. */
  constructor(ticks: number, wallMs: number, logMs: number) {
    this.#ticks = ticks;
    this.#wallMs = wallMs;
    this.#logMs = logMs;
  }

  /** Totals and clocks now. */
  note(ticks: number, wallMs: number, logMs: number): void {
    const seconds = Math.max(wallMs - this.#wallMs, logMs - this.#logMs) / 1000;
    if (seconds <= 0) return;
    const weight = 1 - Math.exp(-seconds / forgetSeconds);
    this.#sum += weight * ((ticks - this.#ticks) / seconds - this.#sum);
    this.#known += weight * (1 - this.#known);
    this.#ticks = ticks;
    this.#wallMs = wallMs;
    this.#logMs = logMs;
  }

  /** Ticks a second; 0 before the first note. */
  get perSecond(): number {
    return this.#known === 0 ? 0 : this.#sum / this.#known;
  }
}
