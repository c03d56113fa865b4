/**
 * A process of the worker alone. In: the values of its options and a stop. Out: the ticks of an embedded log counted, its
 * bars in the store, until the stop. It says at start what an embedded directory cannot do.
 */
import { openEmbedded } from '@tapeline/embedded';
import { createHealth, createLogger, createMetrics, type OptionValues, systemClock } from '@tapeline/runtime';
import type { ProcessOptions } from './process-options.ts';
import { workerConfigOf, type WorkerOptions } from './worker-options.ts';
import { startWorker } from './worker.ts';

const oneProcess =
  'an embedded data directory serves one process: what its log holds is counted, and nothing new comes';

/** Runs until `stop` fires. Rejects with `EmbeddedError`, or with `WorkerFailedError` if a partition cannot go on. */
export async function runWorker(
  values: OptionValues<ProcessOptions & WorkerOptions>,
  stop: AbortSignal,
): Promise<void> {
  const logger = createLogger({ name: 'worker', level: values['log-level'], format: values['log-format'] });
  const [clock, metrics, health] = [systemClock, createMetrics(), createHealth()];
  const { 'data-dir': dataDir, partitions, retention: retentionMs } = values;
  const embedded = await openEmbedded({ dataDir, partitions, retentionMs, clock, logger, metrics });
  try {
    for (const limit of [...embedded.limits, oneProcess]) logger.info('limit', { limit });
    const { log, store, forming } = embedded;
    const config = workerConfigOf(values, retentionMs);
    const worker = startWorker({ log, store, forming, clock, logger, metrics, health, config });
    const stopped = new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await Promise.race([worker.failed, stopped]);
    } finally {
      await worker.stop();
    }
  } finally {
    await embedded.close();
  }
}
