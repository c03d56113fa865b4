/** Sentences about a broker that cannot be used: fact and remedy by what really happened. */
import { expect, test } from 'vitest';
import { LinkError } from './link-error.ts';
import { startErrorOf, startProblemOf } from './start-errors.ts';

const place = { host: 'b', port: 9092 };
const sasl = { mechanism: 'plain', username: 'u', password: 'very-secret' } as const;
const attempt = { connection: { brokers: ['b:9092'], clientId: 'c', sasl }, connectTimeoutMs: 5_000 };

test('a login at a listener that takes none is told as that, and not as a wrong password', () => {
  const error = startErrorOf(new Error('Request is not valid given the current SASL state'), place, attempt);
  expect(error).toMatchObject({
    code: 'KAFKA_LOGIN',
    message:
      'the Kafka broker at b:9092 takes no login at this listener; leave user and password away, or name a listener that takes a login with --kafka',
  });
});

test('a wrong password is told with the user and without the password', () => {
  const error = startErrorOf(new Error('SASL PLAIN authentication failed'), place, attempt);
  expect(error).toMatchObject({
    code: 'KAFKA_LOGIN',
    message: expect.stringContaining('refused the login of user "u"'),
  });
  expect(error.message).not.toContain('secret');
});

test('bytes that make no sense, at whatever depth, are another protocol', () => {
  const cause = new RangeError('a list of 9 items in 2 bytes');
  const error = startErrorOf(new Error('Failed', { cause: new Error('Response', { cause }) }), place, attempt);
  expect(error).toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message: 'the server at b:9092 is no Kafka broker (a list of 9 items in 2 bytes); name one with --kafka',
  });
});

test.each(['connect ECONNREFUSED', 'SASL failed', 'wrong version number', 'socket hang up', 'read ECONNRESET'])(
  'where things are set elsewhere than by options, "%s" names that place',
  (message) => {
    const places = { brokers: 'spec.kafka.bootstrap', tls: 'spec.kafka.tls', copies: 'spec.topic.replicas:' };
    const connection = { brokers: ['b:9092'], clientId: 'c', places };
    const told = startErrorOf(new Error(message), place, { connection, connectTimeoutMs: 5_000 });
    expect(told.message).not.toContain('--kafka');
    const passed = startProblemOf(new LinkError(message, true), places) as Error;
    expect(passed.message).toContain('spec.kafka.bootstrap');
  },
);
