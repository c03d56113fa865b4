/** Files with certificates and passwords: read as they are, and told with their option where they cannot be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readOptions } from '@tapeline/runtime';
import { afterAll, expect, test } from 'vitest';
import { BackendError } from './backend.ts';
import { backendOptions, type BackendValues } from './backend-options.ts';
import { loginOf, tlsOf } from './read-login.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-login-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string | Buffer): string {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
}

function read(args: readonly string[], env: Record<string, string> = {}): BackendValues {
  const line = readOptions(backendOptions, args, env);
  if (line.kind !== 'read') throw new Error(JSON.stringify(line));
  return line.values;
}

test('TLS is off where it is not asked for, and has the files that are named', () => {
  expect(tlsOf('kafka', read([]))).toBeUndefined();
  expect(tlsOf('kafka', read(['--kafka-tls']))).toEqual({});
  const values = read(['--cassandra-tls', '--cassandra-ca', file('ca.pem', 'CA')]);
  expect([tlsOf('cassandra', values), tlsOf('kafka', values)]).toEqual([{ ca: 'CA' }, undefined]);
});

test('a password comes from the environment or a file, whose last line feed is not of it', () => {
  expect(loginOf('kafka', read([]))).toBeUndefined();
  const name = ['--kafka-username', 'ada'];
  expect(loginOf('kafka', read(name, { TAPELINE_KAFKA_PASSWORD: 'p' }))).toEqual({ username: 'ada', password: 'p' });
  const values = read([...name, '--kafka-password-file', file('p', ' p w\n')]);
  expect(loginOf('kafka', values)).toEqual({ username: 'ada', password: ' p w' });
});

test.each([
  ['missing', undefined, /^--kafka-password-file ".*missing" cannot be read \(ENOENT.*\); name a file that can$/],
  ['empty', '\n', /holds no password; put one in$/],
  ['large', Buffer.alloc(1_048_577), /has 1048577 bytes, the limit is 1048576; name another file$/],
])('a password file that is %s is told with its option', (name, content, words) => {
  const at = content === undefined ? path.join(folder, name) : file(name, content);
  const values = read(['--kafka-username', 'ada', '--kafka-password-file', at]);
  expect(() => loginOf('kafka', values)).toThrow(BackendError);
  expect(() => loginOf('kafka', values)).toThrow(words);
});
