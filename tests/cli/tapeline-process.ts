/**
 * The real command, started as a person starts it. In: arguments and a folder to stand in. Out: exit code, standard
 * output and standard error.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../services/standalone/src/main.ts', import.meta.url));

/** How a run ended, and what it wrote. */
export type Ending = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
};

/** What a run may be given besides its arguments. */
export type RunOptions = {
  readonly cwd?: string;
  /** Arguments for Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Called once the process has started. */
  readonly onStart?: (child: ChildProcess) => void;
};

/** Runs `tapeline` to its end. */
export function tapeline(args: readonly string[], options: RunOptions = {}): Promise<Ending> {
  const nodeArgs = ['--disable-warning=ExperimentalWarning', '--conditions=source', ...(options.nodeArgs ?? [])];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArgs, main, ...args], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
    });
    options.onStart?.(child);
  });
}

/** A bar as NDJSON has it. */
export type BarLine = {
  readonly dataset: string;
  readonly symbol: string;
  readonly interval: string;
  readonly start: string;
  readonly end: string;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string;
  readonly vwap: string | null;
  readonly trades: number;
  readonly revision: number;
  readonly state: string;
  readonly profile: string;
};

/** The bars of NDJSON text. */
export function barLines(ndjson: string): BarLine[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BarLine);
}

/** A bar in few words: symbol, time of day of its start, open, high, low, close, volume, trades, revision, state. */
export function inWords(bar: BarLine): string {
  const { symbol, start, open, high, low, close, volume, trades, revision, state } = bar;
  const prices = [open, high, low, close].map((price) => price ?? '-').join(' ');
  return `${symbol} ${start.slice(11, 19)} ${prices} v${volume} n${trades} r${revision} ${state}`;
}

/** `tapeline bars` with NDJSON: its bars in few words, and the ending. */
export async function barsInWords(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly bars: readonly string[]; readonly ending: Ending }> {
  const ending = await tapeline(['bars', ...args, '--format', 'ndjson'], options);
  return { bars: barLines(ending.out).map(inWords), ending };
}
