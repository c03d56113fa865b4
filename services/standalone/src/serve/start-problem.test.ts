/** What keeps a market from starting is one sentence with option, value and remedy; a defect is none. */
import { LogError } from '@tapeline/domain';
import { EmbeddedError } from '@tapeline/embedded';
import { WorkerFailedError } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { ReplayRegisterError } from './kept-replays.ts';
import { listenErrorOf, NotListeningError, startProblem } from './start-problem.ts';

const place = { server: 'grpc', host: 'x.invalid', port: 80 } as const;

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'listen' });
}

test.each([
  ['EADDRINUSE', /^--grpc-port 80 is in use; .* another port \(0 = any free one\)$/],
  ['EACCES', /^--grpc-port 80 may not be opened by this user; give one from 1024 on$/],
  ['EADDRNOTAVAIL', /^--grpc-host "x\.invalid" is no address of this machine; give one that is/],
  ['ENOTFOUND', /^--grpc-host "x\.invalid" is no address/],
  ['EMFILE', /^--grpc-host "x\.invalid" with --grpc-port 80 cannot be opened \(EMFILE\); give others$/],
])('a server that cannot listen because of %s is named with its options', (code, words) => {
  for (const error of [systemError(code), new Error('outside', { cause: systemError(code) })]) {
    const listening = listenErrorOf(place, error);
    expect(listening).toBeInstanceOf(NotListeningError);
    expect(startProblem(listening)).toMatch(words);
  }
});

test('an error without a code of the system stays what it is', () => {
  const error = new LogError('LOG_UNAVAILABLE', 'the log does not answer');
  expect(listenErrorOf(place, error)).toBe(error);
});

test.each([
  new EmbeddedError('DATA_DIR_FULL', 'no space'),
  new ReplayRegisterError('no register'),
  new WorkerFailedError(1, 'partition 1 cannot go on'),
  new LogError('LOG_UNAVAILABLE', 'the log does not answer'),
])('%s is told in its own words', (error) => {
  expect(startProblem(error)).toBe(error.message);
});

test('a defect has no sentence of its own', () => {
  expect(startProblem(new TypeError('x is not a function'))).toBeUndefined();
  expect(startProblem(systemError('EADDRINUSE'))).toBeUndefined();
});
