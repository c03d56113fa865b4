/**
 * A process of a feed alone. In: the values of its options and a stop. Out: the feed's ticks at ingest, over gRPC, until its
 * source ends (with --once) or the stop. An ingest that is away is waited for, however long.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  createHealth,
  createMetrics,
  type Health,
  type Logger,
  type OptionValues,
  type ProcessParts,
  quoted,
  startProbes,
  systemClock,
  systemRandom,
  untilStopped,
} from '@tapeline/runtime';
import { createFeeds } from './create-feeds.ts';
import type { FeedProcessOptions } from './feed-process-options.ts';
import { type FeedStanding, FeedRuns } from './feed-runs.ts';
import { ingestSink } from './ingest-sink/ingest-sink.ts';
import { keptReplays } from './kept-replays.ts';

type Values = OptionValues<FeedProcessOptions>;

/** How often the feed's standing goes into health and metrics, ms. */
const watchEveryMs = 1_000;

/** The feed cannot begin or cannot go on; the message says what to do. */
export class FeedFailedError extends Error {
  override name = 'FeedFailedError';
}

/** Runs until `stop` fires. Rejects with `FeedFailedError`, `ReplayRegisterError` or `NotListeningError`. */
export async function runFeed(values: Values, { logger, stop }: ProcessParts): Promise<void> {
  const [clock, random, metrics, health] = [systemClock, systemRandom, createMetrics(), createHealth()];
  const [host, port] = [values['metrics-host'], values['metrics-port']];
  const probes = await startProbes({ host, port, health, metrics });
  try {
    const replayRegister = await keptReplays(madeFolder(values['feed-dir']));
    const feeds = createFeeds(values, { clock, random, logger, replayRegister });
    const runs = new FeedRuns(feeds, logger);
    runs.start(ingestSink({ addresses: values.ingest, clock }));
    logger.info('the feed publishes', { ingest: values.ingest.join(','), metricsPort: probes.port });
    const gauge = metrics.gauge('tapeline_feed_ticks', 'Ticks handed to ingest since the start', ['feed']);
    const over = new AbortController();
    const watching = watch(
      async () => clock.sleep(watchEveryMs, over.signal),
      over.signal,
      () => {
        for (const standing of runs.standings()) {
          gauge.set(standing.ticks, { feed: standing.name });
          tellHealth(health, standing);
        }
      },
    );
    const end = await Promise.race([untilStopped(stop), runs.ended().then(() => 'ended' as const)]);
    // A replay that is over is no failure: without --once the process stays, as a service that has nothing to do.
    if (end === 'ended' && !values.once && failed(runs.standings()).length === 0) await untilStopped(stop);
    await runs.stop();
    over.abort();
    await watching;
    finish(values, runs.standings(), logger);
  } finally {
    await probes.stop();
  }
}

async function watch(pause: () => Promise<void>, over: AbortSignal, look: () => void): Promise<void> {
  while (!over.aborted) {
    look();
    await pause();
  }
  look();
}

function tellHealth(health: Health, { name, state, detail }: FeedStanding): void {
  const isReady = state === 'live' || state === 'ended';
  health.set(name, state === 'failed' ? 'failed' : isReady ? 'ready' : 'starting', detail);
}

function failed(standings: readonly FeedStanding[]): readonly FeedStanding[] {
  return standings.filter(({ state }) => state === 'failed');
}

function finish({ once }: Values, standings: readonly FeedStanding[], logger: Logger): void {
  for (const { name, ticks, rejected, refused, gaps } of standings) {
    logger.info('the feed ends', { feed: name, ticks, rejected, refused, gaps });
    if (once) process.stdout.write(`${JSON.stringify({ feed: name, ticks, rejected, refused, gaps })}\n`);
  }
  const [first] = failed(standings);
  if (first !== undefined) throw new FeedFailedError(`${first.name}: ${first.detail}`);
}

function madeFolder(folder: string): string {
  const whole = path.resolve(folder);
  try {
    mkdirSync(whole, { recursive: true });
    return whole;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FeedFailedError(`--feed-dir ${quoted(folder)} cannot be made (${why}); name another folder`, {
      cause: error,
    });
  }
}
