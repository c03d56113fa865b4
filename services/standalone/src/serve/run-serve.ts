/**
 * Runs `tapeline serve`. In: settings. Out: a market until it is asked to end, or until its feed has ended with --once;
 * where it is and what it cannot do on the screen; the exit code. What keeps it from starting is one line.
 */
import { readFileSync } from 'node:fs';
import type { FeedStanding } from '@tapeline/feed';
import { createLogger, quoted, StartStoppedError, systemClock } from '@tapeline/runtime';
import { WorkerFailedError } from '@tapeline/worker';
import { streamOutput } from '../bars/output.ts';
import type { Surroundings } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import type { Screen } from '../screen.ts';
import { type Market, startMarket } from './market.ts';
import { missingSymbols, onceCounts } from './once-counts.ts';
import type { ServeSettings } from './serve-options.ts';
import { startProblem } from './start-problem.ts';

/** Runs the market of `settings`; answers the exit code. */
export async function runServe(settings: ServeSettings, surroundings: Surroundings, screen: Screen): Promise<number> {
  const logger = createLogger({ name: 'tapeline', level: settings['log-level'], format: settings['log-format'] });
  let market: Market;
  try {
    market = await startMarket({
      settings,
      version: version(),
      clock: systemClock,
      logger,
      stop: surroundings.stop,
      waits: (detail) => screen.say(`still starting (${detail}); gRPC opens when all of the log is counted`),
    });
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
  /** Everything that the feeds had is counted. */
  const replayed = async (): Promise<ReplayEnd> => {
    await market.feeds.ended();
    await market.worker.caughtUp();
    const asked = settings.replay === undefined || stop.aborted ? [] : (settings.symbols ?? []);
    const missing = await missingSymbols(market.store, asked);
    for (const symbol of missing) screen.say(missingText(symbol));
    // Without a file that could be read there is nothing to look at.
    const hasNothing = settings.replay !== undefined && failedFeeds(market).length > 0 && sentTicks(market) === 0;
    return settings.once || hasNothing ? { missing } : new Promise(() => undefined);
  };
  try {
    const ending = await Promise.race([stopped, market.worker.failed, replayed()]);
    if (ending === 'stopped') {
      screen.say('stopping; what was acknowledged is kept (again to end at once)');
      return ExitCode.stopped;
    }
    const counts = await onceCounts(market, before, nowMs() - beginMs);
    if (settings.once) await streamOutput(out, 'standard output').write(`${JSON.stringify(counts)}\n`);
    const failed = failedFeeds(market);
    for (const { name, detail } of failed) screen.say(`${name}: ${detail}`);
    if (failed.length > 0) return counts.sent === 0 ? ExitCode.refused : ExitCode.incomplete;
    return counts.rejected + counts.refused + ending.missing.length > 0 ? ExitCode.incomplete : ExitCode.good;
  } catch (error) {
    if (!(error instanceof WorkerFailedError)) throw error;
    screen.say(error.message);
    return ExitCode.refused;
  }
}

function failedFeeds(market: Market): readonly FeedStanding[] {
  return market.feeds.standings().filter(({ state }) => state === 'failed');
}

function sentTicks(market: Market): number {
  return market.feeds.standings().reduce((sum, { ticks }) => sum + ticks, 0);
}

/** The replay is over, and these symbols were asked for and are in no file. */
type ReplayEnd = { readonly missing: readonly string[] };

function missingText(symbol: string): string {
  return `--symbols ${quoted(symbol)} is in no file; write it as the files do, or leave --symbols away`;
}

function tellWhere(market: Market, settings: ServeSettings, screen: Screen): void {
  screen.line(`tapeline: data     ${market.place}`);
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
