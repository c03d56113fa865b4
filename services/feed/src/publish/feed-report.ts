/**
 * What a feed tells while it runs. In: states, gaps, refusals. Out: calls of the seam's listener, lines of the log, and
 * totals for the end. A state is told once, however often it is set. Law 8: whatever is told is counted too.
 */
import type { FeedEnd, FeedListener, FeedStatus } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';

/** A part of the tape that is missing, or may be. */
export type FeedGap = Parameters<FeedListener['gap']>[0];

/** Refusals that go to the log one by one; beyond, the listener and the totals have them. */
const refusalsLoggedMax = 20;

/** The report of one run. */
export class FeedReport {
  readonly #listener: FeedListener;
  readonly #logger: Logger;
  #last: FeedStatus | undefined;
  /** The status that holds once the log takes ticks again. */
  #heldBack: FeedStatus | undefined;
  #ticks = 0;
  #refused = 0;
  #gaps = 0;

  constructor(listener: FeedListener, logger: Logger) {
    this.#listener = listener;
    this.#logger = logger;
  }

  /** How the feed is doing; while the log takes nothing, it is told once the log does again. */
  status(state: FeedStatus['state'], detail: string): void {
    if (this.#heldBack !== undefined && state !== 'ended') this.#heldBack = { state, detail };
    else this.#tell({ state, detail });
  }

  /** The log takes no ticks. */
  logWaits(detail: string): void {
    this.#heldBack ??= this.#last ?? { state: 'connecting', detail: 'connects' };
    this.#tell({ state: 'waiting', detail });
  }

  /** The log takes ticks again: the feed is as it was, or as it became meanwhile. */
  logTakes(): void {
    const status = this.#heldBack;
    this.#heldBack = undefined;
    if (status !== undefined) this.#tell(status);
  }

  /** Ticks that the feed handed over for the first time. */
  sent(ticks: number): void {
    this.#ticks += ticks;
  }

  /** A part that is missing, or may be. */
  gap(gap: FeedGap): void {
    this.#gaps += 1;
    this.#logger.warn('feed has a gap', { ...gap });
    this.#listener.gap(gap);
  }

  /** Something that could not be used; `count` messages, lines or ticks at once. */
  refused(code: string, message: string, count: number = 1): void {
    if (this.#refused < refusalsLoggedMax)
      this.#logger.warn('feed refused something', { code, detail: message, count });
    this.#refused += count;
    this.#listener.refused({ code, message });
  }

  /** The totals. */
  end(): FeedEnd {
    return { ticks: this.#ticks, refused: this.#refused, gaps: this.#gaps };
  }

  #tell(status: FeedStatus): void {
    const { state, detail } = status;
    if (this.#last?.state === state && this.#last.detail === detail) return;
    if (this.#last?.state !== state) this.#logger.info('feed changed its state', { state, detail });
    this.#last = status;
    this.#listener.status(status);
  }
}
