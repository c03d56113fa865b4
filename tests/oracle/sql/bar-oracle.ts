/**
 * The second opinion on bars: SQL over the same file, written from the specification. In: a recording's path and its
 * market. Out: the bars of any interval and profile. Nothing in this folder imports the product's code, which a test
 * beside it checks.
 */
import { basename } from 'node:path';
import { barsOfInterval, type OracleBar, type OracleProfile, tradesTable } from './interval-bars.ts';
import { numberedLinesOf } from './numbered-lines.ts';
import { openOracleDatabase, type OracleDatabase } from './oracle-database.ts';
import { type PrintedUnits, readBinanceTrades, readCsvTrades, readLeanTrades } from './printed-trades.ts';
import { eligibilityTable, leanBitTable, ruleTable } from './sale-condition-rules.ts';
import { createSegments, type Market, zoneOf } from './session-segments.ts';

/** The oracle of one file. `close` frees the database. */
export type BarOracle = {
  readonly units: PrintedUnits;
  /** How many trades stand. */
  readonly prints: number;
  /** Whether the file is in the order of event times, and whether it has cancels or corrections. */
  readonly inOrder: boolean;
  readonly hasAmendments: boolean;
  bars(interval: string, profile: OracleProfile): Promise<OracleBar[]>;
  close(): void;
};

/**
 * Reads a recording: `SYMBOL_YYYYMMDD_trade.zip` is Lean's, `.csv` and `.csv.gz` have a header, all others are
 * Binance's. A CSV file of US equities, which are `market` us, has tape or conditions.
 */
export async function openBarOracle(path: string, market: Market): Promise<BarOracle> {
  const database = await openOracleDatabase();
  const lines = numberedLinesOf(path);
  await database.run(ruleTable, leanBitTable);
  const units = await readPrinted(database, path, lines.path);
  lines.remove();
  await database.run(`
    ALTER TABLE printed ADD COLUMN trading_date DATE;
    UPDATE printed SET trading_date = CAST(timezone('${zoneOf(market)}', timezone('UTC', make_timestamp(ns // 1000))) AS DATE)`);
  await createSegments(database, market);
  await database.run(eligibilityTable, tradesTable);
  const [[prints, kept, amendments, backwards] = []] = await database.rows(`
    SELECT (SELECT count(*) FROM printed), (SELECT count(*) FROM trades), (SELECT count(*) FROM amended),
      (SELECT count(*) FROM (SELECT ns < lag(ns) OVER (PARTITION BY symbol ORDER BY seq) AS back FROM printed) WHERE back)`);
  if (prints !== kept)
    throw new RangeError(`of ${String(prints)} trades ${String(kept)} lie in a session or between two`);
  return {
    units,
    prints: Number(prints),
    inOrder: Number(backwards) === 0,
    hasAmendments: Number(amendments) > 0,
    bars: (interval, profile) => barsOfInterval(database, interval, profile),
    close: () => database.close(),
  };
}

async function readPrinted(database: OracleDatabase, path: string, lines: string): Promise<PrintedUnits> {
  const [, symbol = '', year = '', month = '', day = ''] =
    /^(.+)_(\d{4})(\d\d)(\d\d)_trade\.zip$/i.exec(basename(path)) ?? [];
  if (symbol !== '') return readLeanTrades(database, lines, symbol.toUpperCase(), `${year}-${month}-${day}`);
  return /\.csv(\.gz)?$/i.test(path) ? readCsvTrades(database, lines) : readBinanceTrades(database, lines);
}
