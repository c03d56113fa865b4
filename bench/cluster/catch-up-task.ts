/**
 * Catching up after a time without workers. In: a stream whose `ticks` hold so many seconds of the tape. Out: how many times
 * faster than real time one worker process counts them, from its start until every output is durable.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { GroupWatch } from './group-watch.ts';
import { type LogPlace, openLog, type StorePlace } from './open-places.ts';
import { ServiceProcess } from './service-process.ts';

/** What to run. */
export type CatchUpTask = {
  readonly log: LogPlace;
  readonly store: StorePlace;
  /** Event time that lies in the log, s, and ticks in it. */
  readonly downSeconds: number;
  readonly ticks: number;
};

/** What was met. */
export type CatchUpMeasure = {
  readonly downSeconds: number;
  readonly ticks: number;
  /** From the start of the process, its own start included. */
  readonly seconds: number;
  readonly workerCpuSeconds: number;
  readonly workerRssBytes: number;
  readonly timesRealTime: number;
};

const lookEveryMs = 50;
const catchUpMsMax = 600_000;

/** The worker was not done in time. */
export class CatchUpFailedError extends Error {
  override name = 'CatchUpFailedError';
}

/** Starts one worker and waits for it. */
export async function measureCatchUp({ log: place, store, downSeconds, ticks }: CatchUpTask): Promise<CatchUpMeasure> {
  const log = await openLog(place);
  try {
    const beginMs = performance.now();
    const worker = await ServiceProcess.start('worker', place, store);
    const watch = new GroupWatch(log, [worker.grpc]);
    try {
      // Nothing is appended but what the worker itself does, so a lag that is known means that all is durable.
      for (;;) {
        const { isWhole, lagMs } = await watch.look();
        const seconds = (performance.now() - beginMs) / 1_000;
        if (isWhole && Number.isFinite(lagMs)) {
          const { cpuSeconds: workerCpuSeconds, rssBytes: workerRssBytes } = worker.taken();
          const timesRealTime = downSeconds / seconds;
          return { downSeconds, ticks, seconds, workerCpuSeconds, workerRssBytes, timesRealTime };
        }
        if (seconds * 1_000 > catchUpMsMax) throw new CatchUpFailedError(`lag after ${catchUpMsMax} ms: ${lagMs} ms`);
        await sleep(lookEveryMs);
      }
    } finally {
      watch.close();
      await worker.end('SIGTERM');
    }
  } finally {
    await log.close();
  }
}
