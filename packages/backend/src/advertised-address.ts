/**
 * The address by which others find a server of this machine. In: where it listens. Out: `host:port`; one that listens
 * everywhere is found by the machine's name.
 */
import { hostname } from 'node:os';

const everywhere: ReadonlySet<string> = new Set(['::', '0.0.0.0', '[::]']);

/** The address of a server that listens on `host` and `port`. */
export function advertisedAddress(host: string, port: number): string {
  if (everywhere.has(host)) return `${hostname()}:${port}`;
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}
