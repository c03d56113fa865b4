/**
 * How the market does, for the page and for people with curl. In: the services. Out: the JSON of `GET /v1/status`: rates
 * and totals of the whole process, how each feed and each partition does.
 */
import type { FeedRuns, FeedStanding } from '@tapeline/feed';
import type { Ingest } from '@tapeline/ingest';
import type { StatusJson } from '@tapeline/query';
import type { PartitionStatus, Worker } from '@tapeline/worker';

/** What a status is made of. */
export type StatusParts = {
  readonly version: string;
  readonly startedAt: string;
  readonly dataDir: string;
  readonly grpcPort?: number;
  readonly limits: readonly string[];
  readonly ingest: Pick<Ingest, 'status'>;
  readonly worker: Pick<Worker, 'status'>;
  readonly feeds: Pick<FeedRuns, 'standings'>;
};

/** The status now. */
export function marketStatus({ ingest, worker, feeds, ...facts }: StatusParts): StatusJson {
  const partitions = worker.status();
  const sum = (of: (partition: PartitionStatus) => number): number =>
    partitions.reduce((total, partition) => total + of(partition), 0);
  return {
    ...facts,
    ticksPerSecond: ingest.status().ticksPerSecond,
    ticksTotal: sum(({ ticks }) => ticks),
    barsTotal: sum(({ bars }) => bars),
    lagMs: Math.max(0, ...partitions.map(({ lagMs }) => lagMs)),
    feeds: feeds.standings().map(feedJson),
    partitions: partitions.map(({ partition, clockMs, nextOffset, endOffset, lagMs }) => ({
      partition,
      clock: clockMs === 0 ? null : new Date(clockMs).toISOString(),
      nextOffset,
      endOffset,
      lagMs,
    })),
  };
}

function feedJson({ name, state, detail, ticks, gaps, refused }: FeedStanding): StatusJson['feeds'][number] {
  return { name, state, detail, ticks, gaps, refused };
}
