/**
 * One process at a time in a data directory. In: the directory. Out: a lock that the kernel holds for the process, so
 * that it ends with the process however that ends, or the facts of who holds it. The lock is SQLite's own on an empty
 * database; the owner's pid stands in a file beside it, for people only, and decides nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FailureError, failureOf } from './sqlite-failure.ts';

/**
 * The lock's file must be opened by nobody but SQLite: the kernel drops a process's locks on a file when the process
 * closes any of its descriptors of that file.
 */
const lockFile = 'lock';
const ownerFile = 'lock-owner.json';
/** Two that start at once can push each other away; whoever waits this long for the other gets it. */
const lockWaitMs = 250;

/** A lock that is held. */
export type DirectoryLock = { release(): void };

/** Takes the lock. Throws `FailureError` `locked-by-other` with the facts `pid`, `host` and `since`. */
export function lockDirectory(dataDir: string, nowMs: number): DirectoryLock {
  const database = new DatabaseSync(join(dataDir, lockFile), { timeout: lockWaitMs });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (failureOf(error).kind !== 'busy') throw error;
    throw new FailureError('locked-by-other', 'the directory is locked', ownerOf(dataDir), { cause: error });
  }
  try {
    const owner = { pid: process.pid, host: hostname(), since: new Date(nowMs).toISOString() };
    writeFileSync(join(dataDir, ownerFile), `${JSON.stringify(owner)}\n`);
  } catch (error) {
    database.close();
    throw error;
  }
  return { release: () => database.close() };
}

/** What the owner wrote of itself; empty texts where that cannot be read. */
function ownerOf(dataDir: string): Record<string, string> {
  try {
    const owner = JSON.parse(readFileSync(join(dataDir, ownerFile), 'utf8')) as Record<string, unknown>;
    return { pid: text(owner['pid']), host: text(owner['host']), since: text(owner['since']) };
  } catch (error) {
    return { pid: '', host: '', since: '', unread: failureOf(error).message };
  }
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
