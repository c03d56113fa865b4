/**
 * What the log asks of a cluster, as a seam: lanes and readers stand on it, and a test puts a broker of its own there.
 * In: nothing. Out: the type. Whatever is not answered rejects with `LinkError` or `KafkaError`; codes of the broker are
 * answers.
 */
import type {
  ClusterFacts,
  FetchAnswer,
  FetchBounds,
  FetchPart,
  OffsetEnd,
  Place,
  ProduceAnswer,
  ProducePart,
} from './wire-requests.ts';

/**
 * The connections for batches to a broker. `apart` is for partitions that may wait long for their replicas: a broker
 * answers the requests of a connection in turn, so that the others would wait with them.
 */
export type ProduceRoute = 'together' | 'apart';

/** How a request with batches goes. */
export type ProduceTrip = {
  readonly route: ProduceRoute;
  /** How long the broker may wait for the replicas of its batches, ms. */
  readonly replicasMs: number;
  /** Wait for the reply, ms: longer than for the replicas of it and of those before it on its connection. */
  readonly replyMs: number;
};

/** Requests to the brokers of a cluster. */
export type KafkaCalls = {
  /** What some broker knows of these topics; brokers that do not answer within a second are not waited for alone. */
  metadata(topics: readonly string[]): Promise<ClusterFacts>;
  /** Batches for partitions that this broker leads, one for each. */
  produce(node: number, parts: readonly ProducePart[], trip: ProduceTrip): Promise<readonly ProduceAnswer[]>;
  /** Records of partitions that this broker leads; `slot` chooses the connection, which a waiting fetch occupies. */
  fetch(node: number, slot: number, parts: readonly FetchPart[], bounds: FetchBounds): Promise<FetchReply>;
  /** One end of a partition that this broker leads in this epoch. */
  offset(
    node: number,
    place: Place,
    end: OffsetEnd,
    leaderEpoch: number,
  ): Promise<{ readonly code: number; readonly offset: number }>;
  /** An id for a producer. */
  newProducer(node: number): Promise<NewProducer>;
  /** Ends the connections to a broker; what is under way on them rejects. */
  drop(node: number): void;
  /** Ends all connections. */
  close(): void;
};

/** The reply to a fetch. */
export type FetchReply = {
  /** Of the whole. */
  readonly code: number;
  readonly answers: readonly FetchAnswer[];
  /** Bytes of the reply, which every view of its records keeps in memory. */
  readonly replyBytes: number;
};

/** The reply to the wish for a producer's id. */
export type NewProducer = { readonly code: number; readonly producerId: number; readonly producerEpoch: number };
