/**
 * When a lease of somebody else is over. In: each state of the lease that was read, and our own time. Out: whether it may be
 * taken. It is over when it has not changed for its duration by OUR clock: what the other's clock says never matters. Pure.
 */
import type { LeaseRecord } from './lease-record.ts';

/** What one candidate has seen of a lease. */
export class LeaseWatch {
  #seen: LeaseRecord | undefined;
  #seenMs = 0;

  /** Takes what was read; `nowMs` is the time when the answer was there, so that the wait begins no earlier than the renewal. */
  see(record: LeaseRecord, nowMs: number): void {
    const before = this.#seen;
    this.#seen = record;
    if (before === undefined || before.resourceVersion !== record.resourceVersion) this.#seenMs = nowMs;
  }

  /** Nobody holds it now: it does not exist. */
  seeNone(): void {
    this.#seen = undefined;
  }

  /** How long until it may be taken, ms; 0 if it may. `leastMs` where the lease names no duration. */
  waitMs(nowMs: number, leastMs: number): number {
    if (this.#seen === undefined || this.#seen.holder === '') return 0;
    const durationMs = this.#seen.durationMs > 0 ? this.#seen.durationMs : leastMs;
    return Math.max(0, this.#seenMs + durationMs - nowMs);
  }
}
