/**
 * What `testbed up` left running, on disk. In: servers, addresses. Out: the same, read by `status` and `down` in another
 * process. One file for each kind of server in a folder; whoever makes it first may start that kind.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';
import { TestbedError } from './testbed-error.ts';

/** The kinds of servers. */
export type ServerKind = 'kafka' | 'cassandra' | 'kubernetes';

/** One process that was left running. */
export type ServerState = {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly address: string;
  readonly logFile: string;
};

/** A cluster that was left running. */
export type ClusterState = {
  readonly kind: ServerKind;
  /** Folder of data and logs; removed by `down`. */
  readonly directory: string;
  readonly servers: readonly ServerState[];
  /** Lines for an environment. */
  readonly environment: readonly string[];
  /** Port on 127.0.0.1 where faults are set; only with proxies. */
  readonly controlPort?: number;
  /** Of the network; only of a Kubernetes with nodes. */
  readonly slot?: number;
};

/** Takes the right to start this kind. Throws BAD_OPTION if it was taken. */
export function claimState(folder: string, kind: ServerKind): void {
  mkdirSync(folder, { recursive: true });
  try {
    const empty: ClusterState = { kind, directory: '', servers: [], environment: [] };
    writeFileSync(stateFile(folder, kind), JSON.stringify(empty), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const remedy = `look with 'status ${kind}' and end it with 'down ${kind}', or choose another folder with --dir`;
    throw new TestbedError('BAD_OPTION', `a testbed ${kind} is up, or coming up, in ${folder}; ${remedy}`, {
      cause: error,
    });
  }
}

/** Writes the state whole. */
export function writeState(folder: string, state: ClusterState): void {
  const file = stateFile(folder, state.kind);
  writeFileSync(`${file}-draft`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${file}-draft`, file);
}

/** Undefined if nothing was left running. */
export function readState(folder: string, kind: ServerKind): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(folder, kind), 'utf8')) as ClusterState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function removeState(folder: string, kind: ServerKind): void {
  rmSync(stateFile(folder, kind), { force: true });
}

function stateFile(folder: string, kind: ServerKind): string {
  return path.join(folder, `${kind}.json`);
}
