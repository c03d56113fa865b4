/**
 * The command `bars`: files of recorded ticks in, bars out. In: what follows the name on the command line. Out: the
 * exit code. This file has the words and the checks; run-bars.ts does it.
 */
import { readOptions } from '@tapeline/runtime';
import type { Command, Surroundings } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { Screen } from '../screen.ts';
import { barsOptions } from './bars-options.ts';
import { runBars } from './run-bars.ts';

/** `tapeline bars FILE…`. */
export const barsCommand: Command = {
  name: 'bars',
  operands: 'FILE… [options]',
  summary: 'makes exact bars from files of recorded trades',
  about: [
    'Reads Lean trade and quote zips (SYMBOL_YYYYMMDD_trade.zip), raw Binance recordings (plain or .gz) and CSV (.csv, ' +
      '.csv.gz) with a header: ts_event (RFC 3339 or ns since 1970), symbol, price, size, and where known venue, ' +
      'conditions, tape, trade_id, sequence, kind (trade, cancel, correction), original_trade_id. Files are merged by ' +
      'event time, each in its own order.',
    'A trade that was read before counts once: one with a trade_id (or else a sequence) by symbol, venue and id, among ' +
      'the last 2,000,000 ids at least; and all of a file that is given twice. Rows that merely look alike are separate ' +
      'trades. A row that comes later than the horizon is counted as late and changes nothing.',
    'Writes each bar once, as it finally stands, ordered by start, dataset and symbol: dataset, symbol, interval, start, ' +
      'end, open, high, low, close, volume, vwap, trades, revision, state, profile. Times are RFC 3339 in UTC. Prices and ' +
      'volume are exact decimals, vwap is rounded half to even; all are empty (CSV) or null (NDJSON) where no trade may ' +
      'set them. Counts and messages go to standard error.',
  ],
  options: barsOptions,
  exitCodes: [
    '0  every row was read',
    '1  some rows or files could not be read (each has its message); the bars of the others are written',
    '2  nothing was written: bad arguments, no file that could be read, or an output that cannot be written',
  ],
  examples: [
    'tapeline bars spy_20131008_trade.zip',
    'tapeline bars spy_*_trade.zip --interval 5m --profile sip --out spy.csv',
    'tapeline bars btcusdt.gz trades.csv --interval 1s --format ndjson',
  ],
  run: readAndRun,
};

async function readAndRun(args: readonly string[], surroundings: Surroundings): Promise<number | 'help'> {
  const line = readOptions(barsOptions, args, {});
  if (line.kind === 'help') return 'help';
  const problems = line.kind === 'wrong' ? [...line.problems] : [];
  if (line.kind === 'read' && line.operands.length === 0) {
    problems.push('names no file; write tapeline bars FILE, or tapeline help bars for everything about it');
  }
  const screen = new Screen('bars', surroundings);
  if (line.kind === 'read' && problems.length === 0) return runBars(line.operands, line.values, surroundings, screen);
  for (const problem of problems) screen.say(problem);
  return ExitCode.refused;
}
