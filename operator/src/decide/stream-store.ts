/**
 * What becomes of the store as its stream sees it. In: the stream and what was seen. Out: a finding. One keyspace serves one
 * stream: bars carry no stream in their keys, so two would mix in one row.
 */
import { isOlder } from '../crd/object-facts.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import { failedOf, type StreamObserved } from '../observe/stream-observed.ts';
import { type Finding, finding } from './condition.ts';
import type { StreamReason } from './stream-reasons.ts';

/** Decides on the store of a stream. */
export function decideStoreOfStream(stream: TickStream, observed: StreamObserved): Finding<StreamReason<'StoreReady'>> {
  const { store, row, others } = observed;
  const { storeName, object } = stream;
  if (store === undefined) {
    return finding(
      'False',
      'StoreMissing',
      `there is no TickStore ${storeName} in namespace ${object.namespace}; make it, or delete this stream and name another`,
    );
  }
  const first = others.find(
    (other) =>
      other.storeName === storeName && other.object.namespace === object.namespace && isOlder(other.object, object),
  );
  if (first !== undefined) {
    return finding(
      'False',
      'StoreInUse',
      `TickStore ${storeName} is that of TickStream ${first.object.name}, which was there first; give this stream a store of its own`,
    );
  }
  if (!store.isReady) return finding('False', 'StoreNotReady', `TickStore ${storeName} is not ready: ${store.message}`);
  const failure = row.kind === 'failed' ? row.failure : failedOf(observed, 'store');
  if (failure === undefined) return finding('True', 'StoreReady', `keyspace ${store.store.keyspace} is ready`);
  return failure.code === 'UNFIT'
    ? finding('False', 'StoreInUse', failure.message)
    : finding('False', 'StoreUnreachable', failure.message);
}
