/**
 * Forming bars of workers in other processes. In: where the workers are, and what is wanted here. Out: the seam
 * `FormingBars` for this process, and how the workers do. Every want goes to every worker; the one that owns the instrument
 * answers, so nobody here knows placement. Outside law 5: what is lost while a worker moves comes with the next change.
 */
import type { Bar, FormingBars, Workers } from '@tapeline/domain';
import type { ClientTls, ErrorCodec } from '@tapeline/grpc';
import type { Clock, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { wireWorker } from '@tapeline/wire';
import { instrumentKey } from '../requests/instrument-key.ts';
import type { InstrumentName } from '../requests/request-fields.ts';
import { RemoteFormingLinks } from './remote-forming-links.ts';

/** How many may listen at once. */
export const listenersMax = 10_000;
/** Instruments that may be wanted at once; a worker takes no more from one caller. */
export const wantedMax = 1_000_000;

/** What remote forming bars need. */
export type RemoteFormingOptions = {
  /** Who is asked every 2 s, and when a stream breaks. */
  readonly workers: Workers;
  readonly errorCodec: ErrorCodec;
  readonly tls?: ClientTls;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** Running remote forming bars. */
export type RemoteForming = {
  readonly forming: FormingBars;
  /**
   * What each worker that answers within a second says; every partition stands in one answer alone, that of its owner.
   * The same answers for half a second, however often it is called.
   */
  partitionStatuses(): Promise<readonly wireWorker.GetWorkerStatusResponse[]>;
  /** Ends every stream. */
  stop(): Promise<void>;
};

/** Begins at once; workers that are not there yet are waited for. */
export function startRemoteForming(options: RemoteFormingOptions): RemoteForming {
  const forming = new RemoteFormingBars(options.logger);
  const links = new RemoteFormingLinks(options, forming.wanted, (bars) => forming.hear(bars));
  forming.tell((key, name) => links.change(key, name));
  return {
    forming,
    partitionStatuses: () => links.partitionStatuses(),
    stop: () => links.stop(),
  };
}

type Wanted = InstrumentName & { count: number };

/** The seam for one query process. */
export class RemoteFormingBars implements FormingBars {
  readonly #logger: Logger;
  readonly #listeners = new Set<{ readonly hear: (bars: readonly Bar[]) => void }>();
  readonly #wanted = new Map<string, Wanted>();
  #changed: (key: string, name: InstrumentName) => void = () => undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** What is wanted now, by key. */
  get wanted(): ReadonlyMap<string, InstrumentName> {
    return this.#wanted;
  }

  /** `changed` hears when an instrument begins or ceases to be wanted. */
  tell(changed: (key: string, name: InstrumentName) => void): void {
    this.#changed = changed;
  }

  /** Always throws: forming bars are made by workers, and nobody passes them on from here. */
  publish(): never {
    throw new TypeError('a query process has no forming bars of its own to publish; workers publish theirs');
  }

  /** Bars of one instrument came from a worker. */
  hear(bars: readonly Bar[]): void {
    for (const listener of this.#listeners) {
      try {
        listener.hear(bars);
      } catch (error) {
        // One listener's defect is not another's.
        this.#listeners.delete(listener);
        this.#logger.error('a listener to forming bars failed and hears no more', { error });
      }
    }
  }

  /** Throws `RangeError` past the bound. */
  subscribe(hear: (bars: readonly Bar[]) => void): () => void {
    if (this.#listeners.size >= listenersMax) throw new RangeError(`${listenersMax} listen to forming bars already`);
    const listener = { hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Throws `RangeError` past the bound. */
  want(dataset: string, symbol: string): () => void {
    const key = instrumentKey(dataset, symbol);
    let wanted = this.#wanted.get(key);
    if (wanted === undefined) {
      if (this.#wanted.size >= wantedMax) {
        throw new RangeError(`forming bars of ${wantedMax} instruments are wanted already`);
      }
      wanted = { dataset, symbol, count: 0 };
      this.#wanted.set(key, wanted);
      this.#changed(key, wanted);
    }
    wanted.count += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#letGo(key, wanted);
    };
  }

  isWanted(dataset: string, symbol: string): boolean {
    return this.#wanted.has(instrumentKey(dataset, symbol));
  }

  #letGo(key: string, wanted: Wanted): void {
    wanted.count -= 1;
    if (wanted.count > 0) return;
    this.#wanted.delete(key);
    this.#changed(key, wanted);
  }
}
