/** Which names a server answers to. */
import { expect, test } from 'vitest';
import { checkHost } from './host-check.ts';
import { HttpRefusal } from './http-answer.ts';

function isAnswered(address: string, configured: string, header: string | undefined): boolean {
  try {
    checkHost(address, configured, header);
    return true;
  } catch (error) {
    if (error instanceof HttpRefusal && error.status === 421) return false;
    throw error;
  }
}

test('on a loopback address only names of this machine are answered, on any port', () => {
  for (const address of ['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1']) {
    for (const name of ['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]', '[::1]:8080', 'dev.box:80', undefined]) {
      expect([name, isAnswered(address, 'dev.box', name)]).toEqual([name, true]);
    }
    for (const name of ['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.nip.io', '']) {
      expect([name, isAnswered(address, 'localhost', name)]).toEqual([name, false]);
    }
  }
});

test('on another address any name is answered', () => {
  for (const address of ['0.0.0.0', '::', '10.1.2.3']) expect(isAnswered(address, address, 'any.example')).toBe(true);
});
