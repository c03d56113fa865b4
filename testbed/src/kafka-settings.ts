/**
 * The settings of a broker. In: ids, ports, security. Out: the text of server.properties. Each node is broker and
 * controller; clients have a listener of their own, so that they can be put behind a proxy or under TLS and login while
 * brokers among themselves go on undisturbed.
 */
import { TestbedError } from './testbed-error.ts';

/** How clients reach the brokers. */
export type KafkaSecurity = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** A login that the brokers accept by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
export type KafkaUser = { readonly name: string; readonly password: string };

/** The mechanisms that a broker with login offers. */
export const saslMechanisms: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** Ports of one node, all on 127.0.0.1: where it listens, and where others are told to come. */
export type KafkaPorts = {
  readonly client: number;
  readonly clientAdvertised: number;
  readonly internal: number;
  readonly internalAdvertised: number;
  readonly controller: number;
};

/** What is particular to one node. */
export type KafkaNodeSettings = {
  readonly id: number;
  readonly ports: KafkaPorts;
  /** Of every node, by id. */
  readonly controllers: readonly { readonly id: number; readonly port: number }[];
  readonly logDirectory: string;
  readonly security: KafkaSecurity;
  readonly users: readonly KafkaUser[];
  /** PEM files, for SSL. */
  readonly keyStore?: string;
  readonly trustStore?: string;
  readonly clientCertificateRequired: boolean;
  /** Goes before everything else. */
  readonly config: Readonly<Record<string, string>>;
};

/** The text of a node's server.properties. */
export function kafkaProperties(node: KafkaNodeSettings): string {
  const settings = { ...layout(node), ...sizes(node.controllers.length), ...secured(node), ...node.config };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${escaped(value)}\n`)
    .join('');
}

/** Refuses names and passwords that would not survive the quoting of a login configuration. */
export function checkUser({ name, password }: KafkaUser): void {
  for (const [what, value] of [
    ['name', name],
    ['password', password],
  ] as const) {
    if (/^[\w.-]{1,100}$/.test(value)) continue;
    throw new TestbedError('BAD_OPTION', `user '${name}' has a ${what} other than 1 to 100 letters, digits, . _ or -`);
  }
}

function layout({ id, ports, controllers, logDirectory, security }: KafkaNodeSettings): Record<string, string> {
  const at = (name: string, port: number): string => `${name}://127.0.0.1:${port}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    listeners: [at('CLIENT', ports.client), at('INTERNAL', ports.internal), at('CONTROLLER', ports.controller)].join(
      ',',
    ),
    'advertised.listeners': [
      at('CLIENT', ports.clientAdvertised),
      at('INTERNAL', ports.internalAdvertised),
      at('CONTROLLER', ports.controller),
    ].join(','),
    'listener.security.protocol.map': `CLIENT:${security},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': controllers.map((node) => `${node.id}@127.0.0.1:${node.port}`).join(','),
    'log.dirs': logDirectory,
  };
}

/** Small, because several brokers share a developer's machine; strict, because nothing acknowledged may be lost. */
function sizes(brokers: number): Record<string, string> {
  const replicas = String(brokers);
  const inSyncMin = brokers >= 3 ? '2' : '1';
  return {
    'auto.create.topics.enable': 'false',
    'unclean.leader.election.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSyncMin,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSyncMin,
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSyncMin,
    'share.coordinator.state.topic.num.partitions': '4',
    // Failure is seen in seconds, so that a test of it takes seconds.
    'broker.session.timeout.ms': '6000',
    'broker.heartbeat.interval.ms': '1000',
    'replica.lag.time.max.ms': '10000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    // The default takes 128 MiB of the heap.
    'log.cleaner.dedupe.buffer.size': '8388608',
  };
}

function secured(node: KafkaNodeSettings): Record<string, string> {
  const settings: Record<string, string> = {};
  const forClients = (key: string, value: string): void => {
    settings[`listener.name.client.${key}`] = value;
  };
  if (node.security.endsWith('SSL')) {
    if (node.keyStore === undefined || node.trustStore === undefined) throw new RangeError('SSL without certificates');
    forClients('ssl.keystore.type', 'PEM');
    forClients('ssl.keystore.location', node.keyStore);
    forClients('ssl.truststore.type', 'PEM');
    forClients('ssl.truststore.location', node.trustStore);
    forClients('ssl.client.auth', node.clientCertificateRequired ? 'required' : 'none');
  }
  if (node.security.startsWith('SASL')) {
    const security = 'org.apache.kafka.common.security';
    const passwords = node.users.map(({ name, password }) => ` user_${name}="${password}"`).join('');
    forClients('sasl.enabled.mechanisms', saslMechanisms.join(','));
    forClients('plain.sasl.jaas.config', `${security}.plain.PlainLoginModule required${passwords};`);
    for (const scram of ['scram-sha-256', 'scram-sha-512']) {
      forClients(`${scram}.sasl.jaas.config`, `${security}.scram.ScramLoginModule required;`);
    }
  }
  return settings;
}

/** Properties read a backslash as the start of an escape. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
