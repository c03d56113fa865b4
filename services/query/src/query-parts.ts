/**
 * What a query process is made of and what it shares between calls. In: nothing. Out: the types that whoever wires the
 * service sees, and those that its own handlers get.
 */
import type { FormingBars, Store, TickLog } from '@tapeline/domain';
import type { Implementation } from '@tapeline/grpc';
import type { Clock, Health, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { wireQuery } from '@tapeline/wire';
import type { FormingRelay } from './bars/forming-relay.ts';
import type { LiveBar } from './bars/live-bar.ts';
import type { InstrumentDirectory } from './instruments/instrument-directory.ts';
import type { InstrumentWatch } from './instruments/instrument-watch.ts';
import type { PlacementBoard } from './placement/placement-board.ts';
import type { PlacementSource } from './placement/placement-source.ts';
import type { QueryConfig } from './query-config.ts';
import type { QueryMetrics } from './query-metrics.ts';
import type { ReadTurns } from './streams/read-turns.ts';
import type { StreamSlots } from './streams/stream-slots.ts';
import type { TopicHub } from './streams/topic-hub.ts';
import type { TapeItem } from './trades/tape-item.ts';

/** How one feed does, for the page. */
export type FeedStatusJson = {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly ticks: number;
  readonly gaps: number;
  readonly refused: number;
};

/** How one partition does, for the page; times in ms, `clock` as RFC 3339 or `null` before the first record. */
export type PartitionStatusJson = {
  readonly partition: number;
  readonly clock: string | null;
  readonly nextOffset: number;
  readonly endOffset: number;
  readonly lagMs: number;
};

/** What `GET /v1/status` answers; made by whoever wires the services. */
export type StatusJson = {
  readonly version: string;
  readonly startedAt: string;
  readonly dataDir: string;
  /** Where gRPC is served; absent while it is not open yet. */
  readonly grpcPort?: number;
  readonly limits: readonly string[];
  readonly ticksPerSecond: number;
  readonly ticksTotal: number;
  readonly barsTotal: number;
  readonly lagMs: number;
  readonly feeds: readonly FeedStatusJson[];
  readonly partitions: readonly PartitionStatusJson[];
};

/** What a query process works with; all are the caller's to close, after it. */
export type QueryOptionsOfProcess = {
  readonly log: TickLog;
  readonly store: Store;
  readonly forming: FormingBars;
  readonly clock: Clock;
  /** Spaces retries; the machine's if absent. */
  readonly random?: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The query process speaks as the part `query`. */
  readonly health: Health;
  readonly config: QueryConfig;
  /** The map of instruments, read to its end; absent = there is none, and all are where they were first. The caller's to close. */
  readonly control?: PlacementSource;
  /** Asked for each time somebody asks for the status. */
  readonly status: () => StatusJson | Promise<StatusJson>;
  /** The folder with the built page; absent = there is none, which `/` says. */
  readonly webRoot?: string;
};

/** The handlers of the service, as `grpcService(QueryServiceDefinition, query.service)` takes them. */
export type QueryService = Implementation<typeof wireQuery.QueryServiceDefinition>;

/** A running query process. */
export type Query = {
  readonly service: QueryService;
  /** The port on which HTTP is served. */
  readonly httpPort: number;
  /** Ends streams with SHUTTING_DOWN, refuses new calls, waits for HTTP answers under way up to `graceMs`, 5,000 if absent. */
  stop(graceMs?: number): Promise<void>;
};

/** What handlers share. */
export type QueryParts = {
  readonly log: TickLog;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: QueryConfig;
  readonly metrics: QueryMetrics;
  readonly directory: InstrumentDirectory;
  readonly watch: InstrumentWatch;
  readonly relay: FormingRelay;
  readonly bars: TopicHub<LiveBar>;
  readonly tape: TopicHub<TapeItem>;
  readonly slots: StreamSlots;
  readonly turns: ReadTurns;
  /** Absent = there is no map. */
  readonly control: PlacementSource | undefined;
  readonly board: PlacementBoard | undefined;
  /** Fires when the process begins to end; its reason is the refusal SHUTTING_DOWN. */
  readonly stopping: AbortSignal;
};
