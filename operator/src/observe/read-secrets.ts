/**
 * Secrets that an object names. In: names and keys. Out: what they hold and a digest of it, or which one is missing. They are read
 * one by one by name and never listed, so that a role with names is enough and nothing of them stays in memory.
 */
import { createHash } from 'node:crypto';
import type { KubeApi } from '@tapeline/kubernetes';
import { kubeTypes } from '@tapeline/kubernetes';
import type { LoginSpec, SecretKey, TlsSpec } from '../crd/server-spec.ts';
import { failed, type Looked, seen } from '../decide/failure.ts';

/** What Secrets hold, by name and key. */
export type SecretBook = {
  /** Throws `RangeError` for one that was not read. */
  text(secret: SecretKey): string;
  /** Changes when one of them does. */
  readonly digest: string;
};

/** The keys of a Secret of type kubernetes.io/tls. */
export const tlsKeys: { readonly cert: string; readonly key: string } = { cert: 'tls.crt', key: 'tls.key' };

/** Every key that a server's TLS and login read. */
export function keysOf(tls: TlsSpec | undefined, login: LoginSpec | undefined): readonly SecretKey[] {
  const client = tls?.client;
  return [
    ...(tls?.ca === undefined ? [] : [tls.ca]),
    ...(client === undefined ? [] : [tlsKeys.cert, tlsKeys.key].map((key) => ({ name: client, key }))),
    ...(login === undefined ? [] : [login.password]),
  ];
}

/** Reads them. Rejects with `KubeError` where the API does not answer. */
export async function readSecrets(
  api: Pick<KubeApi, 'get'>,
  namespace: string,
  keys: readonly SecretKey[],
  signal: AbortSignal,
): Promise<Looked<SecretBook>> {
  const texts = new Map<string, string>();
  for (const name of new Set(keys.map((secret) => secret.name))) {
    const object = await api.get(kubeTypes.secret, { namespace, name }, { signal });
    const data = (object?.['data'] ?? {}) as Readonly<Record<string, string>>;
    for (const { key } of keys.filter((secret) => secret.name === name)) {
      const value = data[key];
      if (value === undefined) {
        const fact =
          object === undefined
            ? `there is no Secret ${namespace}/${name}`
            : `Secret ${namespace}/${name} has no key ${key}`;
        return failed({
          code: 'SECRET_MISSING',
          message: `${fact}; make it: kubectl create secret generic ${name} -n ${namespace} --from-literal=${key}=…`,
        });
      }
      texts.set(placeOf({ name, key }), Buffer.from(value, 'base64').toString('utf8'));
    }
  }
  return seen(bookOf(texts));
}

/** A book of known texts by `name/key`. */
export function bookOf(texts: ReadonlyMap<string, string>): SecretBook {
  const hash = createHash('sha256');
  for (const [place, text] of [...texts].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${place}\n${text.length}\n${text}\n`);
  }
  const digest = hash.digest('hex').slice(0, 16);
  return {
    digest,
    text: (secret) => {
      const text = texts.get(placeOf(secret));
      if (text === undefined) throw new RangeError(`Secret ${placeOf(secret)} was not read`);
      return text;
    },
  };
}

function placeOf({ name, key }: SecretKey): string {
  return `${name}/${key}`;
}
