/**
 * Bars of one interval and profile by SQL. In: the table `trades`, the sessions. Out: every bar with its values.
 * Rules, from the specification: a bar is `[start, end)` by event time; intervals that divide the hour lie on multiples
 * since the epoch, others begin at each session's start and end with it, `1d` is the local date. Order is (event time,
 * line). Every bucket with a trade of any kind has a bar, also
 * where all of them were cancelled.
 */
import type { OracleDatabase } from './oracle-database.ts';

/** Profiles: `all` lets every trade set everything. */
export type OracleProfile = 'all' | 'sip';

/** A bar by SQL. Prices, volume and notional are whole numbers in the units of the recording. */
export type OracleBar = {
  readonly symbol: string;
  /** Whole seconds since the Unix epoch. */
  readonly startSec: number;
  readonly endSec: number;
  /** Days since 1970-01-01. */
  readonly tradingDate: number;
  readonly session: string;
  readonly open: bigint | null;
  readonly high: bigint | null;
  readonly low: bigint | null;
  readonly close: bigint | null;
  readonly volume: bigint;
  readonly notional: bigint;
  /** Trades that `volume` counts, and trades of any kind in the bucket. */
  readonly trades: number;
  readonly prints: number;
};

/**
 * `trades`: what is `printed`, with its place in the order (`place`), its second and session, and what it may set by
 * the rules of the consolidated tape. A trade that sets open and close only as the first does so if it is the first of
 * its date among all trades that can set them.
 */
export const tradesTable: string = `
  CREATE TABLE trades AS
  WITH ruled AS (
    SELECT printed.*, high_low, last_rank, counts, ns // 1000000000 AS sec,
      row_number() OVER (PARTITION BY symbol ORDER BY ns, seq) AS place
    FROM printed JOIN eligibility USING (codes, tape, trading_date)
  ),
  firsts AS (
    SELECT symbol, trading_date, min(place) AS first_place FROM ruled WHERE stands AND last_rank > 0 GROUP BY ALL
  )
  SELECT symbol, trading_date, place, sec, price, size, stands, stands AND high_low AS high_low,
    stands AND counts AS counts,
    stands AND (last_rank = 2 OR (last_rank = 1 AND place = first_place)) AS sets_last,
    segments.start_sec AS segment_start, segments.end_sec AS segment_end
  FROM ruled LEFT JOIN firsts USING (symbol, trading_date)
    JOIN segments ON segments.trading_date = ruled.trading_date AND sec >= segments.start_sec AND sec < segments.end_sec`;

/** The bars of an interval such as `5s`, `45m`, `2h` or `1d`. */
export async function barsOfInterval(
  database: OracleDatabase,
  interval: string,
  profile: OracleProfile,
): Promise<OracleBar[]> {
  const when = (column: string): string => (profile === 'all' ? 'stands' : column);
  const rows = await database.rows(`
    WITH cut AS (${cutQuery(interval)}),
    bars AS (
      SELECT symbol, start_sec, end_sec,
        arg_min(price, place) FILTER (WHERE ${when('sets_last')}) AS open,
        max(price) FILTER (WHERE ${when('high_low')}) AS high,
        min(price) FILTER (WHERE ${when('high_low')}) AS low,
        arg_max(price, place) FILTER (WHERE ${when('sets_last')}) AS "close",
        coalesce(sum(size) FILTER (WHERE ${when('counts')}), 0) AS volume,
        coalesce(sum(price * size) FILTER (WHERE ${when('counts')}), 0) AS notional,
        count(*) FILTER (WHERE ${when('counts')}) AS trades,
        count(*) AS prints
      FROM cut GROUP BY ALL
    )
    SELECT symbol, bars.start_sec, bars.end_sec, datediff('day', DATE '1970-01-01', trading_date), session,
      CAST(open AS HUGEINT), CAST(high AS HUGEINT), CAST(low AS HUGEINT), CAST("close" AS HUGEINT),
      CAST(volume AS HUGEINT), CAST(notional AS HUGEINT), trades, prints
    FROM bars JOIN segments ON bars.start_sec >= segments.start_sec AND bars.start_sec < segments.end_sec`);
  return rows.map(barOf);
}

function cutQuery(interval: string): string {
  const [, digits = '', unit = ''] = /^(\d+)([smhd])$/.exec(interval) ?? [];
  if (unit === 'd') {
    return `SELECT trades.*, dates.start_sec, dates.end_sec FROM trades JOIN dates USING (trading_date)`;
  }
  const seconds = Number(digits) * (unit === 's' ? 1 : unit === 'm' ? 60 : 3600);
  if (3600 % seconds === 0) {
    return `SELECT *, sec - sec % ${seconds} AS start_sec, sec - sec % ${seconds} + ${seconds} AS end_sec FROM trades`;
  }
  const start = `segment_start + (sec - segment_start) // ${seconds} * ${seconds}`;
  return `SELECT *, ${start} AS start_sec, least(${start} + ${seconds}, segment_end) AS end_sec FROM trades`;
}

function barOf(row: readonly unknown[]): OracleBar {
  const [symbol, startSec, endSec, tradingDate, session, open, high, low, close, volume, notional, trades, prints] =
    row;
  return {
    symbol: symbol as string,
    startSec: Number(startSec),
    endSec: Number(endSec),
    tradingDate: Number(tradingDate),
    session: session as string,
    open: open as bigint | null,
    high: high as bigint | null,
    low: low as bigint | null,
    close: close as bigint | null,
    volume: volume as bigint,
    notional: notional as bigint,
    trades: Number(trades),
    prints: Number(prints),
  };
}
