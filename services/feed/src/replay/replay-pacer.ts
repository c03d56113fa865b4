/**
 * When a tick of the past is due. In: event times in the order of the merge, the clock. Out: how long to wait. Event
 * time runs so many times as fast as the clock; a silence of more than 15 minutes, such as a night, takes a second at
 * most.
 */
import type { Clock } from '@tapeline/runtime';
import type { ReplaySpeed } from '../feed-options.ts';

/** Silence from which a market counts as asleep, ms of event time. */
export const idleMs = 900_000;

/** How long such a silence lasts at most, ms by the clock. */
export const idleWaitMs = 1_000;

/** The pace of one replay. */
export class ReplayPacer {
  readonly #clock: Clock;
  readonly #speed: number;
  #anchorEventMs = Number.NaN;
  #anchorMs = 0;
  #lastEventMs = 0;

  constructor(speed: ReplaySpeed, clock: Clock) {
    this.#speed = speed === 'max' ? Infinity : speed;
    this.#clock = clock;
  }

  /** How long until a tick is due, ms; 0 or less = now. Ticks are asked for in the order in which they are sent. */
  waitMs(eventSec: number, eventNano: number): number {
    if (this.#speed === Infinity) return 0;
    const eventMs = eventSec * 1_000 + eventNano / 1_000_000;
    const nowMs = this.#clock.monotonicMs();
    if (Number.isNaN(this.#anchorEventMs)) {
      this.#anchorEventMs = eventMs;
      this.#anchorMs = nowMs;
    } else if (eventMs - this.#lastEventMs > idleMs) {
      const silenceMs = Math.min(idleWaitMs, (eventMs - this.#lastEventMs) / this.#speed);
      this.#anchorMs = this.#dueMs(this.#lastEventMs) + silenceMs;
      this.#anchorEventMs = eventMs;
    }
    this.#lastEventMs = Math.max(this.#lastEventMs, eventMs);
    return this.#dueMs(eventMs) - nowMs;
  }

  /** Up to where event time has run, whole seconds; Infinity at full speed. */
  get eventNowSec(): number {
    if (this.#speed === Infinity) return Infinity;
    return Math.floor((this.#anchorEventMs + (this.#clock.monotonicMs() - this.#anchorMs) * this.#speed) / 1_000);
  }

  #dueMs(eventMs: number): number {
    return this.#anchorMs + (eventMs - this.#anchorEventMs) / this.#speed;
  }
}
