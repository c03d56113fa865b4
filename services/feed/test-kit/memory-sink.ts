/**
 * A sink in memory that holds feeds to the contract. In: what a feed publishes, faults and a pace that a test sets. Out:
 * what became durable under each publisher, and every breach: sequences that do not rise, wrong links, batches out of
 * bounds, one identity with two contents. A send waits while as many ticks as there is room for are unsettled.
 */
import {
  type FeedIdentity,
  type FeedSink,
  type FeedStream,
  FeedStreamError,
  type InstrumentProgress,
  publisherId,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';

/** What a sink knows of one publisher. */
export type SunkPublisher = {
  readonly id: bigint;
  readonly identity: FeedIdentity;
  /** Durable ticks by sequence, each as it was when it came first. */
  readonly rows: Map<number, TickRow>;
  /** Last durable or handed-over sequence of each symbol, over all streams. */
  readonly progress: InstrumentProgress[];
  readonly ended: Map<string, number>;
  streams: number;
  closed: number;
};

/** A fault of one call: the stream is dead after it; `isKept` = what it carried becomes durable all the same. */
export type SinkFault = { readonly reason: string; readonly isKept: boolean };

/** How a sink behaves. */
export type MemorySinkConfig = {
  readonly nowMs: () => number;
  /** Unsettled ticks of a stream at which a send waits; absent = everything is settled at once. */
  readonly room?: number;
};

const msPerDay = 86_400_000;

/** A sink. */
export class MemorySink implements FeedSink {
  readonly publishers: Map<bigint, SunkPublisher> = new Map<bigint, SunkPublisher>();
  readonly breaches: string[] = [];
  /** Called for the n-th send and the n-th open, from 1, over all streams. */
  faultOfSend: (send: number) => SinkFault | undefined = () => undefined;
  faultOfOpen: (open: number) => string | undefined = () => undefined;
  /** Most ticks that were unsettled in one stream at once. */
  unsettledPeak = 0;
  sends = 0;
  opens = 0;
  /** Ticks handed over, repeats included. */
  handed = 0;
  readonly config: MemorySinkConfig;
  readonly #streams = new Set<MemoryStream>();
  #draw = 0n;

  constructor(config: MemorySinkConfig) {
    this.config = config;
  }

  /** All durable ticks, in the order of publishers and sequences. */
  get rows(): TickRow[] {
    return [...this.publishers.values()].flatMap(({ rows }) => [...rows.values()]);
  }

  /** Settles everything that was handed over. */
  settle(): void {
    for (const stream of this.#streams) stream.settleAll();
  }

  /** Streams that are open. */
  get openStreams(): number {
    return this.#streams.size;
  }

  async open(identity: FeedIdentity): Promise<FeedStream> {
    this.opens += 1;
    const reason = this.faultOfOpen(this.opens);
    if (reason !== undefined) throw new FeedStreamError(reason, `open is refused with ${reason}`);
    const day = Math.floor(this.config.nowMs() / msPerDay);
    this.#draw += 1n;
    const draw = identity.sourceDigest ?? this.#draw;
    const id = identity.publisherId ?? publisherId(day, identity.timeDomain, draw);
    let publisher = this.publishers.get(id);
    if (publisher === undefined) {
      publisher = { id, identity, rows: new Map(), progress: [], ended: new Map(), streams: 0, closed: 0 };
      this.publishers.set(id, publisher);
    }
    publisher.streams += 1;
    const stream = new MemoryStream(this, publisher, (gone) => this.#streams.delete(gone));
    this.#streams.add(stream);
    return stream;
  }
}

class MemoryStream implements FeedStream {
  readonly publisherId: bigint;
  readonly rejected = { count: 0 };
  settledSequence = 0;
  readonly #sink: MemorySink;
  readonly #publisher: SunkPublisher;
  readonly #gone: (stream: MemoryStream) => void;
  readonly #lastOf = new Map<string, number>();
  readonly #ended = new Set<string>();
  #last = 0;
  #pending: TickRow[] = [];
  #waiters: (() => void)[] = [];
  #dead: FeedStreamError | undefined;
  #isClosed = false;

  constructor(sink: MemorySink, publisher: SunkPublisher, gone: (stream: MemoryStream) => void) {
    this.publisherId = publisher.id;
    this.#sink = sink;
    this.#publisher = publisher;
    this.#gone = gone;
  }

  settleAll(): void {
    this.#keep(this.#pending);
    this.settledSequence = this.#last;
    this.#pending = [];
    for (const wake of this.#waiters.splice(0)) wake();
  }

  async send(rows: readonly TickRow[]): Promise<void> {
    this.#alive();
    this.#sink.sends += 1;
    this.#sink.handed += rows.length;
    this.#check(rows);
    const fault = this.#sink.faultOfSend(this.#sink.sends);
    if (fault !== undefined) this.#die(fault, rows);
    this.#pending.push(...rows);
    const { room } = this.#sink.config;
    if (room === undefined) this.settleAll();
    this.#sink.unsettledPeak = Math.max(this.#sink.unsettledPeak, this.#pending.length);
    while (room !== undefined && this.#pending.length >= room) await this.#change();
  }

  async progress(instruments: readonly InstrumentProgress[]): Promise<void> {
    this.#alive();
    this.#notLive('progress');
    if (instruments.length < 1 || instruments.length > 2_000) this.#breach(`progress of ${instruments.length}`);
    for (const { symbol, link } of instruments) {
      if (link !== (this.#lastOf.get(symbol) ?? link)) this.#breach(`progress of ${symbol} names ${link}`);
    }
    this.#publisher.progress.push(...instruments);
  }

  async end(instruments: readonly { readonly symbol: string; readonly link: number }[]): Promise<void> {
    this.#alive();
    this.#notLive('end');
    for (const { symbol, link } of instruments) {
      if (link !== (this.#lastOf.get(symbol) ?? link)) this.#breach(`end of ${symbol} names ${link}`);
      this.#ended.add(symbol);
      this.#publisher.ended.set(symbol, link);
    }
  }

  async settled(): Promise<void> {
    this.#alive();
    while (this.#pending.length > 0) {
      await this.#change();
      this.#alive();
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#publisher.closed += 1;
    this.#gone(this);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #alive(): void {
    if (this.#dead !== undefined) throw this.#dead;
  }

  #die({ reason, isKept }: SinkFault, rows: readonly TickRow[]): never {
    this.#dead = new FeedStreamError(reason, `the stream ended with ${reason}`);
    if (isKept) this.#keep([...this.#pending, ...rows]);
    this.#pending = [];
    for (const wake of this.#waiters.splice(0)) wake();
    throw this.#dead;
  }

  #keep(rows: readonly TickRow[]): void {
    for (const row of rows) {
      const known = this.#publisher.rows.get(row.sequence);
      if (known === undefined) this.#publisher.rows.set(row.sequence, { ...row });
      else if (contentOf(known) !== contentOf(row)) this.#breach(`sequence ${row.sequence} comes with two contents`);
    }
  }

  #check(rows: readonly TickRow[]): void {
    if (rows.length < 1 || rows.length > 2_000) this.#breach(`a batch of ${rows.length}`);
    for (const { symbol, sequence, link } of rows) {
      if (!(sequence > this.#last)) this.#breach(`sequence ${sequence} after ${this.#last}`);
      this.#last = sequence;
      const before = this.#lastOf.get(symbol);
      if (before !== undefined && before !== link)
        this.#breach(`${symbol} ${sequence} links to ${link}, not ${before}`);
      if (before === undefined && this.#publisher.streams === 1 && link !== 0) {
        this.#breach(`the first tick of ${symbol} links to ${link}`);
      }
      this.#lastOf.set(symbol, sequence);
      if (this.#ended.has(symbol)) this.#breach(`a tick of ${symbol} after its end`);
    }
  }

  #notLive(what: string): void {
    if (this.#publisher.identity.timeDomain === TimeDomain.live) this.#breach(`${what} of a live publisher`);
  }

  #breach(text: string): void {
    this.#sink.breaches.push(text);
  }
}

function contentOf(row: TickRow): string {
  return JSON.stringify(row);
}
