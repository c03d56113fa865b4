/**
 * How servers are reached, as objects declare it. In: what is declared and what Secrets hold. Out: what the adapters of Kafka and
 * Cassandra connect with. Secrets stand in nothing that is logged or compared.
 */
import type { CassandraTls } from '@tapeline/cassandra';
import type { KafkaConnection, KafkaPlaces, KafkaTls } from '@tapeline/kafka';
import type { TlsSpec } from '../crd/server-spec.ts';
import type { CassandraSpec } from '../crd/tick-store.ts';
import type { KafkaSpec } from '../crd/tick-stream.ts';
import { type SecretBook, tlsKeys } from '../observe/read-secrets.ts';

const clientId = 'tapeline-operator';
const places: KafkaPlaces = {
  brokers: 'spec.kafka.bootstrap',
  tls: 'spec.kafka.tls',
  copies: 'spec.topic.replicas:',
};

/** Where Cassandra is, and as whom. */
export type CassandraPlace = {
  readonly contactPoints: readonly string[];
  readonly localDataCenter: string;
  readonly tls?: CassandraTls;
  readonly credentials?: { readonly username: string; readonly password: string };
};

/** The connection of a Kafka. */
export function connectionOf({ bootstrap, tls, sasl }: KafkaSpec, secrets: SecretBook): KafkaConnection {
  return {
    brokers: bootstrap,
    clientId,
    places,
    ...(tls === undefined ? {} : { tls: tlsOf(tls, secrets) }),
    ...(sasl === undefined
      ? {}
      : { sasl: { mechanism: sasl.mechanism, username: sasl.username, password: secrets.text(sasl.password) } }),
  };
}

/** The connection of a Cassandra, without a keyspace. */
export function cassandraOf(
  { contactPoints, datacenter, tls, login }: CassandraSpec,
  secrets: SecretBook,
): CassandraPlace {
  return {
    contactPoints,
    localDataCenter: datacenter,
    ...(tls === undefined ? {} : { tls: tlsOf(tls, secrets) }),
    ...(login === undefined
      ? {}
      : { credentials: { username: login.username, password: secrets.text(login.password) } }),
  };
}

function tlsOf({ ca, client }: TlsSpec, secrets: SecretBook): KafkaTls & { readonly ca?: string } {
  return {
    ...(ca === undefined ? {} : { ca: secrets.text(ca) }),
    ...(client === undefined
      ? {}
      : {
          cert: secrets.text({ name: client, key: tlsKeys.cert }),
          key: secrets.text({ name: client, key: tlsKeys.key }),
        }),
  };
}
