/** Secrets are read by name, told by name, and a change of any of them changes the digest. */
import type { KubeObject, ObjectKey, ResourceType } from '@tapeline/kubernetes';
import { expect, test } from 'vitest';
import { bookOf, keysOf, readSecrets } from './read-secrets.ts';

const ca = { name: 'ca', key: 'ca.crt' };
const password = { name: 'login', key: 'password' };
const { signal } = new AbortController();

function apiWith(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>): {
  get: (type: ResourceType, key: ObjectKey) => Promise<KubeObject | undefined>;
} {
  return {
    get: (_type, { name }) => {
      const texts = secrets[name];
      if (texts === undefined) return Promise.resolve(undefined);
      const data = Object.fromEntries(
        Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      );
      return Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data });
    },
  };
}

test('what they hold is told by name and key', async () => {
  const book = await readSecrets(
    apiWith({ ca: { 'ca.crt': 'pem' }, login: { password: 'p' } }),
    'n',
    [ca, password],
    signal,
  );
  expect(book.kind === 'seen' && [book.value.text(ca), book.value.text(password)]).toEqual(['pem', 'p']);
});

test.each([
  [{}, 'there is no Secret n/login; make it: kubectl create secret generic login -n n --from-literal=password=…'],
  [
    { login: { other: 'x' } },
    'Secret n/login has no key password; make it: kubectl create secret generic login -n n --from-literal=password=…',
  ],
])('%j lacks one, and the message says how to make it', async (secrets, message) => {
  expect(await readSecrets(apiWith(secrets), 'n', [password], signal)).toEqual({
    kind: 'failed',
    failure: { code: 'SECRET_MISSING', message },
  });
});

test('the digest follows the texts and not their order', () => {
  const digest = (...entries: readonly (readonly [string, string])[]): string => bookOf(new Map(entries)).digest;
  expect(digest(['a', '1'], ['b', '2'])).toBe(digest(['b', '2'], ['a', '1']));
  expect(digest(['a', '1'])).not.toBe(digest(['a', '2']));
  expect(digest(['a', '1\nb\n1\n2'])).not.toBe(digest(['a', '1'], ['b', '2']));
});

test('one that was not read is a defect', () => {
  expect(() => bookOf(new Map()).text(ca)).toThrow(RangeError);
});

test('keys of a client certificate are those of kubernetes.io/tls', () => {
  expect(keysOf({ ca, client: 'c' }, { username: 'u', password })).toEqual([
    ca,
    { name: 'c', key: 'tls.crt' },
    { name: 'c', key: 'tls.key' },
    password,
  ]);
});
