/**
 * A publisher as the rules P1 to P4 ask for one. In: ticks without identity. Out: the same with sequence and link, and
 * the log entries that a writer makes of any of them: blocks, Voids, Progress, EndOfReplay. A resend is the same tick
 * put into a block again; how blocks are cut is the caller's choice.
 */
import {
  type AmendedTrade,
  encodeTickBlock,
  type LogEntryToWrite,
  publisherId,
  type TickRow,
  TimeDomain,
  TickKind,
} from '@tapeline/domain';
import { eventMsOf, type MarketTick } from './market-tick.ts';

/** A tick with its identity: who published it, and its place in that publisher's order. */
export type PublishedTick = {
  readonly publisherId: bigint;
  readonly dataset: string;
  readonly row: TickRow;
};

/** Who publishes. */
export type PublisherOptions = {
  readonly dataset: string;
  readonly domain: TimeDomain;
  /** Day of issue, days since 1970-01-01, and what the id draws; see `publisherId` of the domain. */
  readonly issueDay: number;
  readonly draw: bigint;
  /** Steps of the sequence, repeated; P1 asks only that it rises. */
  readonly sequenceSteps?: readonly number[];
};

/** A sequence that no simulated publisher reaches. */
export const sequenceOfNoTick = 4_000_000_000;

/** One publisher and everything it has published. */
export class SimulatedPublisher {
  readonly id: bigint;
  readonly dataset: string;
  readonly domain: TimeDomain;
  readonly #steps: readonly number[];
  readonly #published: PublishedTick[] = [];

  constructor(options: PublisherOptions) {
    this.id = publisherId(options.issueDay, options.domain, options.draw);
    this.dataset = options.dataset;
    this.domain = options.domain;
    this.#steps = options.sequenceSteps ?? [1];
  }

  /** All ticks so far, in the publisher's order. */
  get published(): readonly PublishedTick[] {
    return this.#published;
  }

  /**
   * Gives the ticks their identities, in this order (P1). An amendment may name a trade that comes later in the same
   * call, so that a cancel can overtake its trade. Throws `RangeError` for one that names another publisher's tick by
   * sequence.
   */
  publish(ticks: readonly MarketTick[]): readonly PublishedTick[] {
    const sequences = new Map<MarketTick, number>();
    let last = this.#published.at(-1)?.row.sequence ?? 0;
    const numbered = ticks.map((tick, place) => {
      last += this.#steps[(this.#published.length + place) % this.#steps.length] as number;
      sequences.set(tick, last);
      return { tick, sequence: last };
    });
    const fresh = numbered.map(({ tick, sequence }) => this.#rowOf(tick, sequence, sequences));
    const lasts = new Map<string, number>();
    for (const { row } of this.#published) lasts.set(row.symbol, row.sequence);
    for (const row of fresh) {
      const link = lasts.get(row.symbol) ?? 0;
      this.#published.push({ publisherId: this.id, dataset: this.dataset, row: { ...row, link } });
      lasts.set(row.symbol, row.sequence);
    }
    return this.#published.slice(this.#published.length - fresh.length);
  }

  #rowOf(tick: MarketTick, sequence: number, sequences: ReadonlyMap<MarketTick, number>): TickRow {
    const { amends, tradeId, quote, tradingState } = tick;
    return {
      symbol: tick.symbol,
      terms: tick.terms,
      sequence,
      link: 0,
      eventSec: tick.eventSec,
      eventNano: tick.eventNano,
      attributes: tick.attributes,
      price: tick.price,
      size: tick.size,
      ...(tradeId === '' ? {} : { tradeId }),
      ...(amends === undefined ? {} : { original: originalOf(amends, sequences) }),
      ...(quote === undefined ? {} : { quote }),
      ...(tradingState === undefined ? {} : { tradingState }),
    };
  }

  /** A block of ticks that this publisher has published, in its order; resent ones and leaps are welcome. */
  blockEntry(ticks: readonly PublishedTick[]): LogEntryToWrite {
    const header = {
      publisherId: this.id,
      timeDomain: this.domain,
      mapEpoch: 0,
      dataset: this.dataset,
      receiveTimeNs: 0n,
    };
    return {
      kind: 'tickBlock',
      bytes: encodeTickBlock(
        header,
        ticks.map(({ row }) => row),
      ),
    };
  }

  /** What a writer leaves of a tick that it refused (W3). */
  voidEntry(tick: PublishedTick, reason: string): LogEntryToWrite {
    const { sequence, link, symbol } = tick.row;
    return { kind: 'void', publisherId: this.id, sequence, link, dataset: this.dataset, symbol, reason };
  }

  /**
   * "None of my ticks after the first `position` is before this time", for each instrument in them (P4): the time is the
   * lowest of those that follow, so it is true whatever order they have. Instruments that are at their end are left to
   * `endEntry`. `undefined` where nothing is to be said.
   */
  progressEntry(position: number): LogEntryToWrite | undefined {
    const lowestMs = new Map<string, number>();
    for (const { row } of this.#published.slice(position)) {
      lowestMs.set(row.symbol, Math.min(lowestMs.get(row.symbol) ?? Infinity, eventMsOf(row)));
    }
    const instruments = [...this.#lastOf(this.#published.slice(0, position))].flatMap(([symbol, link]) => {
      const ms = lowestMs.get(symbol);
      return ms === undefined ? [] : [{ symbol, link, timeNs: BigInt(ms) * 1_000_000n }];
    });
    if (instruments.length === 0) return undefined;
    return { kind: 'progress', publisherId: this.id, dataset: this.dataset, instruments };
  }

  /** The last Progress of every instrument (P4); `undefined` before the first tick. */
  endEntry(): LogEntryToWrite | undefined {
    const instruments = [...this.#lastOf(this.#published)].map(([symbol, link]) => ({ symbol, link }));
    if (instruments.length === 0) return undefined;
    return { kind: 'endOfReplay', publisherId: this.id, dataset: this.dataset, instruments };
  }

  /** The last tick of each instrument. */
  lastTicks(): readonly PublishedTick[] {
    return [...new Map(this.#published.map((tick) => [tick.row.symbol, tick])).values()];
  }

  #lastOf(ticks: readonly PublishedTick[]): Map<string, number> {
    return new Map(ticks.map(({ row }) => [row.symbol, row.sequence]));
  }
}

/** Whether a publisher's bars close by the log's clock. */
export function isLive(publisher: SimulatedPublisher): boolean {
  return publisher.domain === TimeDomain.live;
}

/** Whether the tick is a trade. */
export function isTrade({ row }: PublishedTick): boolean {
  return row.attributes.kind === TickKind.trade;
}

/** Whether the tick is a cancel or a correction. */
export function isAmendment({ row }: PublishedTick): boolean {
  return row.original !== undefined;
}

function originalOf(
  amends: NonNullable<MarketTick['amends']>,
  sequences: ReadonlyMap<MarketTick, number>,
): AmendedTrade {
  const { trade, tradeId, correctedSec, correctedNano } = amends;
  const moved = correctedSec === undefined ? {} : { correctedSec, correctedNano: correctedNano ?? 0 };
  if (tradeId !== '') return { sequence: 0, tradeId, ...moved };
  if (trade === undefined) return { sequence: sequenceOfNoTick, tradeId: '', ...moved };
  const sequence = sequences.get(trade);
  if (sequence === undefined)
    throw new RangeError("a sequence can only name the publisher's own tick of the same call");
  return { sequence, tradeId: '', ...moved };
}
