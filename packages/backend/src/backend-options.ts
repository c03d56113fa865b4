/**
 * What can be set of what a process runs on: one table for all of them. In: flags and environment. Out: values, and what
 * is wrong with them together; with neither Kafka nor Cassandra named it is an embedded directory.
 */
import { durationOption, type OptionValues, type OptionWithDefault } from '@tapeline/runtime';
import { type CassandraOptions, cassandraOptions } from './cassandra-options.ts';
import { type KeepingOptions, keepingOptions } from './embedded-options.ts';
import { type KafkaOptions, kafkaOptions } from './kafka-options.ts';
import type { Server } from './login-options.ts';

type StartOptions = { readonly 'start-wait': OptionWithDefault<number> };

/** Names and kinds of the options. */
export type BackendOptions = KeepingOptions & KafkaOptions & CassandraOptions & StartOptions;

const startOptions: StartOptions = {
  'start-wait': durationOption({
    env: 'TAPELINE_START_WAIT',
    min: '0s',
    max: '1h',
    default: '0s',
    help: 'How long a start waits for servers, topics and tables that are not there yet; /readyz says for which.',
  }),
};

/** The options, in the order of the help. */
export const backendOptions: BackendOptions = {
  ...keepingOptions,
  ...kafkaOptions,
  ...cassandraOptions,
  ...startOptions,
};

/** Their values. */
export type BackendValues = OptionValues<BackendOptions>;

/** What is wrong with values that are right one by one; a sentence each. */
export function backendProblems(values: BackendValues): string[] {
  const problems: string[] = [];
  const { kafka, cassandra, quota } = values;
  if (kafka !== undefined && cassandra === undefined) {
    problems.push('--kafka names brokers for the log and nothing names a store; name it with --cassandra HOST:PORT');
  }
  if (cassandra !== undefined && kafka === undefined) {
    problems.push('--cassandra names nodes for the store and nothing names a log; name it with --kafka HOST:PORT');
  }
  if (kafka !== undefined && quota !== undefined) {
    problems.push(
      '--quota bounds a data directory, and with --kafka nothing is kept in one; leave one of the two away',
    );
  }
  problems.push(...tlsProblems('kafka', values), ...tlsProblems('cassandra', values));
  problems.push(...loginProblems('kafka', values), ...loginProblems('cassandra', values));
  const replication = values['kafka-replication'];
  const minInsync = values['kafka-min-insync'];
  if (replication !== undefined && minInsync !== undefined && minInsync > replication) {
    problems.push(
      `--kafka-min-insync ${minInsync} is more than the ${replication} of --kafka-replication, so nothing would ever be acknowledged; lower it`,
    );
  }
  return problems;
}

function tlsProblems(server: Server, values: BackendValues): string[] {
  const [tls, certificate, key] = [values[`${server}-tls`], values[`${server}-cert`], values[`${server}-key`]];
  const problems: string[] = [];
  const given = (['ca', 'cert', 'key'] as const).find((part) => values[`${server}-${part}`] !== undefined);
  if (given !== undefined && !tls) {
    problems.push(`--${server}-${given} is for TLS, which is off; add --${server}-tls`);
  }
  if ((certificate === undefined) !== (key === undefined)) {
    problems.push(`--${server}-cert and --${server}-key go together; give both or neither`);
  }
  return problems;
}

function loginProblems(server: Server, values: BackendValues): string[] {
  const problems: string[] = [];
  const [name, password, file] = [
    values[`${server}-username`],
    values[`${server}-password`],
    values[`${server}-password-file`],
  ];
  const variable = `TAPELINE_${server.toUpperCase()}_PASSWORD`;
  const hasPassword = password !== undefined || file !== undefined;
  if (password !== undefined && file !== undefined) {
    problems.push(`${variable} and --${server}-password-file both give a password; leave one of the two away`);
  }
  if (name !== undefined && !hasPassword) {
    problems.push(`--${server}-username has no password; set ${variable}, or name a --${server}-password-file`);
  }
  if (name === undefined && hasPassword) {
    problems.push(`there is a password for ${server} and no name; add --${server}-username`);
  }
  if (server === 'kafka' && (name === undefined) !== (values['kafka-sasl'] === undefined)) {
    problems.push('--kafka-sasl and --kafka-username go together; give both or neither');
  }
  return problems;
}
