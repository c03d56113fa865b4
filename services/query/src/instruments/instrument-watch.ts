/**
 * Tells of instruments that are new. In: the directory, looked through at intervals while somebody listens. Out: each
 * instrument once, those that were there before included. Bounded: past the limit further ones are not told, which is
 * logged once.
 */
import type { StoredInstrument } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import type { Clock, Logger } from '@tapeline/runtime';
import { instrumentKey } from '../requests/instrument-key.ts';
import type { InstrumentDirectory } from './instrument-directory.ts';

/** How the watch is made. */
export type InstrumentWatchOptions = {
  readonly directory: InstrumentDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs: number;
  readonly instrumentsMax: number;
};

/** Hears of instruments that were not told before. */
export type InstrumentListener = (instruments: readonly StoredInstrument[]) => void;

/** One look at all instruments for all who listen. */
export class InstrumentWatch {
  readonly #options: InstrumentWatchOptions;
  readonly #known = new Map<string, StoredInstrument>();
  readonly #listeners = new Set<InstrumentListener>();
  readonly #stop = new AbortController();
  #running = false;
  #isFull = false;

  constructor(options: InstrumentWatchOptions) {
    this.#options = options;
  }

  /** Tells what is known at once, and what comes later until the returned function is called. */
  listen(listener: InstrumentListener): () => void {
    const own: InstrumentListener = (instruments) => listener(instruments);
    this.#listeners.add(own);
    if (this.#known.size > 0) own([...this.#known.values()]);
    if (!this.#running) void this.#run();
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Looks no more. */
  stop(): void {
    this.#listeners.clear();
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { clock, everyMs, logger } = this.#options;
    this.#running = true;
    while (this.#listeners.size > 0) {
      try {
        await this.#look();
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        logger.warn('the store does not list instruments; looking again', { error: error.message });
      }
      await clock.sleep(everyMs, this.#stop.signal);
    }
    this.#running = false;
  }

  async #look(): Promise<void> {
    const { directory, instrumentsMax, logger } = this.#options;
    for await (const page of directory.all(undefined)) {
      const fresh: StoredInstrument[] = [];
      for (const instrument of page) {
        const key = instrumentKey(instrument.dataset, instrument.symbol);
        if (this.#known.has(key)) continue;
        if (this.#known.size >= instrumentsMax) {
          if (!this.#isFull)
            logger.warn('further instruments are not told to streams of all', { limit: instrumentsMax });
          this.#isFull = true;
          break;
        }
        this.#known.set(key, instrument);
        fresh.push(instrument);
      }
      if (fresh.length > 0) for (const listener of this.#listeners) listener(fresh);
      if (this.#isFull) return;
    }
  }
}
