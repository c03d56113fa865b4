/**
 * A store that keeps snapshots and nothing else. In: what a worker writes. Out: the two newest snapshots of a partition;
 * bars, tape and instruments are let go. It stands for a sink that costs nothing, where the sink under test is the log.
 */
import type { Store, StoredSnapshot } from '@tapeline/domain';

const generations = 2;

/** A new one, without snapshots. */
export function snapshotOnlyStore(): Store {
  const kept = new Map<number, readonly StoredSnapshot[]>();
  const epochs = new Map<number, number>();
  return {
    writeBars: async () => undefined,
    writeTape: async () => undefined,
    writeInstruments: async () => undefined,
    claimSnapshots: async (partition) => {
      const epoch = (epochs.get(partition) ?? 0) + 1;
      epochs.set(partition, epoch);
      return { partition, epoch };
    },
    saveSnapshot: async (snapshot) => {
      const { partition } = snapshot;
      kept.set(partition, [snapshot, ...(kept.get(partition) ?? [])].slice(0, generations));
    },
    snapshots: async (partition, { after, limit = generations } = {}) => {
      const all = kept.get(partition) ?? [];
      const first = all.findIndex(({ nextOffset }) => nextOffset === after) + 1;
      return all.slice(first, first + limit);
    },
    bars: async () => [],
    tape: async () => [],
    instruments: async () => [],
    instrumentsNamed: async () => [],
    close: async () => undefined,
  };
}
