/** A server that cannot listen is told with its option, value and remedy; any other error stays what it is. */
import { expect, test } from 'vitest';
import { listenErrorOf, listeningAt, NotListeningError } from './not-listening.ts';

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
])('a server that cannot listen because of %s is named with its options', async (code, words) => {
  for (const error of [systemError(code), new Error('outside', { cause: systemError(code) })]) {
    const listening = listeningAt(place, Promise.reject(error));
    await expect(listening).rejects.toThrow(NotListeningError);
    await expect(listening).rejects.toThrow(words);
  }
});

test('an error without a code of the system stays what it is', () => {
  const error = new RangeError('the log does not answer');
  expect(listenErrorOf(place, error)).toBe(error);
});
