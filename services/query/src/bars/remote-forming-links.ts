/**
 * The links of a query process to all workers. In: who owns which partition, asked again every 2 s and when a stream
 * breaks. Out: one link for each worker's address, and how the workers do. Law 8: workers that cannot be found or reached
 * are told and counted, and tried on; law 7: links are bounded.
 */
import type { Bar } from '@tapeline/domain';
import type { Counter, Gauge, Logger } from '@tapeline/runtime';
import type { wireWorker } from '@tapeline/wire';
import type { InstrumentName } from '../requests/request-fields.ts';
import type { RemoteFormingOptions } from './remote-forming-bars.ts';
import { RemoteFormingLink } from './remote-forming-link.ts';

/** How often it is asked where the workers are, and how soon again after a stream broke, ms. */
const askEveryMs = 2_000;
const askAgainMs = 250;
/** A worker that is not named any more keeps its link so long: while owners change, nobody is named for a moment. */
const lingerMs = 10_000;
/** Links at once; further workers are not listened to, which is told. */
export const linksMax = 256;
const statusesMs = 500;

type Status = wireWorker.GetWorkerStatusResponse;
type Linked = { readonly link: RemoteFormingLink; namedMs: number };

/** All links; they begin at once. */
export class RemoteFormingLinks {
  readonly #options: RemoteFormingOptions;
  readonly #wanted: ReadonlyMap<string, InstrumentName>;
  readonly #hear: (bars: readonly Bar[]) => void;
  readonly #logger: Logger;
  readonly #linkCount: Gauge;
  readonly #broken: Counter;
  readonly #unreadable: Counter;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  readonly #links = new Map<string, Linked>();
  #owners: ReadonlyMap<number, string> = new Map();
  #isLost = false;
  #isCrowded = false;
  /** Fires when the next question should not wait. */
  #hurry = new AbortController();
  #statuses: { readonly atMs: number; readonly answers: Promise<readonly Status[]> } | undefined;

  constructor(
    options: RemoteFormingOptions,
    wanted: ReadonlyMap<string, InstrumentName>,
    hear: (bars: readonly Bar[]) => void,
  ) {
    const { logger, metrics } = options;
    this.#options = options;
    this.#wanted = wanted;
    this.#hear = hear;
    this.#logger = logger;
    this.#linkCount = metrics.gauge('tapeline_query_worker_links', 'Workers whose forming bars are listened to.');
    this.#broken = metrics.counter('tapeline_query_worker_streams_broken_total', 'Streams of forming bars that broke.');
    this.#unreadable = metrics.counter(
      'tapeline_query_forming_unreadable_total',
      'Forming bars of workers that could not be read.',
    );
    this.#following = this.#follow();
  }

  /** Whether an instrument is wanted has changed. */
  change(key: string, name: InstrumentName): void {
    for (const { link } of this.#links.values()) link.change(key, name);
  }

  /** See `RemoteForming.partitionStatuses`. */
  async partitionStatuses(): Promise<readonly Status[]> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#statuses === undefined || nowMs - this.#statuses.atMs >= statusesMs) {
      this.#statuses = { atMs: nowMs, answers: this.#askAll() };
    }
    return this.#statuses.answers;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#hurry.abort();
    await this.#following;
    await Promise.all([...this.#links.values()].map(({ link }) => link.stop()));
    this.#links.clear();
    this.#linkCount.set(0);
  }

  async #follow(): Promise<void> {
    const { clock, workers } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const hurry = new AbortController();
      this.#hurry = hurry;
      try {
        this.#owners = await workers.addresses();
        if (this.#isLost) this.#logger.info('workers are found again');
        this.#isLost = false;
      } catch (error) {
        if (!this.#isLost)
          this.#logger.warn('nobody says where the workers are; those known are listened to', { error });
        this.#isLost = true;
      }
      if (signal.aborted) return;
      await this.#link();
      await clock.sleep(askAgainMs, signal);
      await clock.sleep(askEveryMs - askAgainMs, AbortSignal.any([hurry.signal, signal]));
    }
  }

  async #link(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const named = new Set(this.#owners.values());
    for (const address of named) {
      const known = this.#links.get(address);
      if (known !== undefined) known.namedMs = nowMs;
      else if (this.#links.size < linksMax) this.#links.set(address, { link: this.#open(address), namedMs: nowMs });
      else this.#tellCrowded(named.size);
    }
    const gone = [...this.#links].filter(([, { namedMs }]) => nowMs - namedMs >= lingerMs && !this.#isLost);
    for (const [address, { link }] of gone) {
      this.#links.delete(address);
      this.#logger.info('worker is gone', { address });
      await link.stop();
    }
    this.#linkCount.set(this.#links.size);
  }

  #open(address: string): RemoteFormingLink {
    const { errorCodec, tls, clock, random } = this.#options;
    const logger = this.#logger.child({ worker: address });
    let isTold = false;
    return new RemoteFormingLink({
      address,
      errorCodec,
      ...(tls === undefined ? {} : { tls }),
      clock,
      random,
      wanted: this.#wanted,
      hear: (bars) => {
        if (isTold) logger.info('forming bars come again');
        isTold = false;
        this.#hear(bars);
      },
      broken: (error) => {
        this.#broken.add();
        if (!isTold) logger.warn('the stream of forming bars broke; it is opened again', { error });
        isTold = true;
        this.#hurry.abort();
      },
      unreadable: (message) => {
        this.#unreadable.add();
        logger.debug('a forming bar is none', { message });
      },
    });
  }

  #tellCrowded(workers: number): void {
    if (this.#isCrowded) return;
    this.#isCrowded = true;
    this.#logger.warn('more workers than can be listened to; of the others no forming bars come', {
      workers,
      linksMax,
    });
  }

  async #askAll(): Promise<readonly Status[]> {
    const asked = [...this.#links].map(async ([address, { link }]) => {
      try {
        return { address, status: await link.status() };
      } catch (error) {
        this.#logger.debug('a worker did not say how it does', { address, error });
        return undefined;
      }
    });
    const answers = (await Promise.all(asked)).filter((answer) => answer !== undefined);
    return answers.map(({ address, status }) => ({
      ...status,
      partitions: status.partitions.filter(({ partition }) => this.#speaker(partition, answers) === address),
    }));
  }

  /** Whose word on a partition counts: its owner's, or else that of whoever is furthest. */
  #speaker(partition: number, answers: readonly { readonly address: string; readonly status: Status }[]): string {
    const speakers = answers.flatMap(({ address, status }) => {
      const found = status.partitions.find((one) => one.partition === partition);
      return found === undefined ? [] : [{ address, nextOffset: found.nextOffset }];
    });
    const owner = speakers.find(({ address }) => address === this.#owners.get(partition));
    const [furthest] = speakers.toSorted((left, right) => (left.nextOffset < right.nextOffset ? 1 : -1));
    return owner?.address ?? furthest?.address ?? '';
  }
}
