/**
 * Messages about single rows. In: file, line and what is wrong. Out: the first ones of each kind as `FILE:LINE: …`,
 * and how many more there were. Law 8: every one is counted, so that nothing is silent where not all are shown.
 */
import type { Screen } from '../screen.ts';

const shownMax = { rejected: 20, late: 5, unmatched: 5 } as const;

const words = {
  rejected: 'rejected rows',
  late: 'rows that came too late',
  unmatched: 'cancels and corrections without a trade',
} as const;

/** What can be wrong with a row: refused, too late, or naming a trade that is not there. */
export type RowTrouble = keyof typeof shownMax;

/** The messages about rows of one run. */
export class RowMessages {
  readonly #screen: Screen;
  readonly #counts = { rejected: 0, late: 0, unmatched: 0 };

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Tells of one row. */
  tell(trouble: RowTrouble, path: string, line: number, message: string): void {
    this.#counts[trouble] += 1;
    if (this.#counts[trouble] <= shownMax[trouble]) this.#screen.line(`${path}:${line}: ${message}`);
  }

  /** Says how many rows were not told of. */
  tellRest(): void {
    for (const trouble of Object.keys(shownMax) as RowTrouble[]) {
      const rest = this.#counts[trouble] - shownMax[trouble];
      if (rest > 0) this.#screen.say(`and ${rest} more ${words[trouble]}`);
    }
  }
}
