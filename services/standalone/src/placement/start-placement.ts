/**
 * Placement in a market that runs in one process. In: its log, `control`, store and settings. Out: a coordinator, which only follows in
 * mode off, and what worker, ingest and query need of `control`. Pins that people give are kept in `control`, so they outlive the process.
 */
import type { Backend } from '@tapeline/backend';
import { encodePolicy, keptPinsMax, LeadControl, reportPartition } from '@tapeline/control';
import type { InstrumentPin } from '@tapeline/domain';
import type { IngestControl } from '@tapeline/ingest';
import type { Clock, Health, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { WorkerControl } from '@tapeline/worker';
import { placementModeOf, type PlacementSettings, policyOf } from './placement-options.ts';

/** What placement is started with. */
export type PlacementParts = {
  readonly backend: Pick<Backend, 'kind' | 'log' | 'control' | 'partitions' | 'store'>;
  readonly settings: PlacementSettings;
  readonly retentionMs: number;
  /** What this process is called in reports. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** It speaks as the part `placement`. */
  readonly health: Health;
};

/** Placement that runs. */
export type MarketPlacement = {
  readonly lead: LeadControl;
  /** For the worker and the ingest of this process. */
  readonly worker: WorkerControl;
  readonly ingest: IngestControl;
  /** The pins of people, in no order. */
  readonly pins: () => readonly InstrumentPin[];
  /**
   * Changes the pins; resolves once they are kept. Rejects with `LogError` where that is not known, with what `change` throws, and
   * with `RangeError` for more than `keptPinsMax`.
   */
  readonly changePins: (change: (pins: readonly InstrumentPin[]) => readonly InstrumentPin[]) => Promise<void>;
  stop(): Promise<void>;
};

/** Starts it; a coordinator that cannot go on is told in the health of the process, and ticks are counted all the same. */
export function startPlacement(parts: PlacementParts): MarketPlacement {
  const { backend, settings, name, logger, health } = parts;
  const { kind, log, control, partitions, store } = backend;
  const { clock, random, metrics, retentionMs } = parts;
  const mode = placementModeOf(settings, kind);
  const steering = { mode, policy: policyOf(settings) };
  let pins: readonly InstrumentPin[] = [];
  const hold = (changed: readonly InstrumentPin[]): void => {
    pins = changed;
    lead.steer({ ...steering, policy: { ...steering.policy, pins } });
  };
  const lead = new LeadControl(
    {
      control,
      ticks: log,
      partitions,
      store,
      clock,
      random,
      logger,
      metrics,
      retentionMs,
      // On one machine trades go ahead within that time, and nothing depends on it: what did not is shipped with the Move.
      coordinator: { prepareMsMax: 2_000 },
      // Off, another process may lead, and its token is not taken from it.
      takeToken: (highestRead) => (mode === 'off' ? undefined : highestRead + 1),
      listener: {
        tell: () => undefined,
        pinsKept: hold,
        lost: (error) => {
          logger.error('nothing is moved between partitions any more; start the market again', { error });
          health.set('placement', 'failed', 'nothing is moved between partitions any more; start the market again');
        },
      },
    },
    steering,
  );
  let last: Promise<unknown> = Promise.resolve();
  const changePins: MarketPlacement['changePins'] = async (change) => {
    // One after the other, so that none undoes another one.
    const changed = last.then(async () => {
      const next = change(pins);
      if (next.length > keptPinsMax) throw new RangeError(`${keptPinsMax} pins are kept already; take some out`);
      const { key, bytes } = encodePolicy(next);
      await control.append(key, bytes);
      hold(next);
    });
    last = Promise.allSettled([changed]);
    await changed;
  };
  return {
    lead,
    worker: {
      worker: name,
      followPartitions: (hear) => {
        hear(lead.follower.view.placement.partitions);
        return lead.follower.onChange(({ placement }) => hear(placement.partitions));
      },
      report: (report, rates) => reportPartition(control, report, rates),
    },
    ingest: { log: control, writer: name },
    pins: () => pins,
    changePins,
    stop: () => lead.stop(),
  };
}
