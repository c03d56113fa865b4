/**
 * Runs `tapeline serve`. In: settings. Out: a market until it is asked to end, or until its feed has ended with --once;
 * where it is and what it cannot do on the screen; the exit code. What keeps it from starting is one line.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedError } from '@tapeline/embedded';
import { createLogger, systemClock } from '@tapeline/runtime';
import { WorkerFailedError } from '@tapeline/worker';
import type { Surroundings } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import type { Screen } from '../screen.ts';
import { ReplayRegisterError } from './kept-replays.ts';
import { type Market, startMarket } from './market.ts';
import { onceCounts } from './once-counts.ts';
import type { ServeSettings } from './serve-options.ts';

/** Runs the market of `settings`; answers the exit code. */
export async function runServe(settings: ServeSettings, surroundings: Surroundings, screen: Screen): Promise<number> {
  const logger = createLogger({ name: 'tapeline', level: settings['log-level'], format: settings['log-format'] });
  let market: Market;
  try {
    market = await startMarket({ settings, version: version(), clock: systemClock, logger });
  } catch (error) {
    const problem = startProblem(error, settings);
    if (problem === undefined) throw error;
    screen.say(problem);
    return ExitCode.refused;
  }
  tellWhere(market, settings, screen);
  try {
    return await runUntilEnd(market, settings, surroundings, screen);
  } finally {
    await market.stop();
  }
}

async function runUntilEnd(
  market: Market,
  settings: ServeSettings,
  { out, stop, nowMs }: Surroundings,
  screen: Screen,
): Promise<number> {
  const beginMs = nowMs();
  const before = market.worker.status();
  const stopped = new Promise<'stopped'>((resolve) => {
    stop.addEventListener('abort', () => resolve('stopped'), { once: true });
    if (stop.aborted) resolve('stopped');
  });
  const once = async (): Promise<'done'> => {
    await market.feeds.ended();
    await market.worker.caughtUp();
    return 'done';
  };
  try {
    const ending = await Promise.race([stopped, market.worker.failed, ...(settings.once ? [once()] : [])]);
    if (ending === 'stopped') {
      screen.say('stopping; what was acknowledged is kept (again to end at once)');
      return ExitCode.stopped;
    }
    const { counts, problem } = await onceCounts(market, before, nowMs() - beginMs);
    out.write(`${JSON.stringify(counts)}\n`);
    if (problem === undefined) return counts.rejected + counts.refused > 0 ? ExitCode.incomplete : ExitCode.good;
    screen.say(problem);
    return ExitCode.incomplete;
  } catch (error) {
    if (!(error instanceof WorkerFailedError)) throw error;
    screen.say(error.message);
    return ExitCode.refused;
  }
}

function tellWhere(market: Market, settings: ServeSettings, screen: Screen): void {
  screen.line(`tapeline: data     ${path.resolve(settings['data-dir'])}`);
  for (const limit of market.limits) screen.line(`tapeline: limit    ${limit}`);
  for (const { name } of market.feeds.standings()) screen.line(`tapeline: feed     ${name}`);
  screen.line(`tapeline: gRPC     ${hostText(settings['grpc-host'])}:${market.grpcPort} `);
  screen.line(`tapeline: page     http://${hostText(settings['http-host'])}:${market.httpPort}/ `);
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** What kept the market from starting, in one sentence; undefined for a defect. */
function startProblem(error: unknown, settings: ServeSettings): string | undefined {
  if (error instanceof EmbeddedError || error instanceof ReplayRegisterError) return error.message;
  if (error instanceof WorkerFailedError) return error.message;
  const codes = codesOf(error);
  if (codes.length === 0) return undefined;
  const { port = 0, address = '' } = error as { readonly port?: number; readonly address?: string };
  const option = port === settings['grpc-port'] ? 'grpc' : 'http';
  if (codes.includes('EADDRINUSE')) {
    return `port ${port} is in use; end the program that has it, or give another --${option}-port (0 = any free one)`;
  }
  if (codes.includes('EACCES')) return `port ${port} may not be opened by this user; give --${option}-port above 1023`;
  if (codes.includes('EADDRNOTAVAIL') || codes.includes('ENOTFOUND')) {
    return `${address} is no address of this machine; give another --${option}-host, such as 127.0.0.1`;
  }
  return undefined;
}

/** The codes of a system error and of what caused it. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let at: unknown = error; at instanceof Error && codes.length < 8; at = at.cause) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === 'string') codes.push(code);
  }
  return codes;
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
