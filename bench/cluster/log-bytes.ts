/**
 * Bytes of a stream on the disk of a broker. In: the broker's directory, a stream. Out: the bytes of each of its topics, of all
 * partitions. Segments alone: indexes are made larger than what is in them.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { topicNames, type TopicName } from '@tapeline/domain';

/** Bytes by topic. */
export type LogBytes = Readonly<Record<TopicName, number>>;

/** Adds up what is there now; a topic that is not there has none. */
export function logBytes(directory: string, stream: string): LogBytes {
  const home = path.join(directory, 'log');
  const folders = readdirSync(home);
  const bytesOf = (topic: TopicName): number => {
    const own = folders.filter((name) => name.startsWith(`${stream}.${topic}-`));
    return own.reduce((sum, name) => sum + segmentBytes(path.join(home, name)), 0);
  };
  return Object.fromEntries(topicNames.map((topic) => [topic, bytesOf(topic)])) as LogBytes;
}

function segmentBytes(folder: string): number {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
}
