/**
 * The frame of a process that works on a log and a store. In: the values of its options, a logger, a stop, its work. Out:
 * the work done on an open backend, with probes served beside it from before it opens until after it closed; what it
 * runs on and what that cannot do is logged.
 */
import {
  type Clock,
  createHealth,
  createMetrics,
  drainWithin,
  type Health,
  type Logger,
  type Metrics,
  type OptionValues,
  type ProbeOptions,
  type ProcessParts,
  type RandomSource,
  startProbes,
  systemClock,
  systemRandom,
} from '@tapeline/runtime';
import type { Backend } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { openBackend } from './open-backend.ts';

/** What the work gets. */
export type OnBackend = {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly stop: AbortSignal;
};

/** How it is run. */
export type RunOnBackend = ProcessParts & {
  readonly values: BackendValues;
  /** Where probes are served; absent = the work serves them itself. */
  readonly probes?: OptionValues<ProbeOptions>;
  /** What a process of this kind cannot do alone on an embedded directory, in a sentence. */
  readonly aloneLimit: string;
  readonly work: (on: OnBackend) => Promise<void>;
};

/** How long letting go of log and store may take, ms: what was acknowledged is durable already. */
const closeMsMax = 5_000;

/** Runs it; rejects as `openBackend`, `startProbes` and the work do, with everything closed. */
export async function runOnBackend({ values, probes, aloneLimit, work, logger, stop }: RunOnBackend): Promise<void> {
  const [clock, random, metrics, health] = [systemClock, systemRandom, createMetrics(), createHealth()];
  const parts = { clock, random, logger, metrics, health };
  const served =
    probes === undefined
      ? undefined
      : await startProbes({ host: probes['metrics-host'], port: probes['metrics-port'], health, metrics });
  try {
    const backend = await openBackend(values, parts);
    const probed = served === undefined ? {} : { metricsPort: served.port };
    logger.info('log and store are open', { place: backend.place, ...probed });
    const limits = backend.kind === 'embedded' ? [...backend.limits, aloneLimit] : backend.limits;
    for (const limit of limits) logger.info('limit', { limit });
    try {
      await work({ ...parts, backend, stop });
    } finally {
      const steps = [{ name: 'log and store', run: () => backend.close() }];
      await drainWithin({ graceMs: closeMsMax, clock, log: logger, steps });
    }
  } finally {
    await served?.stop();
  }
}
