/**
 * What keeps a market from starting, in words. In: what a part of it threw. Out: one sentence that names the option, its
 * value and the remedy; nothing for a defect, which has to be told as one.
 */
import { LogError, StoreError } from '@tapeline/domain';
import { EmbeddedError } from '@tapeline/embedded';
import { quoted } from '@tapeline/runtime';
import { WorkerFailedError } from '@tapeline/worker';
import { ReplayRegisterError } from './kept-replays.ts';

/** Where a server should listen. */
export type ListenPlace = {
  /** As in `--http-port` and `--http-host`. */
  readonly server: 'http' | 'grpc';
  readonly host: string;
  readonly port: number;
};

/** A server cannot listen; the message says why and what to do. */
export class NotListeningError extends Error {
  override name = 'NotListeningError';
}

const causesMax = 8;
const noAddressCodes: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

/** The error of a server that was to listen at `place`, as `NotListeningError`; any other error as it is. */
export function listenErrorOf(place: ListenPlace, error: unknown): unknown {
  const code = systemCodeOf(error);
  return code === undefined ? error : new NotListeningError(sentenceOf(place, code), { cause: error });
}

/** What kept the market from starting, in one sentence; undefined for a defect. */
export function startProblem(error: unknown): string | undefined {
  const toldErrors = [NotListeningError, EmbeddedError, ReplayRegisterError, WorkerFailedError, LogError, StoreError];
  const told = toldErrors.some((kind) => error instanceof kind);
  return told && error instanceof Error ? error.message : undefined;
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
