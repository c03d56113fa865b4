/**
 * The reports of one partition, from its recovery to its end. In: steps of moves, time. Out: a report each `reportEveryMs`, be there
 * records or not, and soon after a step; one on its way at most. Law 7: what does not go through is dropped and counted: the next
 * one says it, for ten minutes. Nothing waits for a report, so `control` holds nothing up.
 */
import { type PartitionReport, reportedStepsMax, reportEveryMs, type StepOfMove } from '@tapeline/domain';
import type { Clock, Logger } from '@tapeline/runtime';
import type { Outbox } from './outbox.ts';
import { PacedTask } from './paced-task.ts';
import { newestSteps } from './report-of-partition.ts';

/** From a step of a move to its report, ms: what comes meanwhile goes into the same one. */
export const soonMs = 100;

/**
 * So long a step is told, ms of the process's clock: as long as anybody waits to hear of a move. A step that is told for ever would
 * be in each report of a partition that is quiet now.
 */
export const stepToldMs = 600_000;

/** A step and when it was first told, ms of the monotonic clock. */
type ToldStep = { readonly step: StepOfMove; readonly sinceMs: number };

/** What reports need. */
export type PartitionReportsConfig = {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly logger: Logger;
  /** Makes the report of now. */
  readonly make: (steps: readonly StepOfMove[]) => PartitionReport;
  /** Leaves it where it is read; rejects where it may not be there. */
  readonly put: (report: PartitionReport) => Promise<unknown>;
  /** Says when what left is in the other partition. */
  readonly outbox: Pick<Outbox, 'durableUpTo'>;
  /** Hears of each report that was dropped. */
  readonly dropped: () => void;
  readonly failed: (error: unknown) => void;
};

/** The reports of one partition. */
export class PartitionReports {
  readonly #config: PartitionReportsConfig;
  readonly #regular: PacedTask;
  readonly #soon: PacedTask;
  #steps: readonly ToldStep[] = [];
  #isSending = false;
  /** Whether one was due while another one was on its way. */
  #isDue = false;

  constructor(config: PartitionReportsConfig) {
    const { clock, stop, failed } = config;
    this.#config = config;
    const run = (): void => this.#send();
    this.#soon = new PacedTask({ clock, stop, failed, pauseMs: () => soonMs, run });
    this.#regular = new PacedTask({
      clock,
      stop,
      failed,
      pauseMs: () => reportEveryMs,
      run: () => {
        this.#send();
        this.#regular.arm();
      },
    });
  }

  /** The partition is alive: the first report goes out soon. */
  begin(): void {
    this.#soon.arm();
    this.#regular.arm();
  }

  /** Instruments came and went with a step whose outputs are in the outbox. */
  note(steps: readonly StepOfMove[]): void {
    const arrived = steps.filter(({ step }) => step === 'arrived');
    if (arrived.length > 0) this.#add(arrived);
    const gone = steps.filter(({ step }) => step !== 'arrived');
    const last = gone.at(-1);
    // Only once the other partition has what it needs; where it never comes to that, whoever reads the log again says it.
    if (last !== undefined) this.#config.outbox.durableUpTo(last.offset + 1).then(() => this.#add(gone), nothing);
  }

  /** Resolves when nothing runs any more, after the stop. */
  async settled(): Promise<void> {
    await Promise.all([this.#soon.settled(), this.#regular.settled()]);
  }

  #add(steps: readonly StepOfMove[]): void {
    const sinceMs = this.#config.clock.monotonicMs();
    const told = [...this.#steps, ...steps.map((step) => ({ step, sinceMs }))];
    const newest = new Set(
      newestSteps(
        told.map(({ step }) => step),
        reportedStepsMax,
      ),
    );
    this.#steps = told.filter(({ step }) => newest.has(step));
    this.#soon.arm();
  }

  #send(): void {
    if (this.#isSending) {
      this.#isDue = true;
      return;
    }
    this.#isSending = true;
    void this.#put().finally(() => {
      this.#isSending = false;
      if (this.#isDue) this.#soon.arm();
      this.#isDue = false;
    });
  }

  async #put(): Promise<void> {
    const { clock, make, put, dropped, logger } = this.#config;
    const sinceMsMin = clock.monotonicMs() - stepToldMs;
    this.#steps = this.#steps.filter(({ sinceMs }) => sinceMs > sinceMsMin);
    try {
      await put(make(this.#steps.map(({ step }) => step)));
    } catch (error) {
      dropped();
      logger.debug('a report did not go through', { error });
    }
  }
}

function nothing(): void {}
