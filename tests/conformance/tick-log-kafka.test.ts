/** The log on a real Kafka broker passes the one suite of the seam `TickLog`. */
import { kafkaPartitions } from '@tapeline/kafka';
import { kafkaForTests } from '@tapeline/testbed';
import { KafkaStream } from '../kafka/kafka-stream.ts';
import { suitePartitions } from './log-under-test.ts';
import { tickLogSuite } from './tick-log-suite.ts';

const kafka = await kafkaForTests();

tickLogSuite(
  'the log on Kafka',
  async () => {
    const stream = await KafkaStream.make(kafka.unavailable === undefined ? kafka.brokers : [], {
      partitions: suitePartitions,
    });
    const partitions = kafkaPartitions({ connection: stream.connection, stream: stream.name });
    return {
      log: await stream.open(),
      partitions,
      reopen: async () => stream.open(),
      removeBelow: async (topic, partition, offset) => stream.removeBelow(topic, partition, offset),
      end: async () => {
        partitions.close();
        await stream.end();
      },
    };
  },
  { removes: true, isMissing: kafka.unavailable !== undefined },
);
