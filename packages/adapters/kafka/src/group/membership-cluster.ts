/**
 * Makes kafkajs's view of the cluster fit for membership alone. In: the cluster object of one consumer, of kafkajs 2.2.4
 * exactly (the client checks that). Out: the same object, changed. Partitions without a leader are no error: kafkajs would
 * leave and come back for ever, and no worker would own anything until the last leader is found. Brokers that are silent
 * are passed over: kafkajs would ask the same one for ever. And offsets are never asked for: nobody reads by them, and
 * kafkajs spins where one cannot be had.
 */
import type { Cluster } from 'kafkajs';

type Partition = { partitionErrorCode: number };
type ClusterReply = { topicMetadata: readonly { readonly partitionMetadata: readonly Partition[] }[] };
type Reading = { readonly parse: (reply: ClusterReply) => Promise<ClusterReply> };
type Call = (facts: object) => { readonly request: object; readonly response: Reading };
type Lookup = (apiKey: number, definition: object) => Call;
type Ask = (facts: object) => Promise<unknown>;
type InnerBroker = { lookupRequest: Lookup; connect: Ask; heartbeat: Ask; joinGroup: Ask; syncGroup: Ask };
type InnerCluster = {
  readonly brokerPool: { createBroker: (options: object) => InnerBroker; createSeedBroker(): Promise<void> };
  findGroupCoordinator: Ask;
  committedOffsets(group: { groupId: string }): Record<string, Record<number, string>>;
};

const metadataKey = 3;
/** A reply that did not come in time, and no broker that could say which one coordinates. */
const silences: ReadonlySet<string> = new Set(['KafkaJSRequestTimeoutError', 'KafkaJSGroupCoordinatorNotFound']);
/** By this kafkajs joins again as the member that it is. */
const rebalancing = { type: 'REBALANCE_IN_PROGRESS' } as const;
/** Another may coordinate by now: kafkajs looks for it and joins again as the member that it is. */
const joinAgain = { type: 'NOT_COORDINATOR_FOR_GROUP' } as const;
/** LEADER_NOT_AVAILABLE and LISTENER_NOT_FOUND: the partition exists, and nobody leads it that we could reach. */
const leaderless: ReadonlySet<number> = new Set([5, 72]);

/** Changes what the cluster's brokers answer; before the consumer connects, once. */
export function fitForMembership(cluster: Cluster): void {
  const inner = innerOf(cluster);
  inner.findGroupCoordinator = tellingSilence(inner.findGroupCoordinator.bind(inner), joinAgain);
  const { brokerPool } = inner;
  const create = brokerPool.createBroker;
  brokerPool.createBroker = (options) => {
    const broker = create(options);
    allowLeaderless(broker);
    passOverSilent(broker);
    return broker;
  };
}

/** Lets the member join again at its next sign of life where `isWanted`, as if the coordinator had asked for it; before it connects, once. */
export function rejoinWhen(cluster: Cluster, isWanted: () => boolean): void {
  const { brokerPool } = innerOf(cluster);
  const create = brokerPool.createBroker;
  brokerPool.createBroker = (options) => {
    const broker = create(options);
    const { heartbeat } = broker;
    broker.heartbeat = async (facts) => {
      if (isWanted()) throw Object.assign(new Error('this worker has something to tell the group'), rebalancing);
      return heartbeat.call(broker, facts);
    };
    return broker;
  };
}

/** Begins with the next of the named brokers when it connects again; after kafkajs let go of its connections. */
export async function beginElsewhere(cluster: Cluster): Promise<void> {
  await innerOf(cluster).brokerPool.createSeedBroker();
}

/** Gives every partition an offset, which is never used; after a join and before kafkajs looks for offsets. */
export function skipOffsets(cluster: Cluster, groupId: string, topic: string, partitions: readonly number[]): void {
  const offsets = innerOf(cluster).committedOffsets({ groupId });
  offsets[topic] = Object.fromEntries(partitions.map((partition) => [partition, '0']));
}

function allowLeaderless(broker: InnerBroker): void {
  let lookup = broker.lookupRequest;
  // kafkajs sets it anew when it has learned the versions of the broker.
  Object.defineProperty(broker, 'lookupRequest', {
    get: (): Lookup => (apiKey, definition) => {
      const call = lookup(apiKey, definition);
      return apiKey === metadataKey ? withoutLeaderErrors(call) : call;
    },
    set: (found: Lookup) => {
      lookup = found;
    },
  });
}

function passOverSilent(broker: InnerBroker): void {
  // One that takes a connection and says nothing is like one that takes none: kafkajs turns to another.
  broker.connect = tellingSilence(broker.connect.bind(broker), { name: 'KafkaJSConnectionError' });
  for (const call of ['heartbeat', 'joinGroup', 'syncGroup'] as const) {
    broker[call] = tellingSilence(broker[call].bind(broker), joinAgain);
  }
}

/** The same call; an error that means that nobody answered in time has these words, by which kafkajs decides what to do. */
function tellingSilence(ask: Ask, words: { readonly name: string } | { readonly type: string }): Ask {
  return async (facts) => {
    try {
      return await ask(facts);
    } catch (error) {
      if (error instanceof Error && silences.has(error.name)) Object.assign(error, words);
      throw error;
    }
  };
}

function withoutLeaderErrors(call: Call): Call {
  return (facts) => {
    const { request, response } = call(facts);
    const parse = async (reply: ClusterReply): Promise<ClusterReply> => {
      for (const { partitionMetadata } of reply.topicMetadata) {
        for (const partition of partitionMetadata) {
          if (leaderless.has(partition.partitionErrorCode)) partition.partitionErrorCode = 0;
        }
      }
      return response.parse(reply);
    };
    return { request, response: { ...response, parse } };
  };
}

function innerOf(cluster: Cluster): InnerCluster {
  // kafkajs's own types hide what its parts share among themselves.
  return cluster as unknown as InnerCluster;
}
