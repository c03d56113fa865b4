/**
 * What the bars are, by brute force: the oracle of the fold. In: the set of ticks that count, in any order. Out: the
 * bars of every interval and profile. Naive and slow on purpose: no increments, no merging, whole numbers without
 * bounds, and a sort where the fold keeps state; so that the two share nothing but the rules.
 */
import {
  type Bar,
  calendarNamed,
  Eligible,
  eligibility,
  type Interval,
  type ProfileName,
  ruleVersionAt,
  type SessionCalendar,
} from '@tapeline/domain';
import { intervalNamed } from './market-scenes.ts';
import { type ReferenceBucket, referenceBucket } from './reference-bucket.ts';
import { compareOrder, correctedNsOf, eventNsOf, type StandingTrade, standingTrades } from './reference-trades.ts';
import { isTrade, type PublishedTick } from './simulated-publisher.ts';

/** What a bar says of the market; how it came about is the fold's business. */
export type ReferenceBar = Omit<Bar, 'revision' | 'state' | 'position' | 'foldVersion'> & {
  /** How many trades were published into the bar, cancelled and moved ones too: the least that its events can be. */
  readonly tradesPublished: number;
};

/** What to compute. */
export type ReferenceOptions = { readonly intervals: readonly string[]; readonly profiles: readonly ProfileName[] };

/** All bars with a trade, or out of which one was amended away. */
export type ReferenceBars = {
  readonly bars: readonly ReferenceBar[];
  /** Whether a bar may exist without any trade: a correction moved one there, and another took it away again. */
  mayBeEmpty(bar: Pick<Bar, 'dataset' | 'symbol' | 'interval' | 'startSec'>): boolean;
  /** Amendments that name no trade of the set. */
  readonly unmatched: readonly PublishedTick[];
};

type InstrumentTicks = { readonly dataset: string; readonly symbol: string; readonly ticks: PublishedTick[] };

/** Throws `RangeError` for an interval or calendar that does not exist. */
export function referenceBars(ticks: readonly PublishedTick[], options: ReferenceOptions): ReferenceBars {
  const bars: ReferenceBar[] = [];
  const unmatched: PublishedTick[] = [];
  const visited = new Set<string>();
  for (const instrument of byInstrument(ticks)) {
    const settled = standingTrades(instrument.ticks);
    unmatched.push(...settled.unmatched);
    for (const name of options.intervals) {
      const { made, passed } = barsOfInterval(instrument, settled.standing, intervalNamed(name), options.profiles);
      bars.push(...made);
      for (const startSec of passed) visited.add(emptyKey({ ...instrument, interval: name, startSec }));
    }
  }
  return { bars, unmatched, mayBeEmpty: (bar) => visited.has(emptyKey(bar)) };
}

function emptyKey(bar: Pick<Bar, 'dataset' | 'symbol' | 'interval' | 'startSec'>): string {
  return `${bar.dataset} ${bar.symbol} ${bar.interval} ${bar.startSec}`;
}

function byInstrument(ticks: readonly PublishedTick[]): InstrumentTicks[] {
  const instruments = new Map<string, InstrumentTicks>();
  for (const tick of ticks) {
    const { dataset, row } = tick;
    const key = `${dataset} ${row.symbol}`;
    const instrument = instruments.get(key) ?? { dataset, symbol: row.symbol, ticks: [] };
    instrument.ticks.push(tick);
    instruments.set(key, instrument);
  }
  return [...instruments.values()];
}

function calendarOf(ticks: readonly PublishedTick[]): SessionCalendar {
  const name = ticks[0]?.row.terms.calendar ?? '';
  const calendar = calendarNamed(name);
  if (calendar === undefined) throw new RangeError(`there is no calendar '${name}'`);
  return calendar;
}

function secOf(ns: bigint): number {
  return Number(ns / 1_000_000_000n);
}

/** The bars of one instrument and interval, and the starts of buckets that some correction named. */
function barsOfInterval(
  instrument: InstrumentTicks,
  standing: readonly StandingTrade[],
  interval: Interval,
  profiles: readonly ProfileName[],
): { made: ReferenceBar[]; passed: number[] } {
  const { ticks } = instrument;
  const calendar = calendarOf(ticks);
  const bucketOf = (ns: bigint): ReferenceBucket => referenceBucket(interval, calendar, secOf(ns));
  const times = [...ticks.filter(isTrade).map(eventNsOf), ...standing.map(({ eventNs }) => eventNs)];
  const buckets = new Map(times.map(bucketOf).map((bucket) => [bucket.startSec, bucket]));
  const made = [...buckets.values()].flatMap((bucket) => {
    const isIn = (ns: bigint): boolean => secOf(ns) >= bucket.startSec && secOf(ns) < bucket.endSec;
    const inside = standing.filter(({ eventNs }) => isIn(eventNs));
    const tradesPublished = ticks.filter(isTrade).filter((tick) => isIn(eventNsOf(tick))).length;
    return profiles.map((profile): ReferenceBar => {
      const firsts = firstsOfDates(standing, profile, calendar);
      return {
        ...barOf(instrument, interval, bucket, calendar),
        profile,
        tradesPublished,
        ...columnsOf(inside, profile, calendar, firsts),
      };
    });
  });
  const corrected = ticks.map(correctedNsOf).filter((ns) => ns !== undefined);
  return { made, passed: corrected.map((ns) => bucketOf(ns).startSec) };
}

type BarFrame = Omit<ReferenceBar, 'profile' | 'tradesPublished' | keyof BarColumns>;

function barOf(
  instrument: InstrumentTicks,
  interval: Interval,
  bucket: ReferenceBucket,
  calendar: SessionCalendar,
): BarFrame {
  const { priceExponent = 0, sizeExponent = 0 } = instrument.ticks[0]?.row.terms ?? {};
  return {
    dataset: instrument.dataset,
    symbol: instrument.symbol,
    interval: interval.name,
    startSec: bucket.startSec,
    endSec: bucket.endSec,
    tradingDate: calendar.tradingDateAt(bucket.startSec),
    session: calendar.sessionAt(bucket.startSec),
    priceExponent,
    sizeExponent,
  };
}

type BarColumns = Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume' | 'notional' | 'trades'>;

function columnsOf(
  inside: readonly StandingTrade[],
  profile: ProfileName,
  calendar: SessionCalendar,
  firsts: ReadonlySet<StandingTrade>,
): BarColumns {
  const may = (trade: StandingTrade, bit: number): boolean => (maskOf(trade, profile, calendar) & bit) !== 0;
  const ranged = inside.filter((trade) => may(trade, Eligible.highLow)).map(({ price }) => price);
  const lasts = inside.filter((trade) => may(trade, Eligible.last) || firsts.has(trade)).toSorted(compareStanding);
  const counted = inside.filter((trade) => may(trade, Eligible.volume));
  const sorted = ranged.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return {
    open: numberOf(lasts[0]?.price),
    high: numberOf(sorted.at(-1)),
    low: numberOf(sorted[0]),
    close: numberOf(lasts.at(-1)?.price),
    volume: counted.reduce((sum, { size }) => sum + size, 0n),
    notional: counted.reduce((sum, { price, size }) => sum + price * size, 0n),
    trades: counted.length,
  };
}

function numberOf(price: bigint | undefined): number | null {
  return price === undefined ? null : Number(price);
}

/** Bits of `Eligible` under the rules of the trading date on which the trade counts. */
function maskOf(trade: StandingTrade, profile: ProfileName, calendar: SessionCalendar): number {
  const version = ruleVersionAt(calendar.tradingDateAt(secOf(trade.eventNs)));
  return eligibility(profile, version, trade.tape, trade.conditions);
}

/** The trades that set open and close only by being the first of their date that may, and are. */
function firstsOfDates(
  standing: readonly StandingTrade[],
  profile: ProfileName,
  calendar: SessionCalendar,
): Set<StandingTrade> {
  const firsts = new Map<number, StandingTrade>();
  for (const trade of standing.toSorted(compareStanding)) {
    const date = calendar.tradingDateAt(secOf(trade.eventNs));
    const mask = maskOf(trade, profile, calendar);
    if ((mask & (Eligible.last | Eligible.lastIfFirst)) !== 0 && !firsts.has(date)) firsts.set(date, trade);
  }
  const conditional = [...firsts.values()].filter(
    (trade) => (maskOf(trade, profile, calendar) & Eligible.lastIfFirst) !== 0,
  );
  return new Set(conditional);
}

function compareStanding(left: StandingTrade, right: StandingTrade): number {
  return compareOrder(
    [left.eventNs, left.published.publisherId, left.published.row.sequence],
    [right.eventNs, right.published.publisherId, right.published.row.sequence],
  );
}
