/**
 * The frame of a process that works on a log and a store. In: the values of its options, a logger, a stop, its work. Out:
 * the work done on an open backend, with probes served beside it from before it opens until after it closed; what it
 * runs on and what that cannot do is logged. A stop that comes before the work has begun ends it, see `openUnlessStopped`.
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
  StartStoppedError,
  systemClock,
  systemRandom,
} from '@tapeline/runtime';
import type { Backend, BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { openBackend } from './open-backend.ts';
import { openUnlessStopped } from './open-unless-stopped.ts';

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
/** The same for a process that has acknowledged nothing yet. */
const closeUnusedMsMax = 150;

/**
 * Runs it; rejects as `openBackend`, `startProbes` and the work do, with everything closed. Work that was still beginning at
 * the stop says so by `StartStoppedError`, see `unlessStopped`.
 */
export async function runOnBackend(run: RunOnBackend): Promise<void> {
  const { probes, logger } = run;
  const parts = { clock: systemClock, random: systemRandom, logger, metrics: createMetrics(), health: createHealth() };
  const { metrics, health } = parts;
  const served =
    probes === undefined
      ? undefined
      : await startProbes({ host: probes['metrics-host'], port: probes['metrics-port'], health, metrics });
  try {
    await workOnBackend(run, parts, served === undefined ? {} : { metricsPort: served.port });
  } catch (error) {
    if (!(error instanceof StartStoppedError)) throw error;
    logger.info('the start was given up; nothing was acknowledged yet');
  } finally {
    await served?.stop();
  }
}

async function workOnBackend(
  { values, aloneLimit, work, stop }: RunOnBackend,
  parts: BackendParts,
  probed: { readonly metricsPort?: number },
): Promise<void> {
  const { clock, logger } = parts;
  const backend = await openUnlessStopped((own) => openBackend(values, own), { ...parts, stop });
  logger.info('log and store are open', { place: backend.place, ...probed });
  const limits = backend.kind === 'embedded' ? [...backend.limits, aloneLimit] : backend.limits;
  for (const limit of limits) logger.info('limit', { limit });
  let graceMs = closeMsMax;
  try {
    await work({ ...parts, backend, stop });
  } catch (error) {
    if (error instanceof StartStoppedError) graceMs = closeUnusedMsMax;
    throw error;
  } finally {
    const steps = [{ name: 'log and store', run: () => backend.close() }];
    await drainWithin({ graceMs, clock, log: logger, steps });
  }
}
