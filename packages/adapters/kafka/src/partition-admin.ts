/**
 * Partitions of a stream's log on Kafka behind the seam `PartitionAdmin`. In: how many there have to be. Out: how many there are, or why
 * not, in the errors of the seam. It connects when it is asked.
 */
import { LogError, type PartitionAdmin, streamPartitionsMax } from '@tapeline/domain';
import { KafkaError } from './kafka-connection.ts';
import { type KafkaAdminOptions, kafkaAdmin } from './topics.ts';

/** What it is made with. */
export type PartitionAdminOptions = KafkaAdminOptions & { readonly stream: string };

/** Adds partitions to the four topics of a stream's log. Throws `KafkaError` KAFKA_OPTION. */
export function kafkaPartitions({ stream, ...options }: PartitionAdminOptions): PartitionAdmin & { close(): void } {
  const admin = kafkaAdmin(options);
  let isClosed = false;
  return {
    addPartitions: async (count) => {
      if (isClosed) throw new LogError('LOG_CLOSED', 'the connection that adds partitions is closed; open it again');
      if (!Number.isInteger(count) || count < 1 || count > streamPartitionsMax) {
        const limit = `stream ${stream} can have 1 to ${streamPartitionsMax} partitions`;
        throw new LogError('PARTITIONS_REFUSED', `${limit}, not ${count}; ask for a number within`);
      }
      try {
        return await admin.growStream(stream, count);
      } catch (error) {
        throw error instanceof KafkaError ? logErrorOf(error) : error;
      }
    },
    close: () => {
      isClosed = true;
      admin.close();
    },
  };
}

function logErrorOf(cause: KafkaError): LogError {
  const isRefused = cause.code === 'KAFKA_TOPICS' || cause.code === 'KAFKA_NOT_AUTHORISED';
  return new LogError(isRefused ? 'PARTITIONS_REFUSED' : 'LOG_UNAVAILABLE', cause.message, { cause });
}
