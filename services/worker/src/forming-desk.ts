/**
 * Forming bars of one worker's process for callers elsewhere. In: what each caller wants, and every publication. Out: for
 * each caller the newest bars of each instrument that it wants, once. Law 7: what waits for a caller is one publication an
 * instrument, and of `pendingMax` instruments; beyond, the one that waited longest is left out, as forming bars may be.
 */
import type { Bar, FormingBars } from '@tapeline/domain';

/** Callers at once. */
export const callersMax = 1_000;
/** Instruments that one caller may want at once. */
export const wantedMax = 1_000_000;
/** Instruments whose bars wait for one caller. */
export const pendingMax = 65_536;
/** Instruments whose last bars are kept for callers that come later; of others they hear with the next change. */
export const keptMax = 65_536;

/** What the desk needs. */
export type FormingDeskConfig = {
  readonly forming: Pick<FormingBars, 'subscribe' | 'want'>;
  /** Whether this worker has the bar's instrument, in that partition: bars that are kept from before it left are of the past. */
  readonly serves: (bar: Bar) => boolean;
  /** Told of each publication that a newer one replaced, or that was left out. */
  readonly onConflated: () => void;
};

type Entry = {
  readonly key: string;
  readonly callers: Set<FormingCaller>;
  readonly release: () => void;
  last: readonly Bar[] | undefined;
};

/** One caller's wants and what waits for it. */
export class FormingCaller {
  readonly #desk: FormingDesk;
  readonly #wanted = new Set<string>();
  readonly #pending = new Map<string, readonly Bar[]>();
  #wake: () => void = () => undefined;

  /** For the desk alone. */
  constructor(desk: FormingDesk) {
    this.#desk = desk;
  }

  /** How many instruments it wants. */
  get wanted(): number {
    return this.#wanted.size;
  }

  /** Wants an instrument from now on; again has no effect. Throws `RangeError` past the bound of all that are wanted. */
  want(dataset: string, symbol: string): void {
    const key = keyOf(dataset, symbol);
    if (this.#wanted.has(key)) return;
    this.#desk.add(this, dataset, symbol);
    this.#wanted.add(key);
  }

  unwant(dataset: string, symbol: string): void {
    const key = keyOf(dataset, symbol);
    if (!this.#wanted.delete(key)) return;
    this.#pending.delete(key);
    this.#desk.remove(this, key);
  }

  /** Takes what waits: at most so many bars, but one publication whole. */
  take(barsMax: number): Bar[] {
    const bars: Bar[] = [];
    for (const [key, publication] of this.#pending) {
      if (bars.length > 0 && bars.length + publication.length > barsMax) break;
      for (const bar of publication) bars.push(bar);
      this.#pending.delete(key);
    }
    return bars;
  }

  /** Resolves once something waits, or the signal fires. */
  async some(signal: AbortSignal): Promise<void> {
    if (this.#pending.size > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Wants nothing more. */
  leave(): void {
    for (const key of this.#wanted) this.#desk.remove(this, key);
    this.#wanted.clear();
    this.#pending.clear();
    this.#desk.left(this);
  }

  /** For the desk alone: bars of an instrument that it wants. */
  offer(key: string, bars: readonly Bar[], onConflated: () => void): void {
    // The place of what is replaced stays, so that an instrument that changes all the time is not always last.
    if (this.#pending.has(key)) onConflated();
    this.#pending.set(key, bars);
    if (this.#pending.size > pendingMax) {
      const [oldest] = this.#pending.keys();
      this.#pending.delete(oldest as string);
      onConflated();
    }
    this.#wake();
  }
}

/** The desk of one worker. */
export class FormingDesk {
  readonly #config: FormingDeskConfig;
  readonly #entries = new Map<string, Entry>();
  readonly #callers = new Set<FormingCaller>();
  #kept = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(config: FormingDeskConfig) {
    this.#config = config;
  }

  /** How many callers there are. */
  get callers(): number {
    return this.#callers.size;
  }

  /** A new caller; `undefined` past the bound. */
  join(): FormingCaller | undefined {
    if (this.#callers.size >= callersMax) return undefined;
    this.#unsubscribe ??= this.#config.forming.subscribe((bars) => this.#hear(bars));
    const caller = new FormingCaller(this);
    this.#callers.add(caller);
    return caller;
  }

  /** For callers alone. */
  add(caller: FormingCaller, dataset: string, symbol: string): void {
    const key = keyOf(dataset, symbol);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const release = this.#config.forming.want(dataset, symbol);
      this.#entries.set(key, (entry = { key, callers: new Set(), release, last: undefined }));
    }
    entry.callers.add(caller);
    // The hub tells anew only those whom nobody wanted before.
    const { last } = entry;
    const [newest] = last ?? [];
    if (last !== undefined && newest !== undefined && this.#config.serves(newest)) {
      caller.offer(key, last, this.#config.onConflated);
    }
  }

  /** For callers alone. */
  remove(caller: FormingCaller, key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.callers.delete(caller);
    if (entry.callers.size > 0) return;
    this.#entries.delete(key);
    if (entry.last !== undefined) this.#kept -= 1;
    entry.release();
  }

  /** For callers alone. */
  left(caller: FormingCaller): void {
    if (!this.#callers.delete(caller) || this.#callers.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #hear(bars: readonly Bar[]): void {
    const [first] = bars;
    const entry = first === undefined ? undefined : this.#entries.get(keyOf(first.dataset, first.symbol));
    if (entry === undefined) return;
    if (entry.last !== undefined) entry.last = bars;
    else if (this.#kept < keptMax) {
      this.#kept += 1;
      entry.last = bars;
    }
    for (const caller of entry.callers) caller.offer(entry.key, bars, this.#config.onConflated);
  }
}

function keyOf(dataset: string, symbol: string): string {
  return `${dataset.length} ${dataset}${symbol}`;
}
