/**
 * Reads that are tried again. In: statements. Out: rows, or the seam's error after a few tries. Law 7: three tries with
 * pauses of up to half a second.
 */
import { type Clock, type RandomSource, retry } from '@tapeline/runtime';
import type { Row, Session, StatementHow, Value } from './session.ts';
import type { StoreMetrics } from './store-metrics.ts';
import { failureOf, mayPassInUse, storeErrorOf } from './write-failure.ts';

const tries = { attemptsMax: 3, firstMs: 50, maxMs: 500 } as const;

/** What reads stand on. */
export type PatientReadsParts = {
  readonly session: Session;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly metrics: StoreMetrics;
  /** See `WriterParts`. */
  readonly diagnose: (error: unknown) => Promise<Error | undefined>;
};

/** Reads of one session. */
export class PatientReads {
  readonly #parts: PatientReadsParts;

  constructor(parts: PatientReadsParts) {
    this.#parts = parts;
  }

  /** All rows; `what` begins the message of a failure. */
  rows(what: string, statement: string, values: readonly Value[], how: StatementHow = {}): Promise<readonly Row[]> {
    return this.run(what, async () => this.#parts.session.execute(statement, values, how));
  }

  /** Runs what may be repeated as a whole. Rejects with `StoreError`. */
  async run<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const { clock, random, metrics, diagnose } = this.#parts;
    try {
      return await retry(work, {
        ...tries,
        clock,
        random,
        retryIf: (error) => {
          const failure = failureOf(error);
          metrics.failed(failure.code);
          return mayPassInUse(failure);
        },
      });
    } catch (error) {
      const found = await diagnose(error);
      throw found ?? storeErrorOf(error, what);
    }
  }
}
