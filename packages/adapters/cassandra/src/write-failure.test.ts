/** What the driver's errors mean where nodes say different things, and what may pass by itself. */
import { errors } from 'cassandra-driver';
import { expect, test } from 'vitest';
import { clientTimeout, nodeError, noHost } from '../test-kit/hand-units.ts';
import { failureOf, mayPass, mayPassInUse } from './write-failure.ts';

const login = new errors.AuthenticationError('Provided username and/or password are incorrect');
const away = new Error('connect ECONNREFUSED');

test('a login is refused only where every node that was asked refuses it', () => {
  expect(failureOf(noHost({ a: login }))).toEqual({ kind: 'login', code: 'authentication' });
  expect(failureOf(noHost({ a: login, b: noHost({ b: nodeError('badCredentials') }) })).kind).toBe('login');
  expect(failureOf(noHost({ a: login, b: away }))).toEqual({ kind: 'later', code: 'no_host' });
  expect(failureOf(noHost({ a: login, b: clientTimeout() })).kind).toBe('overload');
  expect(failureOf(noHost())).toEqual({ kind: 'later', code: 'no_host' });
});

test('a refused login may pass for a session that has worked, and for no start', () => {
  for (const error of [login, nodeError('unauthorized'), noHost({ a: login })]) {
    const failure = failureOf(error);
    expect([mayPass(failure), mayPassInUse(failure)]).toEqual([false, true]);
  }
  expect(mayPassInUse(failureOf(nodeError('syntaxError')))).toBe(false);
  expect(mayPass(failureOf(nodeError('overloaded')))).toBe(true);
});
