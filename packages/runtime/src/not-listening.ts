/**
 * Why a server cannot listen, in words. In: where it was to listen, and the system's error. Out: one sentence that names the
 * option, its value and the remedy; any other error stays what it is.
 */
import { quoted } from './option.ts';

/** Where a server should listen. */
export type ListenPlace = {
  /** As in `--http-port` and `--http-host`. */
  readonly server: 'http' | 'grpc' | 'metrics';
  readonly host: string;
  readonly port: number;
};

/** A server cannot listen; the message says why and what to do. */
export class NotListeningError extends Error {
  override name = 'NotListeningError';
}

const causesMax = 8;
const noAddressCodes: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

/** What `starting` answers; the error of a server that cannot listen at `place` as `NotListeningError`. */
export async function listeningAt<Server>(place: ListenPlace, starting: Promise<Server>): Promise<Server> {
  try {
    return await starting;
  } catch (error) {
    throw listenErrorOf(place, error);
  }
}

/** The error of a server that was to listen at `place`, as `NotListeningError`; any other error as it is. */
export function listenErrorOf(place: ListenPlace, error: unknown): unknown {
  const code = systemCodeOf(error);
  return code === undefined ? error : new NotListeningError(sentenceOf(place, code), { cause: error });
}

function sentenceOf({ server, host, port }: ListenPlace, code: string): string {
  if (code === 'EADDRINUSE') {
    return `--${server}-port ${port} is in use; end the program that has it, or give another port (0 = any free one)`;
  }
  if (code === 'EACCES') return `--${server}-port ${port} may not be opened by this user; give one from 1024 on`;
  if (noAddressCodes.has(code)) {
    return `--${server}-host ${quoted(host)} is no address of this machine; give one that is, such as 127.0.0.1`;
  }
  return `--${server}-host ${quoted(host)} with --${server}-port ${port} cannot be opened (${code}); give others`;
}

/** The first code of the system in an error and what caused it. */
function systemCodeOf(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; at instanceof Error && depth < causesMax; depth += 1) {
    const { code, syscall } = at as { readonly code?: unknown; readonly syscall?: unknown };
    if (typeof code === 'string' && typeof syscall === 'string') return code;
    at = at.cause;
  }
  return undefined;
}
