/**
 * Failures of opening as errors for people. In: a failure, the directory and which part of it failed. Out: an
 * `EmbeddedError` of one sentence with the remedy.
 */
import { EmbeddedError, type EmbeddedErrorCode } from './embedded-error.ts';
import { layoutVersions } from './layout-version.ts';
import { type Failure, failureOf } from './sqlite-failure.ts';

/** What was being opened. */
export type OpenedPart = { readonly dataDir: string; readonly file: string; readonly partitions: number };

/** The error for what opening threw; an `EmbeddedError` stays what it is. */
export function openErrorOf(error: unknown, part: OpenedPart): EmbeddedError {
  if (error instanceof EmbeddedError) return error;
  const failure = failureOf(error);
  const [code, message] = describe(failure, part);
  return new EmbeddedError(code, message, { cause: error });
}

function describe(failure: Failure, { dataDir, file, partitions }: OpenedPart): [EmbeddedErrorCode, string] {
  const { kind, message, facts } = failure;
  const path = file === '' ? dataDir : `${dataDir}/${file}`;
  switch (kind) {
    case 'locked-by-other':
      return ['DATA_DIR_LOCKED', lockedText(dataDir, facts)];
    case 'full':
      return ['DATA_DIR_FULL', `there is no space to open ${dataDir}; make space on its disk and start again`];
    case 'read-only':
      return [
        'DATA_DIR_UNWRITABLE',
        `${dataDir} cannot be written (${message}); make it writable or choose another directory`,
      ];
    case 'other-layout':
      return [
        'DATA_DIR_LAYOUT',
        `${path} has layout ${facts['layout']}, and this version reads layout ${file === 'store.db' ? layoutVersions.store : layoutVersions.log}; run the version that made it, or choose another directory`,
      ];
    case 'other-partitions':
      return [
        'DATA_DIR_PARTITIONS',
        `${dataDir} was made with ${facts['partitions']} partitions and is opened with ${partitions}; start with --partitions ${facts['partitions']}, or choose another directory`,
      ];
    case 'other-log':
      return [
        'DATA_DIR_MIXED',
        `${path} is the store of another log than ${dataDir}/log.db; put the two that belong together there, or move store.db away and it is made again from the log`,
      ];
    case 'damaged':
      return ['DATA_DIR_DAMAGED', `${path} is damaged (${message}); ${damagedRemedy(file)}`];
    case 'busy':
    case 'unavailable':
      return ['DATA_DIR_UNWRITABLE', `${path} cannot be opened (${message}); check the directory and its disk`];
  }
}

function lockedText(dataDir: string, facts: Record<string, string>): string {
  const { pid, host, since } = facts;
  const who = pid === undefined || pid === '' ? 'another process' : `process ${pid} on ${host} since ${since}`;
  return `${dataDir} is in use by ${who}; stop that process, or choose another directory`;
}

function damagedRemedy(file: string): string {
  return file === 'log.db'
    ? 'restore the directory from a copy, or choose another directory'
    : 'move store.db and its -wal and -shm files away, and it is made again from the log';
}
