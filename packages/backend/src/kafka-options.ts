/**
 * What can be set of a log on Kafka. In: flags and environment. Out: where the brokers are, how one gets in, and how topics
 * are made. A password comes by the environment or a file, never by a flag.
 */
import {
  choiceOption,
  integerOption,
  type Option,
  type OptionWithDefault,
  secretOption,
  switchOption,
  textOption,
} from '@tapeline/runtime';
import { pathCharsMax } from './embedded-options.ts';
import { hostPortsOption } from './host-port.ts';

/** Ways to log in to Kafka. */
export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** One of them. */
export type SaslMechanism = (typeof saslMechanisms)[number];

/** How record batches are packed. */
export const kafkaCompressions = ['none', 'zstd'] as const;

/** One of them. */
export type KafkaCompression = (typeof kafkaCompressions)[number];

/** Names and kinds of the options. */
export type KafkaOptions = {
  readonly kafka: Option<readonly string[]>;
  readonly stream: OptionWithDefault<string>;
  readonly 'kafka-create-topics': OptionWithDefault<boolean>;
  readonly 'kafka-replication': Option<number>;
  readonly 'kafka-min-insync': Option<number>;
  readonly 'kafka-compression': Option<KafkaCompression>;
  readonly 'kafka-tls': OptionWithDefault<boolean>;
  readonly 'kafka-ca': Option<string>;
  readonly 'kafka-cert': Option<string>;
  readonly 'kafka-key': Option<string>;
  readonly 'kafka-sasl': Option<SaslMechanism>;
  readonly 'kafka-username': Option<string>;
  readonly 'kafka-password': Option<string>;
  readonly 'kafka-password-file': Option<string>;
};

/** A switch that is on where nobody says otherwise. */
function onByDefault(facts: { readonly help: string; readonly env: string }): OptionWithDefault<boolean> {
  return { ...switchOption(facts), default: 'true' };
}

/** A file by its path. */
function fileOption(env: string, help: string): Option<string> {
  return textOption({ placeholder: 'FILE', env, charsMax: pathCharsMax, help });
}

/** The options. */
export const kafkaOptions: KafkaOptions = {
  kafka: hostPortsOption({
    env: 'TAPELINE_KAFKA',
    help: 'Brokers of Kafka 4 that hold the log, some of them; goes with --cassandra. Without both, all is in --data-dir.',
  }),
  stream: textOption({
    placeholder: 'NAME',
    env: 'TAPELINE_STREAM',
    charsMax: 64,
    pattern: { fits: /^[A-Za-z\d][\w-]*$/, form: 'letters, digits, _ and -, a letter or digit first' },
    default: 'tapeline',
    help: 'Which stream on Kafka and Cassandra: its topics are NAME.ticks, NAME.bars, NAME.tape and NAME.quarantine.',
  }),
  'kafka-create-topics': onByDefault({
    env: 'TAPELINE_KAFKA_CREATE_TOPICS',
    help: 'Makes the topics that are missing; with --kafka-create-topics=false it only checks them.',
  }),
  'kafka-replication': integerOption({
    env: 'TAPELINE_KAFKA_REPLICATION',
    min: 1,
    max: 32,
    help: 'Replicas of topics that it makes. Default: 3, or as many as there are brokers.',
  }),
  'kafka-min-insync': integerOption({
    env: 'TAPELINE_KAFKA_MIN_INSYNC',
    min: 1,
    max: 32,
    help: 'Replicas that must have a record before it is acknowledged. Default, of topics that it makes: one less than there are.',
  }),
  'kafka-compression': choiceOption(kafkaCompressions, {
    env: 'TAPELINE_KAFKA_COMPRESSION',
    help: 'How record batches are packed. Default: none, since ticks are packed already.',
  }),
  'kafka-tls': switchOption({ env: 'TAPELINE_KAFKA_TLS', help: 'Speaks TLS with the brokers.' }),
  'kafka-ca': fileOption(
    'TAPELINE_KAFKA_CA',
    "PEM file with who may sign the brokers' certificates. Default: those of Node.",
  ),
  'kafka-cert': fileOption('TAPELINE_KAFKA_CERT', 'PEM file with our own certificate; goes with --kafka-key.'),
  'kafka-key': fileOption('TAPELINE_KAFKA_KEY', 'PEM file with the key of --kafka-cert.'),
  'kafka-sasl': choiceOption(saslMechanisms, { env: 'TAPELINE_KAFKA_SASL', help: 'How to log in to the brokers.' }),
  'kafka-username': textOption({ env: 'TAPELINE_KAFKA_USERNAME', charsMax: 255, help: 'Name to log in with.' }),
  'kafka-password': secretOption({
    env: 'TAPELINE_KAFKA_PASSWORD',
    charsMax: 4_096,
    help: 'Password to log in with; there is no flag for it.',
  }),
  'kafka-password-file': fileOption('TAPELINE_KAFKA_PASSWORD_FILE', 'File that holds it.'),
};
