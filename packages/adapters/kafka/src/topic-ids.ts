/**
 * Whether the topics of a stream are those that it was made with. In: the ids that are known of them, and what brokers say.
 * Out: nothing, or the error for the first that is missing or another. Law 1: another topic under the same name is another
 * log, so nobody begins in it silently.
 */
import { LogError } from '@tapeline/domain';
import { type StreamTopicName, streamTopicNames, topicOf } from './topic-names.ts';

/**
 * Topics that a stream has, by topic: what tells each from any other of its name; `undefined` = it is not known what, but the
 * topic was there.
 */
export type KnownTopics = ReadonlyMap<string, string | undefined>;

/** LOG_REPLACED for the first known topic that is missing from `found`, or is another; `undefined` = all are the same. */
export function replacedTopic(
  stream: string,
  known: KnownTopics,
  found: ReadonlyMap<string, string>,
): LogError | undefined {
  const topic = streamTopicNames.find((name) => known.has(name) && !isSame(known.get(name), found.get(name)));
  return topic === undefined ? undefined : replaced(topicOf(stream, topic), known.get(topic), found.get(topic));
}

/** The ids of a stream's topics by topic, from those by their names in Kafka. */
export function idsByTopic(stream: string, byName: ReadonlyMap<string, string>): ReadonlyMap<StreamTopicName, string> {
  return new Map(
    streamTopicNames.flatMap((topic) => {
      const id = byName.get(topicOf(stream, topic));
      return id === undefined ? [] : [[topic, id] as const];
    }),
  );
}

function isSame(known: string | undefined, found: string | undefined): boolean {
  return found !== undefined && (known === undefined || known === found);
}

function replaced(name: string, known: string | undefined, found: string | undefined): LogError {
  const fact = found === undefined ? 'was deleted' : `was deleted and made anew with id ${found}`;
  const was = known === undefined ? '' : ` (its id was ${known})`;
  const remedy =
    'bring that topic back, or start over with another --stream and --keyspace, as docs/runbooks/log-replaced.md says';
  return new LogError('LOG_REPLACED', `topic ${name}${was} ${fact} (LOG_REPLACED); ${remedy}`);
}
