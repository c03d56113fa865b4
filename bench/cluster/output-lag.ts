/**
 * How old the newest tick is that is durable in every output, over a time. In: a log, addresses of workers. Out: percentiles
 * of the looks within a time, and how far behind the outputs were when it ended. A look sees the end of the log, not what waits
 * in front of it: that is for a reader's latency to tell.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TickLog } from '@tapeline/domain';
import { GroupWatch } from './group-watch.ts';

/** What was seen between two times. */
export type LagSeen = {
  /** Of looks at which every partition ran, ms; the longest lag without any. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The median of the last seconds, ms; a look at which a partition did not run counts as the longest lag. */
  readonly endMs: number;
};

const lookEveryMs = 100;
/** Longer ones are not told apart, ms. */
const lagMsMax = 120_000;
const endOfMs = 5_000;
const shareMsMax = 60_000;

/** Workers do not come to share a stream, or it cannot be seen how far they are. */
export class OutputLagError extends Error {
  override name = 'OutputLagError';
}

/** Looks again and again, until `end`. */
export class OutputLag {
  readonly #watch: GroupWatch;
  readonly #looks: { readonly atMs: number; readonly lagMs: number; readonly isWhole: boolean }[] = [];
  /** Resolves at the end, with what a look failed for. */
  readonly #looking: Promise<unknown>;
  #isOver = false;

  private constructor(watch: GroupWatch) {
    this.#watch = watch;
    this.#looking = this.#look().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Waits until every worker has a partition at least, and looks from then on. Rejects with `OutputLagError`. */
  static async begin(log: TickLog, addresses: readonly string[]): Promise<OutputLag> {
    const watch = new GroupWatch(log, addresses);
    const deadlineMs = performance.now() + shareMsMax;
    for (;;) {
      const { owned, isWhole } = await watch.look();
      if (isWhole && owned.every((count) => count > 0)) return new OutputLag(watch);
      if (performance.now() > deadlineMs) {
        watch.close();
        throw new OutputLagError(`the workers had ${owned.join(' and ')} partitions after ${shareMsMax} ms`);
      }
      await sleep(lookEveryMs);
    }
  }

  /** Of the looks between two times of `performance.now`, ms. */
  between(fromMs: number, toMs: number): LagSeen {
    const within = this.#looks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    const lags = within.filter(({ isWhole }) => isWhole).map(({ lagMs }) => lagMs);
    const last = within.filter(({ atMs }) => atMs >= toMs - endOfMs);
    const endLags = last.map(({ isWhole, lagMs }) => (isWhole ? lagMs : lagMsMax));
    return { p50Ms: quantile(lags, 0.5), p99Ms: quantile(lags, 0.99), endMs: quantile(endLags, 0.5) };
  }

  /** Looks no more. Rejects with `OutputLagError` if a look failed. */
  async end(): Promise<void> {
    this.#isOver = true;
    const failure = await this.#looking;
    this.#watch.close();
    if (failure !== undefined) throw new OutputLagError('the outputs could not be looked at', { cause: failure });
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      const { isWhole, lagMs } = await this.#watch.look();
      this.#looks.push({ atMs: performance.now(), lagMs: Math.min(lagMs, lagMsMax), isWhole });
      await sleep(lookEveryMs);
    }
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? lagMsMax;
}
