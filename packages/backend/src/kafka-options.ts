/**
 * What can be set of a log on Kafka. In: flags and environment. Out: where the brokers are, how one gets in, and how topics
 * are made.
 */
import { choiceOption, integerOption, type Option, type OptionWithDefault, textOption } from '@tapeline/runtime';
import { hostPortsOption } from './host-port.ts';
import { type LoginOptions, loginOptions } from './login-options.ts';
import { onByDefault } from './on-by-default.ts';

/** Ways to log in to Kafka. */
export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** One of them. */
export type SaslMechanism = (typeof saslMechanisms)[number];

/** How record batches are packed. */
export const kafkaCompressions = ['none', 'zstd'] as const;

/** One of them. */
export type KafkaCompression = (typeof kafkaCompressions)[number];

/** Names and kinds of the options. */
export type KafkaOptions = LoginOptions<'kafka'> & {
  readonly kafka: Option<readonly string[]>;
  readonly stream: OptionWithDefault<string>;
  readonly 'kafka-create-topics': OptionWithDefault<boolean>;
  readonly 'kafka-replication': Option<number>;
  readonly 'kafka-min-insync': Option<number>;
  readonly 'kafka-compression': Option<KafkaCompression>;
  readonly 'kafka-sasl': Option<SaslMechanism>;
};

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
    help: 'Which stream on Kafka and Cassandra: its topics are NAME.ticks, NAME.bars, NAME.tape, NAME.quarantine and NAME.control.',
  }),
  'kafka-create-topics': onByDefault({
    env: 'TAPELINE_KAFKA_CREATE_TOPICS',
    help: 'Makes the topics that are missing; with --kafka-create-topics=false it only checks them.',
  }),
  'kafka-replication': integerOption({
    env: 'TAPELINE_KAFKA_REPLICATION',
    min: 1,
    max: 32,
    help: 'Replicas of topics that it makes. Default: 3; in a cluster of one broker 1, but with --start-wait it waits for 3.',
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
  ...loginOptions('kafka', 'brokers'),
  'kafka-sasl': choiceOption(saslMechanisms, { env: 'TAPELINE_KAFKA_SASL', help: 'How to log in to the brokers.' }),
};
