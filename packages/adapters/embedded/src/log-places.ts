/**
 * The places of the log: a topic's partition as one number. In: a topic's index, a partition, the partitions that the log was made with.
 * Out: the number, and the name of its table. Numbers never change: partitions that are added stand behind, those of each with all its
 * topics; so a topic that a later version adds needs another layout.
 */
import type { TopicName } from '@tapeline/domain';

/** Topics in the order of their indices. */
export const topics: readonly TopicName[] = ['ticks', 'bars', 'tape', 'quarantine'];

/** The number of a place. */
export function placeOf(topic: TopicName, partition: number, basePartitions: number): number {
  const index = topics.indexOf(topic);
  if (partition < basePartitions) return index * basePartitions + partition;
  return partition * topics.length + index;
}

/** The topic and partition of a place. */
export function atPlace(
  place: number,
  basePartitions: number,
): { readonly topic: TopicName; readonly partition: number } {
  const isBase = place < basePartitions * topics.length;
  const index = isBase ? Math.floor(place / basePartitions) : place % topics.length;
  const partition = isBase ? place % basePartitions : Math.floor(place / topics.length);
  return { topic: topics[index] as TopicName, partition };
}

/** Name of a place's table. */
export function tableOf(place: number, basePartitions: number): string {
  const { topic, partition } = atPlace(place, basePartitions);
  return `${topic}_${partition}`;
}
