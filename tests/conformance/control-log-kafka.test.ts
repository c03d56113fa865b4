/** `control` on a real Kafka broker passes the one suite of the seam `ControlLog`, also once the broker's cleaner was at it. */
import { kafkaForTests } from '@tapeline/testbed';
import { vi } from 'vitest';
import { KafkaStream } from '../kafka/kafka-stream.ts';
import { controlLogSuite } from './control-log-suite.ts';

const kafka = await kafkaForTests();

/** Everything but the newest record may be compacted at once, as nobody waits an hour for a test. */
const eager = {
  'min.compaction.lag.ms': '0',
  'segment.ms': '1',
  'min.cleanable.dirty.ratio': '0.001',
  'delete.retention.ms': '0',
};

/** What the topic holds, by a reader of its own. */
async function countIn(stream: KafkaStream): Promise<number> {
  const log = await stream.openControl();
  const [endOffset, reader] = [await log.endOffset(), log.open()];
  let [count, last] = [0, -1];
  while (last < endOffset - 1) {
    const records = (await reader.next()) ?? [];
    count += records.length;
    last = records.at(-1)?.offset ?? endOffset;
  }
  await log.close();
  return count;
}

controlLogSuite(
  'the log on Kafka',
  async () => {
    const stream = await KafkaStream.make(kafka.unavailable === undefined ? kafka.brokers : []);
    const log = await stream.openControl();
    return {
      log,
      beside: async () => stream.openControl(),
      reopen: async () => {
        await log.close();
        return stream.openControl();
      },
      compact: async () => {
        await stream.admin.setTopicConfig(stream.topic('control'), eager);
        // A segment that is closed by its age is closed by the next record.
        const before = await countIn(stream);
        await log.append('key/0', undefined);
        // The cleaner looks every 15 s.
        await vi.waitUntil(async () => (await countIn(stream)) < before / 2, { timeout: 90_000, interval: 1_000 });
      },
      end: async () => stream.end(),
    };
  },
  { shares: true, compacts: true, isMissing: kafka.unavailable !== undefined },
);
