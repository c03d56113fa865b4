/**
 * Starts a query process. In: log, store, forming bars and the seams of the process. Out: handlers for gRPC, and HTTP
 * that is served. Nothing is served before the ends of the topics are known, because a stream begins there.
 */
import { LogError, Placement } from '@tapeline/domain';
import { retry, systemRandom } from '@tapeline/runtime';
import { FormingRelay } from './bars/forming-relay.ts';
import type { LiveBar } from './bars/live-bar.ts';
import { readBarRecord } from './bars/read-bar-record.ts';
import { startHttpServer } from './http/http-server.ts';
import { InstrumentDirectory } from './instruments/instrument-directory.ts';
import { InstrumentWatch } from './instruments/instrument-watch.ts';
import { AddedPartitions } from './placement/added-partitions.ts';
import { PlacementBoard } from './placement/placement-board.ts';
import { queryMetrics } from './query-metrics.ts';
import type { Query, QueryOptionsOfProcess, QueryParts } from './query-parts.ts';
import { queryService } from './query-service.ts';
import { shuttingDown } from './refusal.ts';
import { ReadTurns } from './streams/read-turns.ts';
import { StreamSlots } from './streams/stream-slots.ts';
import { TopicHub } from './streams/topic-hub.ts';
import { AmendmentSource } from './trades/amendment-source.ts';
import { readTapeRecord, type TapeItem } from './trades/tape-item.ts';

const part = 'query';
const instrumentsKeptMax = 65_536;
const instrumentsWatchedMax = 100_000;
const watchEveryMs = 1_000;
const lingerMs = 5_000;
const lingeringMax = 10_000;
const startTries = { attemptsMax: 10, firstMs: 50, maxMs: 2_000 };
/** Tries of asking how many partitions there are: some two seconds in all. */
const countTries = { attemptsMax: 6, firstMs: 50, maxMs: 1_000 };
const stopGraceMs = 5_000;

/** Starts; rejects with `LogError` if the log does not answer after some tries, or if the port cannot be had. */
export async function startQuery(options: QueryOptionsOfProcess): Promise<Query> {
  const { health, metrics: registry, status, webRoot } = options;
  health.set(part, 'starting', 'looks where the topics end');
  const stopping = new AbortController();
  await countPartitions(options);
  const parts = partsOf(options, stopping.signal);
  await Promise.all([parts.bars, parts.tape].map(async (hub) => startHub(hub, options)));
  const amendments = new AmendmentSource();
  const added = followAdded(parts, options);
  const stopParts = async (): Promise<void> => {
    stopping.abort(shuttingDown());
    parts.watch.stop();
    parts.board?.stop();
    await added?.stop();
    await Promise.all([parts.bars.stop(), parts.tape.stop()]);
    parts.relay.stop();
  };
  try {
    const http = await startHttpServer({ query: parts, amendments, health, registry, status, webRoot });
    health.set(part, 'ready', 'serves');
    let stopped: Promise<void> | undefined;
    const stop = async (graceMs: number): Promise<void> => {
      health.set(part, 'failed', 'shuts down');
      await stopParts();
      await http.stop(graceMs);
    };
    return {
      service: queryService(parts, amendments),
      httpPort: http.port,
      stop: async (graceMs = stopGraceMs) => (stopped ??= stop(graceMs)),
    };
  } catch (error) {
    await stopParts();
    throw error;
  }
}

/**
 * Partitions that were added before this process began are read from their end, as the others: what they hold is no news. A log that
 * does not say how many there are is taken for one without any.
 */
async function countPartitions(options: QueryOptionsOfProcess): Promise<void> {
  const { log, logger } = options;
  try {
    await retry(async () => log.refreshPartitions(), { ...countTries, ...passing(options) });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    const { code, message } = error;
    const problem =
      'the log does not say how many partitions there are; those that were added are read from their start';
    logger.warn(problem, { code, error: message, known: log.partitionCount });
  }
}

async function startHub(hub: { start(): Promise<void> }, options: QueryOptionsOfProcess): Promise<void> {
  await retry(async () => hub.start(), { ...startTries, ...passing(options) });
}

/** Only an outage passes by itself. */
function passing({ clock, random = systemRandom }: QueryOptionsOfProcess) {
  const retryIf = (error: unknown): boolean => error instanceof LogError && error.code === 'LOG_UNAVAILABLE';
  return { retryIf, clock, random };
}

function followAdded(
  { control, log, clock, logger, bars, tape }: QueryParts,
  { random }: QueryOptionsOfProcess,
): AddedPartitions | undefined {
  if (control === undefined) return undefined;
  return new AddedPartitions({ log, control, hubs: [bars, tape], clock, random: random ?? systemRandom, logger });
}

function partsOf(options: QueryOptionsOfProcess, stopping: AbortSignal): QueryParts {
  const { log, store, forming, clock, logger, config, control } = options;
  const random = options.random ?? systemRandom;
  const metrics = queryMetrics(options.metrics);
  const directory = new InstrumentDirectory(store, instrumentsKeptMax);
  const atHome = Placement.atHome(log.basePartitions);
  const board = control === undefined ? undefined : new PlacementBoard(control, clock);
  const hub = {
    log,
    placement: () => control?.view.placement ?? atHome,
    clock,
    random,
    logger,
    tickMs: Math.max(10, config.heartbeatMs / 4),
    malformed: metrics.malformed,
    queueBytes: metrics.queueBytes,
  };
  return {
    log,
    store,
    clock,
    logger,
    config,
    metrics,
    directory,
    watch: new InstrumentWatch({
      directory,
      clock,
      logger,
      everyMs: watchEveryMs,
      instrumentsMax: instrumentsWatchedMax,
    }),
    relay: new FormingRelay({ forming, clock, lingerMs, lingeringMax }),
    bars: new TopicHub<LiveBar>({
      ...hub,
      topic: 'bars',
      read: readBarRecord,
      onMoves: (partition, marks) => board?.note(partition, marks),
    }),
    tape: new TopicHub<TapeItem>({ ...hub, topic: 'tape', read: readTapeRecord }),
    turns: new ReadTurns(config.readingStreamsMax),
    control,
    board,
    slots: new StreamSlots(config.streamsMax, metrics.streams),
    stopping,
  };
}
