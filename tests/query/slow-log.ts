/**
 * A log as a process sees it whose way to some brokers is longer. In: a log and chances. Out: the same log, whose readers take
 * their time, each partition by itself, and which knows of added partitions only when it was asked.
 */
import type { LogReader, TickLog } from '@tapeline/domain';
import type { Random } from '@tapeline/simulation';

/** The log behind it. */
export function slowLog(log: TickLog, random: Random): TickLog {
  let known = log.partitionCount;
  const open: TickLog['open'] = (topic, partition, offset) =>
    slowReader(log.open(topic, partition, offset), random.fork());
  const refreshPartitions = async (): Promise<number> => (known = await log.refreshPartitions());
  return new Proxy<TickLog>(log, {
    get: (target, name: keyof TickLog) => {
      if (name === 'partitionCount') return known;
      if (name === 'open') return open;
      if (name === 'refreshPartitions') return refreshPartitions;
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function slowReader(reader: LogReader, random: Random): LogReader {
  return {
    next: async () => {
      const records = await reader.next();
      await turns(random.int(0, random.chance(0.3) ? 40 : 3));
      return records;
    },
    close: async () => reader.close(),
  };
}

/** Lets others have so many turns. */
export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
