/**
 * Forming bars from workers to readers. In: publications, each with the bars of one instrument as they stand. Out: the
 * newest of them for those who follow the instrument or ask for it. Only instruments that somebody wants are kept, so
 * memory is bounded by what is followed and by the bound on those asked for lately.
 */
import type { Bar, FormingBars } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { instrumentKey } from '../requests/instrument-key.ts';
import type { InstrumentName } from '../requests/request-fields.ts';
import { FormingPublication } from './forming-publication.ts';
import type { LiveBar } from './live-bar.ts';

/** Hears of the bars of one instrument as they stand now. */
export type FormingListener = (bars: FormingPublication) => void;

/** How the relay is made. */
export type FormingRelayOptions = {
  readonly forming: FormingBars;
  readonly clock: Clock;
  /** How long an instrument that somebody asked for once stays wanted, ms. */
  readonly lingerMs: number;
  /** Instruments that stay wanted after they were asked for; beyond, they are wanted during the call alone. */
  readonly lingeringMax: number;
};

type Wanted = {
  count: number;
  bars: FormingPublication | undefined;
  readonly release: () => void;
  readonly listeners: Set<FormingListener>;
};

/** The forming bars that this process knows. */
export class FormingRelay {
  readonly #options: FormingRelayOptions;
  readonly #wanted = new Map<string, Wanted>();
  readonly #lingering = new Set<string>();
  readonly #stop = new AbortController();
  readonly #unsubscribe: () => void;

  constructor(options: FormingRelayOptions) {
    this.#options = options;
    this.#unsubscribe = options.forming.subscribe((bars) => this.#hear(bars));
  }

  /** Hears no more and wants nothing. */
  stop(): void {
    this.#unsubscribe();
    this.#stop.abort();
    for (const { release } of this.#wanted.values()) release();
    this.#wanted.clear();
  }

  /** Passes on every publication of an instrument until the returned function is called. */
  follow({ dataset, symbol }: InstrumentName, listener: FormingListener): () => void {
    const key = instrumentKey(dataset, symbol);
    const wanted = this.#want(key, dataset, symbol);
    // A wrapper of its own, so that one listener may follow twice and leave once.
    const own: FormingListener = (bars) => listener(bars);
    wanted.listeners.add(own);
    return () => {
      wanted.listeners.delete(own);
      this.#letGo(key, wanted);
    };
  }

  /** What is known of series of an instrument that is followed; empty if nothing is. */
  known({ dataset, symbol }: InstrumentName, hasSeries: (key: string) => boolean): readonly LiveBar[] {
    return this.#wanted.get(instrumentKey(dataset, symbol))?.bars?.of(hasSeries) ?? [];
  }

  /**
   * The newest forming bars of instruments. Those that nobody wanted so far are wanted from now on, and are waited for
   * up to `waitMs`; what does not come by then is not there.
   */
  async ask(names: readonly InstrumentName[], waitMs: number): Promise<void> {
    let missing = 0;
    const stop = new AbortController();
    const releases = names.map((name) => {
      const { dataset, symbol } = name;
      const key = instrumentKey(dataset, symbol);
      let waits = this.#wanted.get(key)?.bars === undefined;
      if (waits) missing += 1;
      this.#linger(key, dataset, symbol);
      return this.follow(name, () => {
        if (!waits) return;
        waits = false;
        missing -= 1;
        if (missing === 0) stop.abort();
      });
    });
    try {
      if (missing > 0) await this.#options.clock.sleep(waitMs, AbortSignal.any([stop.signal, this.#stop.signal]));
    } finally {
      for (const release of releases) release();
    }
  }

  #hear(bars: readonly Bar[]): void {
    const [first] = bars;
    if (first === undefined) return;
    const wanted = this.#wanted.get(instrumentKey(first.dataset, first.symbol));
    if (wanted === undefined) return;
    wanted.bars = new FormingPublication(bars);
    for (const listener of wanted.listeners) listener(wanted.bars);
  }

  #want(key: string, dataset: string, symbol: string): Wanted {
    let wanted = this.#wanted.get(key);
    if (wanted === undefined) {
      const release = this.#options.forming.want(dataset, symbol);
      wanted = { count: 0, bars: undefined, release, listeners: new Set() };
      this.#wanted.set(key, wanted);
    }
    wanted.count += 1;
    return wanted;
  }

  #letGo(key: string, wanted: Wanted): void {
    wanted.count -= 1;
    if (wanted.count > 0 || this.#wanted.get(key) !== wanted) return;
    this.#wanted.delete(key);
    wanted.release();
  }

  #linger(key: string, dataset: string, symbol: string): void {
    if (this.#lingering.has(key) || this.#lingering.size >= this.#options.lingeringMax) return;
    this.#lingering.add(key);
    const wanted = this.#want(key, dataset, symbol);
    void this.#endLingering(key, wanted);
  }

  async #endLingering(key: string, wanted: Wanted): Promise<void> {
    await this.#options.clock.sleep(this.#options.lingerMs, this.#stop.signal);
    this.#lingering.delete(key);
    this.#letGo(key, wanted);
  }
}
