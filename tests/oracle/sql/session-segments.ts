/**
 * The sessions of the dates that have trades, as the table `segments(trading_date, session, start_sec, end_sec)`, and
 * `dates(trading_date, start_sec, end_sec)`, from local midnight to local midnight. In: the market and the hours of its
 * sessions. Times are whole seconds since the Unix epoch, UTC, from the database's own time zones.
 */
import { type OracleDatabase, sqlText } from './oracle-database.ts';

/** The regular session of one date of a US exchange, RFC 3339, UTC. */
export type RegularHours = { readonly date: string; readonly open: string; readonly close: string };

/** `us`: an exchange in New York, its regular hours as rows or as a file of the reference calendars. */
export type Market =
  | { readonly kind: 'us'; readonly hours: readonly RegularHours[] | { readonly csv: string } }
  | { readonly kind: 'always-open' };

/** The zone whose dates are the market's trading dates. */
export function zoneOf(market: Market): string {
  return market.kind === 'us' ? 'America/New_York' : 'UTC';
}

/** Makes both tables for the trading dates in `printed`. */
export async function createSegments(database: OracleDatabase, market: Market): Promise<void> {
  const local = (clock: string): string => `CAST(epoch(timezone('${zoneOf(market)}', ${clock})) AS BIGINT)`;
  await database.run(`
    CREATE TABLE dates AS
    SELECT trading_date, ${local('trading_date')} AS start_sec, ${local('trading_date + INTERVAL 1 DAY')} AS end_sec
    FROM (SELECT DISTINCT trading_date FROM printed)`);
  if (market.kind === 'always-open') {
    await database.run(
      `CREATE TABLE segments AS SELECT trading_date, 'regular' AS session, start_sec, end_sec FROM dates`,
    );
    return;
  }
  await database.run(`CREATE TABLE hours AS ${hoursQuery(market.hours)}`);
  await refuseDatesBeyond(database);
  // Trading before and after hours is from 04:00 to 20:00, after an early close to 17:00, New York time.
  await database.run(
    `CREATE TABLE bounds AS
     SELECT dates.*, coalesce(open_sec, end_sec) AS open_sec, coalesce(close_sec, end_sec) AS close_sec,
       CASE WHEN open_sec IS NULL THEN end_sec ELSE ${local('dates.trading_date + INTERVAL 4 HOUR')} END AS pre_sec,
       CASE WHEN open_sec IS NULL THEN end_sec
         WHEN close_sec < ${local('dates.trading_date + INTERVAL 16 HOUR')} THEN ${local('dates.trading_date + INTERVAL 17 HOUR')}
         ELSE ${local('dates.trading_date + INTERVAL 20 HOUR')} END AS post_sec
     FROM dates LEFT JOIN hours USING (trading_date)`,
    `CREATE TABLE segments AS
     SELECT * FROM (
       SELECT trading_date, 'closed' AS session, start_sec, pre_sec AS end_sec FROM bounds
       UNION ALL SELECT trading_date, 'pre', pre_sec, open_sec FROM bounds
       UNION ALL SELECT trading_date, 'regular', open_sec, close_sec FROM bounds
       UNION ALL SELECT trading_date, 'post', close_sec, post_sec FROM bounds
       UNION ALL SELECT trading_date, 'closed', post_sec, end_sec FROM bounds
     ) WHERE start_sec < end_sec`,
  );
}

function hoursQuery(hours: readonly RegularHours[] | { readonly csv: string }): string {
  if ('csv' in hours) {
    return `
      SELECT CAST("column0"[1:10] AS DATE) AS trading_date, CAST(epoch(CAST("open" AS TIMESTAMPTZ)) AS BIGINT) AS open_sec,
        CAST(epoch(CAST("close" AS TIMESTAMPTZ)) AS BIGINT) AS close_sec
      FROM read_csv(${sqlText(hours.csv)}, all_varchar = true, header = true)`;
  }
  const rows = hours.map(({ date, open, close }) => `(DATE '${date}', TIMESTAMPTZ '${open}', TIMESTAMPTZ '${close}')`);
  return `
    SELECT trading_date, CAST(epoch("open") AS BIGINT) AS open_sec, CAST(epoch("close") AS BIGINT) AS close_sec
    FROM (VALUES ${rows.join(', ')}) AS given(trading_date, "open", "close")`;
}

/** A date outside the calendar's years would be taken for a holiday. */
async function refuseDatesBeyond(database: OracleDatabase): Promise<void> {
  const query = `
    SELECT CAST(trading_date AS VARCHAR) FROM dates
    WHERE year(trading_date) NOT BETWEEN (SELECT year(min(trading_date)) FROM hours) AND (SELECT year(max(trading_date)) FROM hours)`;
  const beyond = await database.rows(query);
  if (beyond.length > 0) throw new RangeError(`the calendar has no year for ${beyond.flat().join(', ')}`);
}
