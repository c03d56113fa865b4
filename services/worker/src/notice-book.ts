/**
 * Keeps what the fold tells of without drowning in it. In: notices and refused snapshots. Out: a count by code, the
 * first few of a code and minute in the log and then one line with their number, and the last 100 for status pages.
 * Law 8: each is counted; law 7: what is kept and logged is bounded.
 */
import type { Clock, Logger } from '@tapeline/runtime';
import type { PartitionProblem } from './partition-status.ts';

/** How many lines a code may have in a minute, and how many problems are kept. */
export const linesPerMinuteMax = 5;
export const problemsMax = 100;

const minuteMs = 60_000;

type Tally = { minute: number; lines: number; unsaid: number };

/** The notices of one partition. */
export class NoticeBook {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #count: (code: string) => void;
  /** By code; codes are a closed list. */
  readonly #tallies = new Map<string, Tally>();
  readonly #problems: PartitionProblem[] = [];

  /** `count` is called once for each, with its code. */
  constructor(clock: Clock, logger: Logger, count: (code: string) => void) {
    this.#clock = clock;
    this.#logger = logger;
    this.#count = count;
  }

  /** The last ones, the newest last. */
  get problems(): readonly PartitionProblem[] {
    return this.#problems;
  }

  /** Takes one in; `message` is that of its log line. */
  note(problem: PartitionProblem, message: string = 'a record was not plainly applied'): void {
    this.#count(problem.code);
    const { code, offset, dataset, symbol, detail } = problem;
    this.#problems.push({ code, offset, dataset, symbol, detail });
    if (this.#problems.length > problemsMax) this.#problems.shift();
    const tally = this.#tallyOf(code);
    if (tally.lines >= linesPerMinuteMax) {
      tally.unsaid += 1;
      return;
    }
    tally.lines += 1;
    this.#logger.warn(message, { code, offset, dataset, symbol, detail });
  }

  /** Says how many of each code were not logged since the last line about it; at the end of all. */
  flush(): void {
    for (const [code, tally] of this.#tallies) this.#sayUnsaid(code, tally);
  }

  #tallyOf(code: string): Tally {
    const minute = Math.floor(this.#clock.monotonicMs() / minuteMs);
    let tally = this.#tallies.get(code);
    if (tally === undefined) this.#tallies.set(code, (tally = { minute, lines: 0, unsaid: 0 }));
    if (tally.minute !== minute) {
      this.#sayUnsaid(code, tally);
      tally.minute = minute;
      tally.lines = 0;
    }
    return tally;
  }

  #sayUnsaid(code: string, tally: Tally): void {
    if (tally.unsaid === 0) return;
    this.#logger.warn('more records were not plainly applied', { code, count: tally.unsaid });
    tally.unsaid = 0;
  }
}
