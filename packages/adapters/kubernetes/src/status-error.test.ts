/** What answers that are no success mean. */
import { expect, test } from 'vitest';
import { errorInStream, errorOfAnswer, errorOfNetwork, isObjectMissing } from './status-error.ts';

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
  const error = errorOfAnswer('get Thing a', answer(status, reason));
  expect([error.code, error.status, error.message]).toEqual([
    code,
    status,
    `get Thing a: it is ${reason} (HTTP ${status})`,
  ]);
});

test('how long the server wants to be left alone is read from its explanation, else from the header', () => {
  const details = { details: { retryAfterSeconds: 7 } };
  expect(errorOfAnswer('w', answer(429, 'TooManyRequests', details)).retryAfterMs).toBe(7_000);
  expect(errorOfAnswer('w', { status: 429, headers: { 'retry-after': '3' }, body: 'slow down' }).retryAfterMs).toBe(
    3_000,
  );
  expect(errorOfAnswer('w', answer(429, 'TooManyRequests')).retryAfterMs).toBeUndefined();
});

test('an answer of a proxy is told by its text, cut if it is long', () => {
  const error = errorOfAnswer('list things', { status: 502, headers: {}, body: `<html>${'x'.repeat(5_000)}` });
  expect([error.code, error.message.length < 1_100]).toEqual(['UNAVAILABLE', true]);
  expect(errorOfAnswer('w', { status: 500, headers: {}, body: '{"broken' }).message).toContain('{"broken');
  expect(errorOfAnswer('w', { status: 500, headers: {}, body: '' }).message).toContain('no reason');
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
    'get Thing a: no answer from host:1 (ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1)',
  ]);
});
