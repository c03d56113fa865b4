/**
 * The map by which ingest places ticks. In: `control`, if the stream has one. Out: the placement in use, which begins at home; the
 * news that all of `control` was read (W4: nothing is appended before); what this ingest writes by, as a report. A newer map is in use
 * once the log was asked for the partitions that it names; nothing waits for that, as a stale map does no harm.
 */
import {
  type AskedPartitions,
  ControlFollower,
  ControlReporter,
  encodeWriterReport,
  NamedPartitions,
} from '@tapeline/control';
import { LogError, Placement, type TickLog } from '@tapeline/domain';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import { Bell } from './bell.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { IngestControl } from './ingest-types.ts';

/** What it works with. */
export type FollowingParts = {
  readonly control: IngestControl | undefined;
  readonly log: Pick<TickLog, 'basePartitions' | 'partitionCount' | 'refreshPartitions'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: IngestMetrics;
  /** The log has so many partitions now. */
  readonly onPartitions: (count: number) => void;
  /** Nothing can be placed any more: `control` was replaced or closed, or the log of ticks was replaced. */
  readonly onLost: (error: LogError) => void;
};

const pauseMs = { firstMs: 100, maxMs: 2_000 };

/** The placement in use. */
export class PlacementInUse {
  readonly #parts: FollowingParts;
  readonly #follower: ControlFollower | undefined;
  readonly #reporter: ControlReporter | undefined;
  readonly #stopping = new AbortController();
  readonly #changed = new Bell();
  #placement: Placement;
  #isReady: boolean;
  #lost: LogError | undefined;
  /** Partitions of a map for which the log was asked, whether it has as many or not. */
  #askedFor: number;
  readonly #growth: NamedPartitions;
  /** Whether it was said already that the log does not have what the map names. */
  #isTold = false;

  /** Begins to follow. */
  constructor(parts: FollowingParts) {
    this.#parts = parts;
    const { control, log, clock, random, logger, metrics } = parts;
    this.#placement = Placement.atHome(log.basePartitions);
    this.#askedFor = log.partitionCount;
    this.#growth = new NamedPartitions({
      log,
      named: () => this.#newest().partitions,
      used: log.partitionCount,
      clock,
      random,
      pauseMs,
      stop: this.#stopping.signal,
      found: (asked) => this.#found(asked),
      missing: (asked) => this.#missing(asked),
      mayPass: (error) => !(error instanceof LogError && hasEnded(error)),
      failed: (error) => this.#notAsked(error),
    });
    this.#isReady = control === undefined;
    metrics.mapEpoch(0);
    if (control === undefined) return;
    const shared = { log: control.log, clock, random, logger };
    const { basePartitions } = log;
    const onLost = (error: LogError): void => this.#lose(error);
    this.#follower = new ControlFollower({ ...shared, basePartitions, keepsReports: false, onLost });
    this.#follower.onChange(() => this.#adopt());
    const { writer } = control;
    const report = (): ReturnType<typeof encodeWriterReport> =>
      encodeWriterReport({ writer, mapEpoch: this.#placement.epoch });
    this.#reporter = new ControlReporter({ ...shared, report });
    void this.#begin(this.#follower);
  }

  /** The map by which the next message is placed. */
  get placement(): Placement {
    return this.#placement;
  }

  /** Whether `control` was read to its end, as of the start, so that something may be appended. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Why nothing can be placed any more. */
  get lost(): LogError | undefined {
    return this.#lost;
  }

  /** Resolves once it is ready, lost, or stopped: whoever waited looks which. */
  async ready(): Promise<void> {
    while (!this.#isReady && this.#lost === undefined && !this.#stopping.signal.aborted) await this.#changed.heard();
  }

  /** Follows no further, and wakes whoever waits. */
  async stopFollowing(): Promise<void> {
    this.#stopping.abort();
    this.#changed.ring();
    await this.#follower?.close();
  }

  /** Takes the report out: nothing is appended any more. */
  async stopReporting(): Promise<void> {
    await this.#reporter?.stop();
  }

  async #begin(follower: ControlFollower): Promise<void> {
    try {
      await follower.caughtUp();
    } catch (error) {
      // Its owner heard of it, or is the one who closed it.
      if (error instanceof LogError) return;
      throw error;
    }
    // The last map that was read may still wait for the log's partitions.
    while (this.#placement.epoch < follower.view.placement.epoch) {
      if (this.#stopping.signal.aborted || this.#lost !== undefined) return;
      await this.#changed.heard();
    }
    this.#isReady = true;
    this.#changed.ring();
  }

  #adopt(): void {
    const placement = this.#newest();
    if (placement.partitions <= this.#askedFor) this.#use(placement);
    else this.#growth.look();
  }

  #newest(): Placement {
    return this.#follower?.view.placement ?? this.#placement;
  }

  #use(placement: Placement): void {
    if (placement === this.#placement) return;
    this.#placement = placement;
    this.#parts.metrics.mapEpoch(placement.epoch);
    this.#reporter?.news();
    this.#changed.ring();
  }

  /** The log was asked: the newest map is in use where it answered, or has all the same what that one names. */
  #asked({ named, there, error }: AskedPartitions): void {
    const newest = this.#newest();
    if (error !== undefined && there < newest.partitions) return;
    this.#parts.onPartitions(there);
    this.#askedFor = Math.max(named, there);
    this.#use(newest);
  }

  #missing(asked: AskedPartitions): void {
    this.#asked(asked);
    if (!this.#isTold) this.#tell(asked.named, asked.error);
    this.#isTold = true;
  }

  #found(asked: AskedPartitions): void {
    this.#isTold = false;
    this.#asked(asked);
  }

  #notAsked(error: unknown): void {
    this.#isTold = false;
    if (error instanceof LogError && error.code === 'LOG_REPLACED') this.#lose(error);
  }

  #tell(wanted: number, error: unknown): void {
    const { logger, log } = this.#parts;
    const message =
      error === undefined
        ? 'the map names partitions that the tick log does not have: ticks of instruments that live there are refused until they are added'
        : 'the map names more partitions, and the tick log does not answer for them: ticks are placed by the map before';
    logger.warn(message, { map_partitions: wanted, log_partitions: log.partitionCount, error });
  }

  #lose(error: LogError): void {
    this.#lost = error;
    this.#changed.ring();
    this.#parts.onLost(error);
  }
}

/** Asking again cannot help. */
function hasEnded({ code }: LogError): boolean {
  return code === 'LOG_CLOSED' || code === 'LOG_REPLACED';
}
