/**
 * How to reach a Kafka cluster. In: addresses, names, secrets. Out: the type of it, its check, and the one sentence
 * that a person reads when it cannot be reached. Secrets never stand in a message.
 */

/** TLS of a connection; with none of the fields set, the machine's own authorities are trusted. */
export type KafkaTls = {
  /** Certificates of the authorities to trust, PEM. */
  readonly ca?: string;
  /** Certificate and key of this client, PEM; both or neither. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the brokers' certificates must carry, where it is not the host's. */
  readonly servername?: string;
  /** `false` trusts any certificate: for tests alone. */
  readonly rejectUnauthorized?: boolean;
};

/** The login of a connection. */
export type KafkaLogin = {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
};

/** A cluster and how to reach it. */
export type KafkaConnection = {
  /** `host:port` of one broker or more; the others are learned from them. */
  readonly brokers: readonly string[];
  /** What brokers call this client in their logs and quotas, at most 64 characters. */
  readonly clientId: string;
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaLogin;
  /** Absent = the options of a process. */
  readonly places?: KafkaPlaces;
};

/** Where a person sets things, for messages. */
export type KafkaPlaces = {
  /** Brokers. */
  readonly brokers: string;
  readonly tls: string;
  /** Copies of each record in topics that are made. */
  readonly copies: string;
};

/** The options of a process. */
export const optionPlaces: KafkaPlaces = { brokers: '--kafka', tls: '--kafka-tls', copies: '--kafka-replication' };

/** A host and its port. */
export type HostPort = { readonly host: string; readonly port: number };

/** What may stand in the way of starting on Kafka. */
export type KafkaErrorCode =
  /** An option has no value that can be used. */
  | 'KAFKA_OPTION'
  /** No broker answered. */
  | 'KAFKA_UNREACHABLE'
  /** The broker's certificate or ours was refused, or one side speaks TLS alone. */
  | 'KAFKA_TLS'
  /** User or password were refused, or a login is missing. */
  | 'KAFKA_LOGIN'
  | 'KAFKA_NOT_AUTHORISED'
  /** The broker is too old, or kafkajs another than the one this is made for. */
  | 'KAFKA_VERSION'
  /** A topic is missing or is not what the log needs. */
  | 'KAFKA_TOPICS'
  /** The cluster answered, but with an error. */
  | 'KAFKA_FAILED';

/** Starting on Kafka failed; the message is one sentence with the fact and the remedy. */
export class KafkaError extends Error {
  override name = 'KafkaError';
  readonly code: KafkaErrorCode;

  constructor(code: KafkaErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const clientIdCharactersMax = 64;

/** The addresses of a connection. Throws `KafkaError` KAFKA_OPTION for one that is none. */
export function addressesOf({ brokers, clientId, tls, places = optionPlaces }: KafkaConnection): HostPort[] {
  if (brokers.length === 0) {
    throw new KafkaError('KAFKA_OPTION', `no Kafka broker is named; give ${places.brokers} HOST:PORT`);
  }
  if (clientId.length === 0 || clientId.length > clientIdCharactersMax) {
    const limit = `a client id has 1 to ${clientIdCharactersMax} characters`;
    throw new KafkaError('KAFKA_OPTION', `${limit}, and "${clientId}" has ${clientId.length}`);
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    throw new KafkaError('KAFKA_OPTION', 'a client certificate and its key belong together; give both or neither');
  }
  return brokers.map(addressOf);
}

function addressOf(text: string): HostPort {
  const parts = /^(?:\[(?<six>[0-9a-fA-F:]+)\]|(?<host>[^:\s]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const host = parts?.['six'] ?? parts?.['host'];
  const port = Number(parts?.['port']);
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new KafkaError('KAFKA_OPTION', `"${text}" is no address of a Kafka broker; write HOST:PORT`);
  }
  return { host, port };
}
