/**
 * Reports to `control` under one key. In: what is to be said, asked for at each report, and news. Out: a record every 10 s and at
 * each news, one append at a time; at the stop the key is taken out. Nobody waits for a report: what is lost is said again.
 */
import { type ControlLog, LogError, type PartitionReport, type RateReport, reportEveryMs } from '@tapeline/domain';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';
import { encodePartitionReport, encodeRatesReport, type KeyedBytes } from './control-codec.ts';

/**
 * Leaves the report of a partition, and the rates of all its instruments where they are told as well. Rejects where one of them may not
 * be there; nothing is tried again.
 */
export async function reportPartition(
  log: Pick<ControlLog, 'append'>,
  report: PartitionReport,
  rates: RateReport | undefined,
): Promise<void> {
  const records = [...(rates === undefined ? [] : [encodeRatesReport(rates)]), encodePartitionReport(report)];
  await Promise.all(records.map(({ key, bytes }) => log.append(key, bytes)));
}

/** What a reporter works with. */
export type ReporterParts = {
  readonly log: Pick<ControlLog, 'append'>;
  /** What is reported now, always under one key. */
  readonly report: () => KeyedBytes;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};

const firstPauseMs = 200;
const longestPauseMs = 10_000;
/** How long a stop waits for the report to be taken out, ms. */
const lastWordMsMax = 2_000;

/** Reports until it is stopped. */
export class ControlReporter {
  readonly #parts: ReporterParts;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #isNews = false;
  #wait: AbortController | undefined;

  /** Begins with a report at once. */
  constructor(parts: ReporterParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** There is something new to say; it is said as soon as the report before has landed. */
  news(): void {
    this.#isNews = true;
    this.#wait?.abort();
  }

  /** Reports no more and takes the report out, if that can be done in 2 s; may be called twice. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#wait?.abort();
    const { clock } = this.#parts;
    const over = new AbortController();
    const takenOut = this.#takeOut().finally(() => over.abort());
    await Promise.race([takenOut, clock.sleep(lastWordMsMax, over.signal)]);
  }

  async #run(): Promise<void> {
    const { clock, random, logger, log, report } = this.#parts;
    const stop = this.#stopping.signal;
    const backoff = new Backoff({ firstMs: firstPauseMs, maxMs: longestPauseMs, random });
    let isTold = false;
    while (!stop.aborted) {
      this.#isNews = false;
      let waitMs = reportEveryMs;
      try {
        const { key, bytes } = report();
        await log.append(key, bytes);
        backoff.reset();
        isTold = false;
      } catch (error) {
        if (isFinal(error)) return;
        waitMs = backoff.nextMs();
        // Once an outage: it is for comfort only.
        if (!isTold) logger.warn('control did not take a report; it is tried again', { error });
        isTold = true;
        this.#isNews = false;
      }
      if (this.#isNews) continue;
      this.#wait = new AbortController();
      if (!stop.aborted) await clock.sleep(waitMs, this.#wait.signal);
      this.#wait = undefined;
    }
  }

  async #takeOut(): Promise<void> {
    await this.#running;
    try {
      await this.#parts.log.append(this.#parts.report().key, undefined);
    } catch (error) {
      this.#parts.logger.debug('the report in control stays until it is taken out by a coordinator', { error });
    }
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof LogError && (error.code === 'LOG_REPLACED' || error.code === 'LOG_CLOSED');
}
