/**
 * Says in every partition which delayed and replay streams are open, so that their bars are waited for while they live
 * (rule T4). In: the open streams. Out: an `Alive` entry every few seconds. Law 7: one of them waits in a lane at most.
 */
import { entryBytes, TimeDomain } from '@tapeline/domain';
import type { IngestCore } from './ingest-core.ts';

/** Runs until ingest is told to stop. */
export async function tellAlive(core: IngestCore): Promise<void> {
  const { clock, config } = core.parts;
  const stop = core.stopping.signal;
  const waiting = new Set<number>();
  for (;;) {
    await clock.sleep(config.aliveIntervalMs, stop);
    if (stop.aborted) return;
    const streams = [...core.streams].filter(({ identity }) => identity.timeDomain !== TimeDomain.live);
    const ids = new Set(streams.map(({ identity }) => identity.publisherId));
    const publisherIds = [...ids].sort((left, right) => (left < right ? -1 : 1));
    if (publisherIds.length === 0) continue;
    const pieces = entryBytes({ kind: 'alive', publisherIds });
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    for (const lane of core.lanes) {
      const { partition } = lane;
      if (waiting.has(partition)) continue;
      waiting.add(partition);
      const over = (): void => void waiting.delete(partition);
      // Nobody waits for it: the next one comes soon, and a lost one changes nothing.
      lane.add({ pieces, bytes, isWanted: () => true, dropped: over, settled: over, failed: over });
    }
  }
}
