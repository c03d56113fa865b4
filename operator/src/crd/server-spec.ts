/**
 * How servers are reached, as both kinds declare it. In: fields. Out: addresses, and which keys of which Secrets hold what opens
 * them; never what is in them.
 */
import type { Fields } from './fields.ts';

/** A key of a Secret. */
export type SecretKey = { readonly name: string; readonly key: string };

/** TLS towards servers. */
export type TlsSpec = {
  readonly ca?: SecretKey;
  /** A Secret of type kubernetes.io/tls. */
  readonly client?: string;
};

/** A name and where its password is. */
export type LoginSpec = { readonly username: string; readonly password: SecretKey };

/** Reads a key of a Secret. */
export function readSecretKey(fields: Fields, keyDefault: string): SecretKey {
  return { name: fields.text('name'), key: fields.maybeText('key') ?? keyDefault };
}

/** Reads TLS. */
export function readTls(fields: Fields): TlsSpec {
  const [ca, client] = [fields.maybeObject('caSecretRef'), fields.maybeObject('clientSecretRef')];
  return {
    ...(ca === undefined ? {} : { ca: readSecretKey(ca, 'ca.crt') }),
    ...(client === undefined ? {} : { client: client.text('name') }),
  };
}

/** Reads a login. */
export function readLogin(fields: Fields): LoginSpec {
  return { username: fields.text('username'), password: readSecretKey(fields.object('passwordSecretRef'), 'password') };
}
