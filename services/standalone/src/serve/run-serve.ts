/**
 * Runs `tapeline serve`. In: settings. Out: a market until it is asked to end, or until its feed has ended with --once;
 * where it is and what it cannot do on the screen; the exit code. What keeps it from starting is one line.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createLogger, systemClock } from '@tapeline/runtime';
import { WorkerFailedError } from '@tapeline/worker';
import type { Surroundings } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import type { Screen } from '../screen.ts';
import { type Market, StartStoppedError, startMarket } from './market.ts';
import { missingSymbols, onceCounts } from './once-counts.ts';
import type { ServeSettings } from './serve-options.ts';
import { startProblem } from './start-problem.ts';

/** Runs the market of `settings`; answers the exit code. */
export async function runServe(settings: ServeSettings, surroundings: Surroundings, screen: Screen): Promise<number> {
  const logger = createLogger({ name: 'tapeline', level: settings['log-level'], format: settings['log-format'] });
  let market: Market;
  try {
    const { stop } = surroundings;
    market = await startMarket({ settings, version: version(), clock: systemClock, logger, stop });
  } catch (error) {
    if (error instanceof StartStoppedError) {
      screen.say(error.message);
      return ExitCode.stopped;
    }
    const problem = startProblem(error);
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

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
