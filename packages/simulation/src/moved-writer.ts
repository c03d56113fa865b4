/**
 * A writer (an ingest) that sends by its map as of what it has read of `control`. In: batches of publishers, records of `control`,
 * the fate of its requests. Out: requests, one a partition on their way at a time. It may be behind, know no maps, or have a wrong
 * hash; rule B1 lets it say of a pinned instrument where that began, until a record with it is durable.
 */
import { homePartition, type LogEntryToWrite } from '@tapeline/domain';
import { ControlFollower, type MovedControl } from './moved-control.ts';
import { entriesOfSent, instrumentOfGiven, type Sent } from './moved-given.ts';
import type { MovedPublisher } from './moved-publisher.ts';

/** What all writers know of where instruments began. */
export type Beginnings = {
  readonly basePartitions: number;
  /** Partitions of the log; a wrong hash ends somewhere in them. */
  readonly partitions: number;
  /** Pins by `instrumentKey`, as they stand in the rows. */
  readonly pins: ReadonlyMap<string, number>;
};

/** What is odd about a writer; nothing, as a rule. */
export type WriterQuirk = 'none' | 'noMap' | 'wrongHash';

/** A record on its way. */
export type MovedRequest = {
  readonly writer: MovedWriter;
  readonly to: number;
  readonly mapEpoch: number;
  readonly entries: readonly LogEntryToWrite[];
  readonly sent: readonly Sent<MovedPublisher>[];
  /** Keys of the instruments whose Origin it tells. */
  readonly origins: readonly string[];
};

/** An instrument as a key of maps. */
export function instrumentKey({ dataset, symbol }: { readonly dataset: string; readonly symbol: string }): string {
  return `${dataset}\u0000${symbol}`;
}

/** Where an instrument began: at its pin, else at home. */
export function beginningOf(
  { basePartitions, pins }: Beginnings,
  instrument: { readonly dataset: string; readonly symbol: string },
): number {
  const pin = pins.get(instrumentKey(instrument));
  return pin ?? homePartition(instrument.dataset, instrument.symbol, basePartitions);
}

/** A writer, from its start to its crash. */
export class MovedWriter {
  readonly quirk: WriterQuirk;
  readonly follower: ControlFollower;
  readonly #beginnings: Beginnings;
  readonly #told = new Set<string>();
  #waiting: Sent<MovedPublisher>[] = [];
  #lanes = new Map<number, MovedRequest>();

  /** Rule W4: it reads `control` to its end before its first append, unless it is from before there were maps. */
  constructor(quirk: WriterQuirk, control: MovedControl, beginnings: Beginnings) {
    this.quirk = quirk;
    this.#beginnings = beginnings;
    this.follower = new ControlFollower(control);
    if (quirk !== 'noMap') this.follower.readAll();
  }

  /** Reads the next record of `control`; false if there is none, or it reads none at all. */
  follow(): boolean {
    if (this.quirk === 'noMap' || !this.follower.isBehind) return false;
    this.follower.read();
    return true;
  }

  /** Takes a batch in. */
  take(sent: readonly Sent<MovedPublisher>[]): void {
    this.#waiting.push(...sent);
  }

  /** Partitions that it could send to now. */
  lanes(): number[] {
    const wanted = new Set(this.#waiting.map(({ given }) => this.placeOf(instrumentOfGiven(given))));
    return [...wanted].filter((to) => !this.#lanes.has(to));
  }

  /** Requests on their way. */
  get requests(): MovedRequest[] {
    return [...this.#lanes.values()];
  }

  /** Where its map says that an instrument is. */
  placeOf(instrument: { readonly dataset: string; readonly symbol: string }): number {
    const override = this.follower.view.placement.overrideOf(instrument.dataset, instrument.symbol);
    if (override !== undefined) return override.partition;
    const begun = beginningOf(this.#beginnings, instrument);
    const isPinned = this.#beginnings.pins.has(instrumentKey(instrument));
    return this.quirk === 'wrongHash' && !isPinned ? (begun + 1) % this.#beginnings.partitions : begun;
  }

  /** Sends at most `count` of the things that wait for a partition (W1); `undefined` if there are none. */
  send(to: number, count: number = Infinity): MovedRequest | undefined {
    const isFor = ({ given }: Sent): boolean => this.placeOf(instrumentOfGiven(given)) === to;
    const sent = this.#waiting.filter(isFor).slice(0, count);
    if (sent.length === 0 || this.#lanes.has(to)) return undefined;
    const taken = new Set(sent);
    this.#waiting = this.#waiting.filter((one) => !taken.has(one));
    const { epoch } = this.follower.view.placement;
    const origins = this.#originsOf(to, sent);
    const entries = [...origins.map(({ entry }) => entry), ...entriesOfSent(sent, epoch)];
    const keys = origins.map(({ key }) => key);
    const request: MovedRequest = { writer: this, to, mapEpoch: epoch, entries, sent, origins: keys };
    this.#lanes.set(to, request);
    return request;
  }

  /** Rule B1. One that has no map is from before there were Origins. */
  #originsOf(to: number, sent: readonly Sent[]): { key: string; entry: LogEntryToWrite }[] {
    if (this.quirk === 'noMap') return [];
    const origins = new Map<string, LogEntryToWrite>();
    for (const { given } of sent) {
      const instrument = instrumentOfGiven(given);
      const key = instrumentKey(instrument);
      if (this.#beginnings.pins.get(key) !== to || this.#told.has(key)) continue;
      origins.set(key, { kind: 'origin', ...instrument, partition: to });
    }
    return [...origins].map(([key, entry]) => ({ key, entry }));
  }

  /** The lane is free again; `isDurable`: the reply has come (W2). */
  end(request: MovedRequest, isDurable: boolean): void {
    if (this.#lanes.get(request.to) === request) this.#lanes.delete(request.to);
    if (isDurable) for (const key of request.origins) this.#told.add(key);
  }

  /** Forgets what it has not sent of one publisher's connection: its stream is closed (W5). */
  closeStream(publisher: MovedPublisher): void {
    this.#waiting = this.#waiting.filter(({ from }) => from !== publisher);
  }
}
