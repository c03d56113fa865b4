/**
 * A stream on servers: new, or the one that it was. In: the values of the options, an open store. Out: what the stream was
 * made with, and topics that fit and are its own. Law 1: once a stream is entered in the store none of its topics is made
 * again, so a log that was deleted is missed by whoever starts next.
 */
import type { CassandraStore, StreamRow } from '@tapeline/cassandra';
import type { TopicName } from '@tapeline/domain';
import type { KnownTopics } from '@tapeline/kafka';
import type { BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { prepareTopics } from './kafka-stream-in.ts';

/**
 * Every stream has these from the beginning. Kinds that come later, as `control`, are made once, in streams that do not name them.
 */
const firstTopics: readonly TopicName[] = ['ticks', 'bars', 'tape', 'quarantine'];

/** The part of the store that this needs. */
export type StreamStore = Pick<CassandraStore, 'stream' | 'enterStream' | 'addStreamTopics'>;

/** Settles it. Rejects with `BackendError`, `StoreError`, or `LogError` LOG_REPLACED with nothing made. */
export async function settleStream(values: BackendValues, parts: BackendParts, store: StreamStore): Promise<StreamRow> {
  const known = await store.stream();
  // A topic of a later kind is made as the stream was.
  const wanted = known === undefined ? values : { ...values, partitions: known.basePartitions };
  const { partitions, ids } = await prepareTopics(wanted, parts, known === undefined ? undefined : topicsOf(known));
  // What the topics had when the stream was new; more of them were added later, and instruments stay where they are.
  if (known === undefined) return store.enterStream({ basePartitions: partitions, topicIds: ids });
  const added = new Map([...ids].filter(([topic]) => !known.topicIds.has(topic)));
  return added.size === 0 ? known : store.addStreamTopics(known, added);
}

function topicsOf({ topicIds }: StreamRow): KnownTopics {
  return new Map([...firstTopics.map((topic) => [topic, undefined] as const), ...topicIds]);
}
