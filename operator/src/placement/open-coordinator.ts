/**
 * The coordinator of a stream on real servers. In: an order. Out: one that leads, on connections of its own, or the error of whatever
 * could not be opened. No other topic under the stream's name is taken for its own (law 1).
 */
import { openCassandraStore } from '@tapeline/cassandra';
import { idsByTopic, kafkaPartitions, openKafkaControl, openKafkaLog, replacedTopic } from '@tapeline/kafka';
import { cassandraOf, connectionOf } from '../apply/connections.ts';
import type { CoordinatorOrder } from '../apply/ports.ts';
import { type CoordinatorParts, leadCoordinator } from './lead-coordinator.ts';
import type { OpenCoordinator } from './stream-coordinators.ts';

type Closing = () => unknown;

/** Opens coordinators on real servers. */
export function coordinatorOpener(parts: CoordinatorParts): OpenCoordinator {
  return async (order, listener, signal) => {
    const opened: Closing[] = [];
    const closeAll = async (): Promise<void> => {
      for (const close of opened.splice(0).toReversed()) await close();
    };
    try {
      const seams = await openSeams(parts, order, (close) => opened.push(close));
      signal.throwIfAborted();
      const running = leadCoordinator(parts, seams, order, listener);
      return {
        ...running,
        close: async () => {
          await running.close();
          await closeAll();
        },
      };
    } catch (error) {
      await closeAll();
      throw error;
    }
  };
}

async function openSeams(
  { clock, logger, metrics, random }: CoordinatorParts,
  { kafka, cassandra, keyspace, secrets, plan }: CoordinatorOrder,
  onOpened: (close: Closing) => void,
) {
  const { stream } = plan;
  const options = { connection: connectionOf(kafka, secrets), stream, clock, logger, random };
  const control = await openKafkaControl(options);
  onOpened(() => control.close());
  const ticks = await openKafkaLog({ ...options, partitions: plan.basePartitions });
  onOpened(() => ticks.close());
  const found = new Map<string, string>([...idsByTopic(stream, ticks.topicIds), ['control', control.topicId]]);
  const replaced = replacedTopic(stream, new Map(Object.entries(plan.topicIds)), found);
  if (replaced !== undefined) throw replaced;
  const partitions = kafkaPartitions(options);
  onOpened(() => partitions.close());
  const place = cassandraOf(cassandra, secrets);
  const store = await openCassandraStore({
    ...place,
    clock,
    logger,
    metrics,
    random,
    keyspace,
    stream,
    migrate: false,
  });
  onOpened(() => store.close());
  return { control, ticks, partitions, store };
}
