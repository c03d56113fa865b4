/**
 * Looks at a stream and its surroundings. In: what is declared, caches, servers. Out: everything that a decision goes by. It changes
 * nothing, and what cannot be seen is a value with its reason.
 */
import { type KubeApi, keyText } from '@tapeline/kubernetes';
import type { Coordinators, Servers } from '../apply/ports.ts';
import type { SecretKey } from '../crd/server-spec.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import { type Looked, notLooked, seen } from '../decide/failure.ts';
import { type KnownObjects, knownStores, knownStreams, workloadsOf } from './cluster-view.ts';
import { looked } from './outside-failure.ts';
import { keysOf, readSecrets, type SecretBook } from './read-secrets.ts';
import type { SeenPins, SeenRow, SeenStore, StreamObserved } from './stream-observed.ts';

/** What looking needs. */
export type ObserveParts = {
  readonly api: Pick<KubeApi, 'get'>;
  readonly known: KnownObjects;
  readonly servers: Servers;
  readonly coordinators: Pick<Coordinators, 'look'>;
  readonly signal: AbortSignal;
};

/** What was seen, and the Secrets that open the servers. */
export type StreamLook = { readonly observed: StreamObserved; readonly secrets: SecretBook | undefined };

/** Looks. Rejects with `KubeError` where the API does not answer. */
export async function observeStream(parts: ObserveParts, stream: TickStream): Promise<StreamLook> {
  const { api, known, servers, coordinators, signal } = parts;
  const { namespace, name } = stream.object;
  const store = storeOf(known, stream);
  const secrets = await readSecrets(api, stream.object.namespace, secretKeys(stream, store), signal);
  const book = secrets.kind === 'seen' ? secrets.value : undefined;
  const [topics, lag, inStore] = await Promise.all([
    book === undefined
      ? notLooked
      : looked(() => servers.withKafka(stream.kafka, book, (kafka) => kafka.topics(stream.topic.name))),
    // Whether the lag can be told decides nothing, so its failure is that of the topics.
    book === undefined
      ? notLooked
      : looked(() => servers.withKafka(stream.kafka, book, (kafka) => kafka.lag(stream.topic.name))),
    lookInStore(servers, stream, store, book),
  ]);
  const observed: StreamObserved = {
    others: knownStreams(known).filter(({ object }) => object.uid !== stream.object.uid),
    store,
    secrets: secrets.kind === 'seen' ? seen(secrets.value.digest) : secrets,
    ...inStore,
    topics,
    lag,
    placement: coordinators.look(keyText({ namespace, name })),
    workloads: workloadsOf(known, stream),
    failed: [],
  };
  return { observed, secrets: book };
}

function storeOf(known: KnownObjects, stream: TickStream): SeenStore | undefined {
  const { storeName, object } = stream;
  const store = knownStores(known).find(
    (each) => each.object.namespace === object.namespace && each.object.name === storeName,
  );
  if (store === undefined) return undefined;
  const { readiness } = store;
  return { store, isReady: readiness?.isReady ?? false, message: readiness?.message ?? 'nobody has looked at it yet' };
}

/** Every key that the stream's own connections and its pods read. */
function secretKeys(stream: TickStream, store: SeenStore | undefined): readonly SecretKey[] {
  const { kafka, feeds } = stream;
  const tokens = feeds.flatMap(({ source }) => (source.type === 'finnhub' ? [source.token] : []));
  const cassandra = store?.store.cassandra;
  return [...keysOf(kafka.tls, kafka.sasl), ...keysOf(cassandra?.tls, cassandra?.login), ...tokens];
}

async function lookInStore(
  servers: Servers,
  stream: TickStream,
  store: SeenStore | undefined,
  book: SecretBook | undefined,
): Promise<{ readonly row: Looked<SeenRow | undefined>; readonly pins: Looked<SeenPins> }> {
  if (store === undefined || !store.isReady || book === undefined) return { row: notLooked, pins: notLooked };
  const { cassandra, keyspace } = store.store;
  const { name } = stream.topic;
  const row = await looked(() => servers.withKeyspace(cassandra, keyspace, book, (port) => port.findStream(name)));
  if (stream.pins.length === 0 || row.kind !== 'seen' || row.value === undefined) return { row, pins: notLooked };
  const pins = await looked(() =>
    servers.withKeyspace(cassandra, keyspace, book, (port) => port.findPins(name, stream.pins)),
  );
  return { row, pins };
}
