/**
 * Reads a part of a topic. In: a log, a partition, two offsets. Out: the records from the first offset up to, and without, the
 * second, which must be there: it waits for what is not.
 */
import type { LogRecordInput, TickLog, TopicName } from '@tapeline/domain';

/** Which records. */
export type LogPart = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly from: number;
  readonly end: number;
};

/** The records in the order of their offsets. */
export async function* recordsBetween(log: TickLog, part: LogPart): AsyncGenerator<LogRecordInput> {
  if (part.from >= part.end) return;
  const reader = log.open(part.topic, part.partition, part.from);
  try {
    for (let next = part.from; next < part.end;) {
      const records = await reader.next();
      if (records === undefined) return;
      for (const record of records) {
        next = record.offset + 1;
        if (next <= part.end) yield record;
      }
    }
  } finally {
    await reader.close();
  }
}
