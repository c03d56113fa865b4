/**
 * What a person reads when the group of workers cannot be used. In: an error of kafkajs. Out: one sentence with the fact
 * and the remedy. Known causes are told by the type that the broker gave, never by the words of a message.
 */
import { addressesOf, type KafkaConnection, KafkaError, type KafkaErrorCode } from '../kafka-connection.ts';
import { startErrorOf } from '../start-errors.ts';

/** The group it is about. */
export type GroupPlace = {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
};

const causesMax = 8;

/** An error of kafkajs, as `KafkaError`. */
export function groupProblem(error: unknown, place: GroupPlace): KafkaError {
  if (error instanceof KafkaError) return error;
  const facts = knownProblem(typeOf(error), place);
  if (facts !== undefined) return new KafkaError(facts[0], facts[1], { cause: error });
  const [address] = addressesOf(place.connection);
  if (isOfConnection(error) && address !== undefined) {
    return startErrorOf(error, address, { connection: place.connection, connectTimeoutMs: connectionTimeoutMs });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new KafkaError('KAFKA_FAILED', `the worker group ${place.groupId} cannot be joined: ${message}`, {
    cause: error,
  });
}

/** Wait for a connection, ms. */
export const connectionTimeoutMs = 3_000;

function knownProblem(type: string, place: GroupPlace): [KafkaErrorCode, string] | undefined {
  const { groupId, topic, sessionTimeoutMs } = place;
  switch (type) {
    case 'GROUP_AUTHORIZATION_FAILED':
      return [
        'KAFKA_NOT_AUTHORISED',
        `this login may not join the worker group ${groupId}; allow it Read on the group`,
      ];
    case 'TOPIC_AUTHORIZATION_FAILED':
      return [
        'KAFKA_NOT_AUTHORISED',
        `this login may not read topic ${topic}; allow it Read and Describe on the topic`,
      ];
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return ['KAFKA_TOPICS', `topic ${topic} does not exist; create it or name another stream with --stream`];
    case 'INVALID_SESSION_TIMEOUT':
      return [
        'KAFKA_OPTION',
        `a session timeout of ${sessionTimeoutMs} ms lies outside what the broker allows; choose one between its group.min.session.timeout.ms and group.max.session.timeout.ms`,
      ];
    case 'INCONSISTENT_GROUP_PROTOCOL':
      return [
        'KAFKA_FAILED',
        `group ${groupId} has members that are no workers of this program; end them or name another stream with --stream`,
      ];
    default:
      return undefined;
  }
}

function typeOf(error: unknown): string {
  for (const cause of causesOf(error)) {
    const { type } = cause as { readonly type?: unknown };
    if (typeof type === 'string') return type;
  }
  return '';
}

function isOfConnection(error: unknown): boolean {
  return causesOf(error).some(({ name }) => /Connection|Timeout|SASL|Broker/.test(name));
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < causesMax; cause = cause.cause) causes.push(cause);
  return causes;
}
