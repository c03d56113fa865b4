/** What answers that are no success mean. */
import { expect, test } from 'vitest';
import { errorInStream, errorOfAnswer, errorOfNetwork, isObjectMissing } from './status-error.ts';

const thing = { group: 'g.io', version: 'v1', plural: 'things', kind: 'Thing', isNamespaced: true };

function call(what: string, madeKnownBy?: string) {
  return { what, type: madeKnownBy === undefined ? thing : { ...thing, madeKnownBy } };
}

function answer(status: number, reason: string, more: Readonly<Record<string, unknown>> = {}) {
  const body = JSON.stringify({
    kind: 'Status',
    status: 'Failure',
    code: status,
    reason,
    message: `it is ${reason}`,
    ...more,
  });
  return { status, headers: {}, body };
}

test.each([
  [404, 'NotFound', 'NOT_FOUND'],
  [409, 'Conflict', 'CONFLICT'],
  [409, 'AlreadyExists', 'ALREADY_EXISTS'],
  [410, 'Expired', 'GONE'],
  [410, 'Gone', 'GONE'],
  [403, 'Forbidden', 'FORBIDDEN'],
  [401, 'Unauthorized', 'UNAUTHENTICATED'],
  [422, 'Invalid', 'INVALID'],
  [400, 'BadRequest', 'INVALID'],
  [413, 'RequestEntityTooLarge', 'INVALID'],
  [429, 'TooManyRequests', 'UNAVAILABLE'],
  [500, 'InternalError', 'UNAVAILABLE'],
  [503, 'ServiceUnavailable', 'UNAVAILABLE'],
  [504, 'Timeout', 'UNAVAILABLE'],
  [405, 'MethodNotAllowed', 'UNEXPECTED'],
])('HTTP %i with the reason %s is %s', (status, reason, code) => {
  const error = errorOfAnswer(call('get Thing a'), answer(status, reason, { details: { name: 'a' } }));
  expect([error.code, error.status]).toEqual([code, status]);
  expect(error.message.split(';')[0]).toBe(`get Thing a: it is ${reason} (HTTP ${status})`);
});

test.each([
  [401, 'Unauthorized', 'log in again'],
  [403, 'Forbidden', 'kubectl auth can-i --list'],
  [503, 'ServiceUnavailable', 'look at the API server'],
  [405, 'MethodNotAllowed', 'is that the address of an API server'],
])('HTTP %i with the reason %s tells what a person can do', (status, reason, remedy) => {
  expect(errorOfAnswer(call('list things'), answer(status, reason)).message).toContain(`(HTTP ${status}); `);
  expect(errorOfAnswer(call('list things'), answer(status, reason)).message).toContain(remedy);
});

test('a type that the cluster does not know is named, with what makes it known', () => {
  const missing = { status: 404, headers: {}, body: '404 page not found\n' };
  expect(errorOfAnswer(call('list things', 'install the chart'), missing).message).toBe(
    'list things: the cluster does not know things.g.io v1: install the chart, or choose the cluster that has it',
  );
  expect(errorOfAnswer(call('list things'), missing).message).toContain('compare kubectl api-resources');
});

test('how long the server wants to be left alone is read from its explanation, else from the header', () => {
  const details = { details: { retryAfterSeconds: 7 } };
  expect(errorOfAnswer(call('w'), answer(429, 'TooManyRequests', details)).retryAfterMs).toBe(7_000);
  expect(
    errorOfAnswer(call('w'), { status: 429, headers: { 'retry-after': '3' }, body: 'slow down' }).retryAfterMs,
  ).toBe(3_000);
  expect(errorOfAnswer(call('w'), answer(429, 'TooManyRequests')).retryAfterMs).toBeUndefined();
});

test('an answer of a proxy is told by its text, cut if it is long', () => {
  const error = errorOfAnswer(call('list things'), { status: 502, headers: {}, body: `<html>${'x'.repeat(5_000)}` });
  expect([error.code, error.message.length < 1_100]).toEqual(['UNAVAILABLE', true]);
  expect(errorOfAnswer(call('w'), { status: 500, headers: {}, body: '{"broken' }).message).toContain('{"broken');
  expect(errorOfAnswer(call('w'), { status: 500, headers: {}, body: '' }).message).toContain('no reason');
});

test('an object that is missing is told apart from a path that is', () => {
  expect(isObjectMissing(answer(404, 'NotFound', { details: { name: 'a' } }))).toBe(true);
  expect(isObjectMissing({ status: 404, headers: {}, body: '404 page not found\n' })).toBe(false);
  expect(isObjectMissing(answer(409, 'NotFound', { details: { name: 'a' } }))).toBe(false);
});

test('an error in a stream has its code from the object', () => {
  expect(errorInStream('watch things', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }).code).toBe(
    'GONE',
  );
  expect(errorInStream('watch things', 'nonsense').code).toBe('UNAVAILABLE');
});

test('of what the network threw the innermost reason is told', () => {
  const inner = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  const error = errorOfNetwork('get Thing a', 'host:1', new TypeError('fetch failed', { cause: inner }));
  expect([error.code, error.message]).toEqual([
    'UNAVAILABLE',
    'get Thing a: no answer from host:1 (ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1); does the API server run, and is that its address?',
  ]);
  const foreign = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(errorOfNetwork('w', 'host:1', foreign).message).toContain('correct the cluster');
});
