/**
 * Reads recordings into the table `printed(symbol, seq, ns, price, size, codes, tape, stands)`, one row for each trade,
 * and into `amended` the trades that were cancelled, so that they do not stand, or corrected. In: a database and a file
 * of numbered lines. Out: the unit of its prices and sizes. `ns` is event time in nanoseconds since the Unix epoch, UTC; `seq` the line; `codes` are separated by spaces.
 */
import { type OracleDatabase, sqlText } from './oracle-database.ts';

/** Decimals of the prices and sizes in `printed`. */
export type PrintedUnits = { readonly priceDecimals: number; readonly sizeDecimals: number };

/** Lean trades: `ms since midnight in New York, price in 0.0001 USD, shares, venue, bit mask in hex, suspicious`. */
export async function readLeanTrades(
  database: OracleDatabase,
  lines: string,
  symbol: string,
  date: string,
): Promise<PrintedUnits> {
  await readLines(database, lines);
  await database.run(
    `CREATE TABLE fields AS
     SELECT seq, TRY_CAST(part[1] AS BIGINT) AS ms, TRY_CAST(part[2] AS HUGEINT) AS price,
       TRY_CAST(part[3] AS HUGEINT) AS size, TRY_CAST('0x' || part[5] AS BIGINT) AS mask
     FROM (SELECT seq, string_split(line, ',') AS part FROM lines) WHERE len(part) = 6`,
    `CREATE TABLE masks AS
     SELECT mask, coalesce(string_agg(code, ' ' ORDER BY bit), '') AS codes
     FROM (SELECT DISTINCT mask FROM fields WHERE mask IS NOT NULL) LEFT JOIN lean_bits ON ((mask >> bit) & 1) = 1
     GROUP BY mask`,
    `CREATE TABLE printed AS
     SELECT ${sqlText(symbol)} AS symbol, seq,
       1000 * epoch_us(timezone('America/New_York', DATE ${sqlText(date)} + to_milliseconds(ms))) AS ns,
       price, size, codes, '' AS tape, true AS stands
     FROM fields JOIN masks USING (mask)
     WHERE ms BETWEEN 0 AND 86399999 AND price > 0 AND size > 0`,
    nothingAmended,
  );
  return { priceDecimals: 4, sizeDecimals: 0 };
}

/** Binance's stream of trades: `receive time, space, message`, where the message is bare or wrapped with its stream. */
export async function readBinanceTrades(database: OracleDatabase, lines: string): Promise<PrintedUnits> {
  await readLines(database, lines);
  await database.run(
    `CREATE TABLE printed AS
     SELECT json_extract_string(message, '$.s') AS symbol, seq,
       1000000 * CAST(json_extract_string(message, '$.T') AS BIGINT) AS ns,
       ${fixedPoint("json_extract_string(message, '$.p')", 8)} AS price,
       ${fixedPoint("json_extract_string(message, '$.q')", 8)} AS size, '' AS codes, '' AS tape,
       true AS stands
     FROM (
       SELECT seq, coalesce(json_extract(text, '$.data'), text::JSON) AS message
       FROM (SELECT seq, line[strpos(line, ' ') + 1:] AS text FROM lines WHERE contains(line, '"e":"trade"'))
     )`,
    nothingAmended,
  );
  return { priceDecimals: 8, sizeDecimals: 8 };
}

/**
 * CSV with a header. A cancelled trade counts for nothing and a correction replaces price, size and conditions; of several
 * amendments of a trade the last by event time, then by line, stands. The trade keeps its time and its place.
 */
export async function readCsvTrades(database: OracleDatabase, lines: string): Promise<PrintedUnits> {
  await readLines(database, lines);
  const [[header = ''] = []] = (await database.rows('SELECT line FROM lines ORDER BY seq LIMIT 1')) as string[][];
  const names = header.split(',').map((name) => name.trim());
  const field = (name: string): string => (names.includes(name) ? `trim(part[${names.indexOf(name) + 1}])` : `''`);
  await database.run(
    `CREATE TABLE fields AS
     SELECT seq, ${field('symbol')} AS symbol, ${field('ts_event')} AS ts_event,
       ${fixedPoint(field('price'), 9)} AS price, ${fixedPoint(field('size'), 9)} AS size,
       ${field('conditions')} AS codes, upper(${field('tape')}) AS tape, ${field('trade_id')} AS trade_id,
       CASE ${field('kind')} WHEN '' THEN 'trade' ELSE ${field('kind')} END AS kind,
       ${field('original_trade_id')} AS original_trade_id
     FROM (SELECT seq, string_split(line, ',') AS part FROM lines WHERE seq > (SELECT min(seq) FROM lines))`,
    `CREATE TABLE timed AS
     SELECT *, CASE WHEN regexp_full_match(ts_event, '[0-9]+') THEN CAST(ts_event AS BIGINT)
       ELSE 1000000000 * CAST(epoch(CAST(regexp_replace(ts_event, '\\.[0-9]+', '') AS TIMESTAMPTZ)) AS BIGINT)
         + CAST(rpad(regexp_extract(ts_event, '\\.([0-9]+)', 1), 9, '0') AS BIGINT) END AS ns
     FROM fields`,
    `CREATE TABLE amended AS
     SELECT symbol, original_trade_id AS trade_id, arg_max(kind, (ns, seq)) AS amendment,
       arg_max(price, (ns, seq)) AS price, arg_max(size, (ns, seq)) AS size, arg_max(codes, (ns, seq)) AS codes
     FROM timed WHERE kind <> 'trade' GROUP BY ALL`,
    `CREATE TABLE printed AS
     SELECT symbol, seq, ns, CASE WHEN amendment IS NULL THEN timed.price ELSE amended.price END AS price,
       CASE WHEN amendment IS NULL THEN timed.size ELSE amended.size END AS size,
       CASE WHEN amendment IS NULL THEN timed.codes ELSE amended.codes END AS codes, tape,
       amendment IS NULL OR amendment <> 'cancel' AS stands
     FROM timed LEFT JOIN amended USING (symbol, trade_id)
     WHERE kind = 'trade'`,
  );
  return { priceDecimals: 9, sizeDecimals: 9 };
}

/** A file without cancels and corrections. */
const nothingAmended = 'CREATE TABLE amended AS SELECT 0 WHERE false';

async function readLines(database: OracleDatabase, path: string): Promise<void> {
  await database.run(
    `CREATE TABLE lines AS
     SELECT seq, line FROM read_csv(${sqlText(path)}, columns = {'seq': 'BIGINT', 'line': 'VARCHAR'}, header = false,
       delim = '\t', quote = '', escape = '', auto_detect = false, max_line_size = 16777216)`,
  );
}

/** Decimal text as a whole number of 10^-decimals; empty text is 0. */
function fixedPoint(text: string, decimals: number): string {
  const whole = `split_part(${text}, '.', 1)`;
  const fraction = `rpad(split_part(${text}, '.', 2), ${decimals}, '0')`;
  return `CASE WHEN ${text} = '' THEN 0 ELSE CAST(${whole} || ${fraction} AS HUGEINT) END`;
}
