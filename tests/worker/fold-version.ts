/**
 * A worker of another fold version, as log and store see it. In: a store. Out: the same through which bars and snapshots
 * of this fold go as those of the other version, with other contents, so that rows that were mixed are seen.
 */
import type { Bar, Store, StoredSnapshot } from '@tapeline/domain';
import { wireLog } from '@tapeline/wire';
import { decodeWorkerSnapshot, encodeWorkerSnapshot } from '../../services/worker/test-kit/whole-snapshot.ts';

/** The close by the other version, whose rules are others. */
export function otherClose({ close }: Bar): number | null {
  return close === null ? null : close + 1_000;
}

/** The store as a worker of `version` uses it; `ours` is what its fold really is. */
export function storeOfFoldVersion(store: Store, ours: number, version: number): Store {
  const bars = (own: readonly Bar[]): Bar[] =>
    own.map((bar) => ({ ...bar, foldVersion: version, close: otherClose(bar) }));
  return {
    writeBars: (own) => store.writeBars(bars(own)),
    writeTape: (chunks) => store.writeTape(chunks),
    writeInstruments: (instruments) => store.writeInstruments(instruments),
    claimSnapshots: (partition) => store.claimSnapshots(partition),
    saveSnapshot: (snapshot, claim) => store.saveSnapshot(withVersion(snapshot, version), claim),
    // What it saved it reads as its own; what is of our version is foreign to it.
    snapshots: async (partition, choice) =>
      (await store.snapshots(partition, choice)).map((snapshot) =>
        withVersion(snapshot, versionOf(snapshot) === version ? ours : version),
      ),
    bars: (query) => store.bars(query),
    tape: (query) => store.tape(query),
    instruments: (query) => store.instruments(query),
    instrumentsNamed: (symbol, dataset) => store.instrumentsNamed(symbol, dataset),
    close: () => store.close(),
  };
}

/** The fold version of a worker's snapshot. Throws `RangeError` for bytes that are none. */
export function versionOf({ partition, bytes }: StoredSnapshot): number {
  return wireLog.Snapshot.decode(decoded(bytes, partition).fold).foldVersion;
}

function withVersion(stored: StoredSnapshot, foldVersion: number): StoredSnapshot {
  const snapshot = decoded(stored.bytes, stored.partition);
  const envelope = wireLog.Snapshot.decode(snapshot.fold);
  const fold = wireLog.Snapshot.encode({ ...envelope, foldVersion }).finish();
  return { ...stored, bytes: encodeWorkerSnapshot({ ...snapshot, fold }) };
}

function decoded(bytes: Uint8Array, partition: number): Parameters<typeof encodeWorkerSnapshot>[0] {
  const snapshot = decodeWorkerSnapshot(bytes, partition);
  if ('code' in snapshot) throw new RangeError(snapshot.message);
  return snapshot;
}
