/**
 * The command `serve`, which also runs where no command is named: a market on this machine. In: what follows the name on
 * the command line, and the environment. Out: the exit code. This file has the words and the checks; run-serve.ts runs it.
 */
import { backendProblems } from '@tapeline/backend';
import { feedProblems } from '@tapeline/feed';
import { quoted, readOptions } from '@tapeline/runtime';
import type { Command, Surroundings } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { placementProblems } from '../placement/placement-options.ts';
import { Screen } from '../screen.ts';
import { runServe } from './run-serve.ts';
import { serveOptions, type ServeSettings } from './serve-options.ts';

/** `tapeline [serve] [options]`. */
export const serveCommand: Command = {
  name: 'serve',
  operands: '[options]',
  summary: 'runs a market on this machine: ticks in by gRPC and feeds, bars out by gRPC, HTTP and a page',
  about: [
    'Ingest, worker and query in one process, on a log and a store in --data-dir. Without options it shows a simulated ' +
      'market. What was acknowledged is on the disk: after a kill -9 the next start goes on where it was.',
    '--replay FILE… plays recorded ticks, as tapeline bars reads them; the same file again into the same data directory ' +
      'adds nothing. --feed binance and --feed finnhub follow real markets.',
    'With --kafka and --cassandra the log and the store are there, for this process and for ingest, worker and query ' +
      'processes beside it.',
    'The first SIGINT or SIGTERM settles what is under way and ends; a second one ends at once, and nothing that was ' +
      'acknowledged is lost by it either.',
  ],
  options: serveOptions,
  exitCodes: [
    '0  with --once: every row was read',
    '1  with --once: some rows or files could not be read, or a symbol is in none; the others are in',
    '2  it could not start or cannot go on: bad arguments, a port or data directory that cannot be used,',
    '   with --once no file that could be read; what was acknowledged is kept',
  ],
  examples: [
    'tapeline',
    'tapeline --replay spy_*_trade.zip --speed 600',
    'tapeline --replay trades.csv --speed max --once --data-dir spy-market',
    'tapeline --kafka localhost:9092 --cassandra localhost:9042',
    'tapeline --feed binance --symbols BTCUSDT,ETHUSDT',
  ],
  run: readAndRun,
};

async function readAndRun(args: readonly string[], surroundings: Surroundings): Promise<number | 'help'> {
  const line = readOptions(serveOptions, args, surroundings.env);
  if (line.kind === 'help') return 'help';
  const problems = [
    ...(line.kind === 'wrong' ? line.problems : []),
    ...line.operands.map((operand) => `takes no ${quoted(operand)}; files follow --replay`),
    ...(line.kind === 'read' ? problemsTogether(line.values) : []),
  ];
  const screen = new Screen('serve', surroundings);
  if (line.kind === 'read' && problems.length === 0) return runServe(line.values, surroundings, screen);
  for (const problem of problems) screen.say(problem);
  return ExitCode.refused;
}

/** What is wrong with options that are right one by one. */
function problemsTogether(settings: ServeSettings): string[] {
  const { once, feed, replay } = settings;
  const [httpPort, grpcPort] = [settings['http-port'], settings['grpc-port']];
  const problems = [...backendProblems(settings), ...feedProblems(settings), ...placementProblems(settings)];
  if (once && feed !== undefined && feed !== 'replay') {
    problems.push(`--once ends with the feed, and --feed ${feed} has no end; leave one of the two away`);
  }
  if (once && feed === undefined && replay === undefined) {
    problems.push('--once ends with the feed, and the simulator has no end; name files with --replay');
  }
  if (httpPort === grpcPort && httpPort !== 0 && settings['http-host'] === settings['grpc-host']) {
    problems.push(`--http-port and --grpc-port are both ${httpPort}; give each its own`);
  }
  return problems;
}
