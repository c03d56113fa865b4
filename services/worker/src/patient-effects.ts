/**
 * Effects that wait for store and log. In: a write or a read. Out: its value, after as many tries as it takes where time
 * or space can cure the error; any other error at once. Law 8: what does not go through is told until it does; law 7:
 * tries have no number, but pauses of up to 5 s, one at a time, and end with the stop.
 */
import { LogError, StoreError } from '@tapeline/domain';
import { type Clock, type RandomSource, retry } from '@tapeline/runtime';
import { PartitionEndedError } from './partition-ended-error.ts';

const firstPauseMs = 50;
const pauseMsMax = 5_000;

/** What patience needs. */
export type PatienceConfig = {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** When it fires there is no further try: an effect that waits rejects with its last error, later ones at once. */
  readonly giveUp: AbortSignal;
  /** An effect failed and will be tried again; `what` names it. */
  readonly waiting: (what: string, error: Error) => void;
  /** It went through after all. */
  readonly through: (what: string) => void;
};

/** Whether the same call may go through later. */
export function isTransient(error: unknown): error is Error {
  if (error instanceof StoreError) return error.code === 'STORE_UNAVAILABLE' || error.code === 'STORE_FULL';
  return error instanceof LogError && (error.code === 'LOG_UNAVAILABLE' || error.code === 'LOG_FULL');
}

/** Effects of one partition. */
export class PatientEffects {
  readonly #config: PatienceConfig;

  constructor(config: PatienceConfig) {
    this.#config = config;
  }

  /** Runs the effect until it goes through. Rejects with `PartitionEndedError` where nothing is begun any more. */
  async run<Value>(what: string, effect: () => Promise<Value>): Promise<Value> {
    const { clock, random, giveUp, waiting, through } = this.#config;
    if (giveUp.aborted) throw new PartitionEndedError(`${what} is not begun any more`);
    let failures = 0;
    const value = await retry(effect, {
      attemptsMax: Infinity,
      firstMs: firstPauseMs,
      maxMs: pauseMsMax,
      retryIf: isTransient,
      onRetry: (error) => {
        failures += 1;
        if (error instanceof Error) waiting(what, error);
      },
      clock,
      random,
      signal: giveUp,
    });
    if (failures > 0) through(what);
    return value;
  }
}
