/**
 * What is going to happen on the simulated exchange at known times. In: actions with a time. Out: the next one that is
 * due; of equal times the one that was added first. Law 7: a few hundred entries stand in it at most, because each kind
 * of mishap comes at its own slow pace; beyond 10,000 it refuses, which would be a defect.
 */

const entriesMax = 10_000;

type Entry = { readonly atUs: number; readonly act: () => void };

/** Actions in the order of their times, microseconds since the Unix epoch. */
export class Agenda {
  readonly #entries: Entry[] = [];

  /** Time of the next action; Infinity if there is none. */
  get nextUs(): number {
    return this.#entries[0]?.atUs ?? Infinity;
  }

  /** Adds an action. Throws `RangeError` beyond 10,000. */
  add(atUs: number, act: () => void): void {
    if (this.#entries.length >= entriesMax) throw new RangeError(`more than ${entriesMax} actions wait on an agenda`);
    let at = this.#entries.length;
    while (at > 0 && (this.#entries[at - 1]?.atUs ?? 0) > atUs) at -= 1;
    this.#entries.splice(at, 0, { atUs, act });
  }

  /** Does what comes next, if there is anything. */
  runNext(): void {
    this.#entries.shift()?.act();
  }
}
