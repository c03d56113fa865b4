/**
 * Makes kafkajs's view of the cluster fit for membership alone. In: the cluster object of one consumer, of kafkajs 2.2.4
 * exactly (the client checks that). Out: the same object, changed in two ways. Partitions without a leader are no error:
 * kafkajs would leave the group and come back for ever, and no worker would own anything until the last leader is found.
 * And offsets are never asked for: nobody reads by them, and kafkajs spins where one cannot be had.
 */
import type { Cluster } from 'kafkajs';

type Partition = { partitionErrorCode: number };
type ClusterReply = { topicMetadata: readonly { readonly partitionMetadata: readonly Partition[] }[] };
type Reading = { readonly parse: (reply: ClusterReply) => Promise<ClusterReply> };
type Call = (facts: object) => { readonly request: object; readonly response: Reading };
type Lookup = (apiKey: number, definition: object) => Call;
type InnerBroker = { lookupRequest: Lookup };
type InnerCluster = {
  readonly brokerPool: { createBroker: (options: object) => InnerBroker };
  committedOffsets(group: { groupId: string }): Record<string, Record<number, string>>;
};

const metadataKey = 3;
/** LEADER_NOT_AVAILABLE and LISTENER_NOT_FOUND: the partition exists, and nobody leads it that we could reach. */
const leaderless: ReadonlySet<number> = new Set([5, 72]);

/** Changes what the cluster's brokers answer; before the consumer connects, once. */
export function allowLeaderless(cluster: Cluster): void {
  const { brokerPool } = innerOf(cluster);
  const create = brokerPool.createBroker;
  brokerPool.createBroker = (options) => {
    const broker = create(options);
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
    return broker;
  };
}

/** Gives every partition an offset, which is never used; after a join and before kafkajs looks for offsets. */
export function skipOffsets(cluster: Cluster, groupId: string, topic: string, partitions: readonly number[]): void {
  const offsets = innerOf(cluster).committedOffsets({ groupId });
  offsets[topic] = Object.fromEntries(partitions.map((partition) => [partition, '0']));
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
