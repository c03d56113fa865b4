/**
 * How far a delayed or replay publisher is in quiet instruments. In: its ticks in order, with their event times. Out: the
 * progress that is due, and what of it has to be sent again. Pure. An instrument is told of soon after its last tick, as
 * its short bars end, and then once a minute of event time, because longer bars end at whole minutes.
 */

/** None of the publisher's ticks of `symbol` after `link` is before `timeSec`. */
export type DueProgress = { readonly symbol: string; readonly link: number; readonly timeSec: number };

/** Bars of less than a minute end at multiples of these, s. */
const shortSteps = [1, 5, 10, 15, 30];
const longStep = 60;

type Position = { link: number; lastSec: number; saidSec: number };

/** Positions by symbol; as many as the publisher has instruments. */
export class ProgressBook {
  readonly #positions = new Map<string, Position>();
  readonly #slackSec: number;
  readonly #unsettled = new Map<string, { readonly due: DueProgress; sentAs: number }>();
  #reachedSec = 0;
  #checkedSec = 0;

  /** `slackSec`: how much earlier than the latest one a tick may still come, whole seconds. */
  constructor(slackSec: number) {
    this.#slackSec = slackSec;
  }

  /** An instrument that had ticks before this book began; when is not known. */
  know(symbol: string, link: number): void {
    this.#positions.set(symbol, { link, lastSec: 0, saidSec: 0 });
  }

  /** A tick was taken. */
  tick(symbol: string, sequence: number, eventSec: number): void {
    let position = this.#positions.get(symbol);
    if (position === undefined) {
      position = { link: 0, lastSec: eventSec, saidSec: 0 };
      this.#positions.set(symbol, position);
    }
    position.link = sequence;
    position.lastSec = Math.max(position.lastSec, eventSec);
    this.#reachedSec = Math.max(this.#reachedSec, eventSec - this.#slackSec);
  }

  /** Nothing before this second comes any more, of any instrument. */
  reach(sec: number): void {
    this.#reachedSec = Math.max(this.#reachedSec, sec);
  }

  /** Progress that nobody was told of yet; looked for once a second of event time. */
  collect(): void {
    if (this.#reachedSec <= this.#checkedSec) return;
    this.#checkedSec = this.#reachedSec;
    for (const [symbol, position] of this.#positions) {
      const timeSec = lastEnd(position, this.#reachedSec);
      if (timeSec === undefined) continue;
      position.saidSec = timeSec;
      this.#unsettled.set(symbol, { due: { symbol, link: position.link, timeSec }, sentAs: 0 });
    }
  }

  /** What may be sent now, at most `max`: progress of ticks up to `sentSequence`, as message `request` of the stream. */
  take(max: number, sentSequence: number, request: number): DueProgress[] {
    const taken: DueProgress[] = [];
    for (const entry of this.#unsettled.values()) {
      if (taken.length >= max) break;
      if (entry.sentAs !== 0 || entry.due.link > sentSequence) continue;
      entry.sentAs = request;
      taken.push(entry.due);
    }
    return taken;
  }

  /** Whether everything that was collected is settled. */
  get isSettled(): boolean {
    return this.#unsettled.size === 0;
  }

  /** Messages up to this one are settled. */
  settle(request: number): void {
    for (const [symbol, { sentAs }] of this.#unsettled) {
      if (sentAs !== 0 && sentAs <= request) this.#unsettled.delete(symbol);
    }
  }

  /** A new connection: what is not settled is sent again. */
  rewind(): void {
    for (const entry of this.#unsettled.values()) entry.sentAs = 0;
  }

  /** Under a new identity nothing was said yet. */
  clear(): void {
    this.#positions.clear();
    this.#unsettled.clear();
  }
}

/** The latest end of a bar, of any length, after the instrument's last tick; `undefined` if it was said already. */
function lastEnd({ lastSec, saidSec }: Position, reachedSec: number): number | undefined {
  let end = Math.floor(reachedSec / longStep) * longStep;
  for (const step of shortSteps) {
    const next = (Math.floor(lastSec / step) + 1) * step;
    if (next <= reachedSec) end = Math.max(end, next);
  }
  return end > lastSec && end > saidSec ? end : undefined;
}
