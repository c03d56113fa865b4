/**
 * Partitions that maps name. In: how many the newest map names. Out: the log asked until it has them, and its owner told when it has. A map
 * may be read before the log's own answer has what it names, so the log is asked again, with pauses, one question at a time; what
 * comes meanwhile is looked at before the next one. Others of the process ask the log too: what they found counts.
 */
import type { TickLog } from '@tapeline/domain';
import { Backoff, type Clock, type RandomSource } from '@tapeline/runtime';

/** What a question came to. */
export type AskedPartitions = {
  /** Partitions that it was for. */
  readonly named: number;
  /** Partitions that the log has now. */
  readonly there: number;
  /** Why the log did not answer; `undefined` where it did. */
  readonly error: unknown;
};

/** What asking needs. */
export type NamedPartitionsParts = {
  readonly log: Pick<TickLog, 'partitionCount' | 'refreshPartitions'>;
  /** How many the newest map names. */
  readonly named: () => number;
  /** So many are used already and not asked for. */
  readonly used: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Longest pause behind the first question, and of all, ms. */
  readonly pauseMs: { readonly firstMs: number; readonly maxMs: number };
  /** When it fires the log is not asked any more. */
  readonly stop: AbortSignal;
  /** The log has what is named. */
  readonly found: (asked: AskedPartitions) => void;
  /** It does not have it yet; it is asked again after a pause. */
  readonly missing: (asked: AskedPartitions) => void;
  /** Whether an error may pass by itself. */
  readonly mayPass: (error: unknown) => boolean;
  /** Hears of an error that does not pass: the log is not asked again before the next `look`. */
  readonly failed: (error: unknown) => void;
};

/** The partitions of one log. */
export class NamedPartitions {
  readonly #parts: NamedPartitionsParts;
  #used: number;
  #isAsking = false;
  #asking: Promise<void> | undefined;

  constructor(parts: NamedPartitionsParts) {
    this.#parts = parts;
    this.#used = parts.used;
  }

  /** A map may name more than before; fewer change nothing. */
  look(): void {
    if (!this.#isAsking) this.#asking = this.#ask();
  }

  /** Resolves when the log is not asked any more; rejects with what a listener threw. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const { named, found } = this.#parts;
    this.#isAsking = true;
    try {
      for (let wanted = named(); wanted > this.#used; wanted = named()) {
        const asked = await this.#until(wanted);
        if (asked === undefined) break;
        this.#used = wanted;
        found(asked);
      }
    } finally {
      this.#isAsking = false;
    }
  }

  /** Asks until the log has so many; `undefined` where it is not asked any more. */
  async #until(named: number): Promise<AskedPartitions | undefined> {
    const { log, clock, random, pauseMs, stop, missing, mayPass, failed } = this.#parts;
    const backoff = new Backoff({ ...pauseMs, random });
    while (!stop.aborted) {
      const error = log.partitionCount < named ? await this.#question() : undefined;
      if (error !== undefined && !mayPass(error)) {
        failed(error);
        return undefined;
      }
      const asked = { named, there: log.partitionCount, error };
      if (asked.there >= named) return asked;
      missing(asked);
      await clock.sleep(backoff.nextMs(), stop);
    }
    return undefined;
  }

  /** Answers why the log did not. */
  async #question(): Promise<unknown> {
    try {
      await this.#parts.log.refreshPartitions();
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
