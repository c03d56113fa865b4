/**
 * Forming bars of workers in other processes. In: where the workers are, and what is wanted here. Out: the seam
 * `FormingBars` for this process, and how the workers do. Every want goes to every worker; the one that owns the instrument
 * answers, so nobody here knows placement. Outside law 5: what is lost while a worker moves comes with the next change.
 */
import { type FormingBars, FormingBoard, type Workers } from '@tapeline/domain';
import type { ClientTls, ErrorCodec } from '@tapeline/grpc';
import type { Clock, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { wireWorker } from '@tapeline/wire';
import { RemoteFormingLinks } from './remote-forming-links.ts';

/** What remote forming bars need. */
export type RemoteFormingOptions = {
  /** Who is asked every 2 s, and when a stream breaks. */
  readonly workers: Workers;
  readonly errorCodec: ErrorCodec;
  readonly tls?: ClientTls;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** Running remote forming bars. */
export type RemoteForming = {
  readonly forming: FormingBars;
  /**
   * What each worker that answers within a second says; every partition stands in one answer alone, that of its owner.
   * The same answers for half a second, however often it is called.
   */
  partitionStatuses(): Promise<readonly wireWorker.GetWorkerStatusResponse[]>;
  /** Ends every stream. */
  stop(): Promise<void>;
};

/** Begins at once; workers that are not there yet are waited for. A worker takes no more wishes from here than a board does. */
export function startRemoteForming(options: RemoteFormingOptions): RemoteForming {
  const { logger } = options;
  const board = new FormingBoard({
    failed: (error) => logger.error('a listener to forming bars failed and hears no more', { error }),
    changed: (key, wish) => links.change(key, wish),
  });
  const links = new RemoteFormingLinks(options, board.wanted, (bars) => board.publish(bars));
  return {
    forming: {
      publish: refusePublishing,
      subscribe: (listener) => board.subscribe(listener),
      want: (dataset, symbol) => board.want(dataset, symbol),
      isWanted: (dataset, symbol) => board.isWanted(dataset, symbol),
    },
    partitionStatuses: () => links.partitionStatuses(),
    stop: () => links.stop(),
  };
}

function refusePublishing(): never {
  throw new TypeError('a query process has no forming bars of its own to publish; workers publish theirs');
}
