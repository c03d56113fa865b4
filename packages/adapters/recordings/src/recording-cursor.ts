/**
 * The place in one recording, tick by tick in file order. In: its batches, pulled. Out: the next tick, and the earliest
 * event time that may still come, looked up one batch ahead. Law 7: until the merge reaches its first tick a file is closed,
 * so a thousand daily files keep no more in memory than those of one day.
 */
import type { RecordedBatch, RecordedTick, Recording } from './recording.ts';

/** Hears of every batch once, before its ticks are given out. */
export type OnBatch = (recording: Recording, batch: RecordedBatch) => void;

/** A batch that is being given out, and how early its ticks from each place on are. */
type Load = { readonly ticks: readonly RecordedTick[]; readonly lowSec: Float64Array };

/** Reads one file. `head` is the next tick; `undefined` = the file is at its end. */
export class RecordingCursor {
  readonly recording: Recording;
  /** Place on the command line, from 0. */
  readonly place: number;
  head: RecordedTick | undefined;
  readonly #onBatch: OnBatch;
  #batches: AsyncIterator<RecordedBatch> | undefined;
  #load: Load = { ticks: [], lowSec: new Float64Array(0) };
  #at = 0;
  #ahead: Load | undefined;

  private constructor(recording: Recording, place: number, onBatch: OnBatch) {
    this.recording = recording;
    this.place = place;
    this.#onBatch = onBatch;
  }

  /**
   * Looks at the first ticks of a file and closes it again, so that nothing is heard of its batches yet; once it is its
   * turn, it has to be opened. That goes for a file without a tick too: it may have refused rows to hear of.
   */
  static async peek(recording: Recording, place: number, onBatch: OnBatch): Promise<RecordingCursor> {
    const cursor = new RecordingCursor(recording, place, onBatch);
    for await (const { ticks } of recording.batches()) {
      if (ticks.length === 0) continue;
      cursor.#load = { ticks: [], lowSec: loadOf(ticks).lowSec.slice(0, 1) };
      cursor.head = ticks[0];
      break;
    }
    return cursor;
  }

  /** Whether the file is open, so that `next` may be called. */
  get isOpen(): boolean {
    return this.#batches !== undefined;
  }

  /** Earliest event time of what is still to come as far as it is known, seconds; Infinity at the end. */
  get lowSec(): number {
    const here = this.#load.lowSec[this.#at] ?? Infinity;
    const ahead = this.#ahead?.lowSec[0] ?? Infinity;
    return Math.min(here, ahead);
  }

  /** Opens the file for good, at its first tick. */
  async open(): Promise<void> {
    this.#batches = this.recording.batches()[Symbol.asyncIterator]();
    this.#ahead = await this.#pull();
    await this.refill();
  }

  /** Goes on to the next tick; false if `refill` must be awaited first. */
  next(): boolean {
    this.#at += 1;
    this.head = this.#load.ticks[this.#at];
    return this.head !== undefined;
  }

  /** Takes the batch ahead, and reads one more. */
  async refill(): Promise<void> {
    const load = this.#ahead;
    this.#load = load ?? { ticks: [], lowSec: new Float64Array(0) };
    this.#at = 0;
    this.head = load?.ticks[0];
    if (load !== undefined) this.#ahead = await this.#pull();
  }

  /** Closes the file before its end. */
  async close(): Promise<void> {
    await this.#batches?.return?.();
  }

  async #pull(): Promise<Load | undefined> {
    for (;;) {
      const step = await this.#batches?.next();
      if (step === undefined || step.done === true) return undefined;
      this.#onBatch(this.recording, step.value);
      if (step.value.ticks.length > 0) return loadOf(step.value.ticks);
    }
  }
}

function loadOf(ticks: readonly RecordedTick[]): Load {
  const lowSec = new Float64Array(ticks.length);
  let low = Infinity;
  for (let index = ticks.length - 1; index >= 0; index -= 1) {
    low = Math.min(low, ticks[index]?.eventSec ?? Infinity);
    lowSec[index] = low;
  }
  return { ticks, lowSec };
}
