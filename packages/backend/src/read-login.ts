/**
 * How one gets into a server: files with certificates and passwords, read. In: the values of the options. Out: what is in
 * the files, or an error that names the option. A file's last line feed is no part of a password.
 */
import { readFileSync } from 'node:fs';
import { BackendError } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import type { Server } from './login-options.ts';

/** TLS as both clients take it; PEM. Absent parts are those of Node. */
export type LoginTls = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/** Whoever is logged in. */
export type Login = { readonly username: string; readonly password: string };

/** Bytes of a file of these at most. */
const fileBytesMax = 1_048_576;

/** What TLS is spoken with; undefined = none is. Throws `BackendError` for a file that cannot be read. */
export function tlsOf(server: Server, values: BackendValues): LoginTls | undefined {
  if (!values[`${server}-tls`]) return undefined;
  const parts = (['ca', 'cert', 'key'] as const).flatMap((part) => {
    const path = values[`${server}-${part}`];
    return path === undefined ? [] : [[part, textOf(`--${server}-${part}`, path)] as const];
  });
  return Object.fromEntries(parts);
}

/** Name and password; undefined = nobody logs in. Throws `BackendError` for a file that cannot be read. */
export function loginOf(server: Server, values: BackendValues): Login | undefined {
  const username = values[`${server}-username`];
  if (username === undefined) return undefined;
  const path = values[`${server}-password-file`];
  const password =
    values[`${server}-password`] ?? textOf(`--${server}-password-file`, path ?? '').replace(/\r?\n$/, '');
  if (password === '') throw new BackendError(`--${server}-password-file "${path}" holds no password; put one in`);
  return { username, password };
}

function textOf(option: string, path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BackendError(`${option} "${path}" cannot be read (${why}); name a file that can`, { cause: error });
  }
  if (bytes.length <= fileBytesMax) return bytes.toString('utf8');
  throw new BackendError(
    `${option} "${path}" has ${bytes.length} bytes, the limit is ${fileBytesMax}; name another file`,
  );
}
