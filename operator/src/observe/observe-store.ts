/**
 * Looks at a store and its surroundings. In: what is declared, caches, servers. Out: everything that a decision goes by. It changes
 * nothing, and what cannot be seen is a value with its reason.
 */
import type { TickStore } from '../crd/tick-store.ts';
import { knownStores, knownStreams } from './cluster-view.ts';
import type { ObserveParts } from './observe-stream.ts';
import { looked } from './outside-failure.ts';
import { keysOf, readSecrets, type SecretBook } from './read-secrets.ts';
import type { StoreObserved } from './store-observed.ts';

/** What was seen, and the Secrets that open the cluster. */
export type StoreLook = { readonly observed: StoreObserved; readonly secrets: SecretBook | undefined };

/** Looks. Rejects with `KubeError` where the API does not answer. */
export async function observeStore(
  { api, known, servers, signal }: Omit<ObserveParts, 'coordinators'>,
  store: TickStore,
): Promise<StoreLook> {
  const { object, cassandra, keyspace } = store;
  const secrets = await readSecrets(api, object.namespace, keysOf(cassandra.tls, cassandra.login), signal);
  const streams = knownStreams(known)
    .filter((stream) => stream.object.namespace === object.namespace && stream.storeName === object.name)
    .map((stream) => stream.object.name);
  const book = secrets.kind === 'seen' ? secrets.value : undefined;
  const cluster =
    secrets.kind !== 'seen'
      ? secrets
      : await looked(() => servers.withKeyspace(cassandra, keyspace, secrets.value, (port) => port.observe()));
  const others = knownStores(known).filter((other) => other.object.uid !== object.uid);
  return { observed: { others, streams, cluster, failed: undefined }, secrets: book };
}
