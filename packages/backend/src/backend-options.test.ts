/** Options of log and store: what goes together, and that everything that does not is said with its remedy. */
import { readOptions } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { backendOptions, backendProblems, type BackendValues } from './backend-options.ts';
import { isOnServers } from './open-backend.ts';

const servers = ['--kafka', 'k1:9092,k2:9092', '--cassandra', '[::1]:9042'];

function read(args: readonly string[], env: Record<string, string> = {}): BackendValues {
  const line = readOptions(backendOptions, args, env);
  if (line.kind !== 'read') throw new Error(line.kind === 'wrong' ? line.problems.join('\n') : 'help');
  return line.values;
}

function problems(args: readonly string[], env: Record<string, string> = {}): string[] {
  return backendProblems(read(args, env));
}

test('without Kafka and Cassandra it is a directory, with both it is servers', () => {
  expect([isOnServers(read([])), problems([])]).toEqual([false, []]);
  expect([isOnServers(read(servers)), problems(servers)]).toEqual([true, []]);
  const values = read([], { TAPELINE_KAFKA: 'k:1', TAPELINE_CASSANDRA: 'c:2' });
  expect([values.kafka, values.cassandra, isOnServers(values)]).toEqual([['k:1'], ['c:2'], true]);
});

test.each([
  [['--kafka', 'k:9092'], /^--kafka names brokers .* name it with --cassandra HOST:PORT$/],
  [['--cassandra', 'c:9042'], /^--cassandra names nodes .* name it with --kafka HOST:PORT$/],
  [[...servers, '--quota', '1GiB'], /^--quota bounds a data directory, .* leave one of the two away$/],
  [[...servers, '--kafka-ca', 'ca.pem'], /^--kafka-ca is for TLS, which is off; add --kafka-tls$/],
  [[...servers, '--cassandra-tls', '--cassandra-key', 'k.pem'], /^--cassandra-cert and --cassandra-key go together/],
  [
    [...servers, '--cassandra-username', 'ada'],
    /^--cassandra-username has no password; set TAPELINE_CASSANDRA_PASSWORD/,
  ],
  [
    [...servers, '--cassandra-password-file', 'f'],
    /^there is a password for cassandra and no name; add --cassandra-username$/,
  ],
  [[...servers, '--kafka-sasl', 'plain'], /^--kafka-sasl and --kafka-username go together; give both or neither$/],
  [[...servers, '--kafka-replication', '2', '--kafka-min-insync', '3'], /^--kafka-min-insync 3 is more than the 2 of /],
])('%j is refused in one sentence', (args, words) => {
  const found = problems(args);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(words);
});

test('a password comes by environment or file, not by both', () => {
  const login = [...servers, '--kafka-sasl', 'scram-sha-512', '--kafka-username', 'ada'];
  expect(problems(login, { TAPELINE_KAFKA_PASSWORD: 'x' })).toEqual([]);
  expect(problems([...login, '--kafka-password-file', 'f'])).toEqual([]);
  expect(problems([...login, '--kafka-password-file', 'f'], { TAPELINE_KAFKA_PASSWORD: 'x' })).toEqual([
    'TAPELINE_KAFKA_PASSWORD and --kafka-password-file both give a password; leave one of the two away',
  ]);
});

test.each(['k', 'k:', ':1', 'k:0', 'k:65536', 'k:x', 'http://k:1', 'k k:1', '::1:9', 'k:1,'])(
  'the address %j is refused as what was typed',
  (address) => {
    const line = readOptions(backendOptions, [`--kafka=${address}`, '--cassandra', 'c:1'], {});
    if (line.kind !== 'wrong') throw new Error(`${address} was taken`);
    expect(line.problems).toHaveLength(1);
    expect(line.problems[0]).toMatch(/^--kafka .*; (write|correct|give)/);
  },
);

test.each(['a.b', '-a', 'a b', ''])('the stream %j is refused', (stream) => {
  expect(readOptions(backendOptions, [`--stream=${stream}`], {}).kind).toBe('wrong');
});
