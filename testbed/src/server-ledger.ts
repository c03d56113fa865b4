/**
 * Who started which server, on disk, so that nothing outlives its owner. In: a server, its owner, its folder. Out: notes;
 * a sweep ends servers whose owner is gone, however it went, and removes their folders. Each note is one file.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { endProcess, identify, isAlive, type ProcessIdentity, signal } from './process-identity.ts';

/** A server that lives no longer than its owner. */
export type LedgerNote = {
  readonly server: ProcessIdentity;
  readonly owner: ProcessIdentity;
  /** Removed with the server, if its owner did not do it. */
  readonly directory?: string;
};

/** Where the notes of this user lie. */
export function ledgerFolder(): string {
  return path.join(tmpdir(), `tapeline-testbed-${userInfo().uid}`);
}

/** This process, as an owner. */
export function ownIdentity(): ProcessIdentity {
  const own = identify(process.pid);
  if (own === undefined) throw new Error(`process ${process.pid} cannot see itself; the testbed needs /proc or ps`);
  return own;
}

/** Notes a server. Called right after its start, before anything else can fail. */
export function noteServer(note: LedgerNote, folder: string = ledgerFolder()): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(noteFile(note.server, folder), JSON.stringify(note));
}

/** Takes the note back, once the server has ended. */
export function forgetServer(server: ProcessIdentity, folder: string = ledgerFolder()): void {
  rmSync(noteFile(server, folder), { force: true });
}

/** Ends every noted server whose owner is gone; returns their pids. */
export function sweepOrphans(folder: string = ledgerFolder()): number[] {
  const swept: number[] = [];
  for (const file of noteFiles(folder)) {
    const note = readNote(path.join(folder, file));
    if (note === undefined || isAlive(note.owner)) continue;
    if (signal(note.server, 'SIGKILL')) swept.push(note.server.pid);
    if (note.directory !== undefined) removeFolder(note.directory);
    rmSync(path.join(folder, file), { force: true });
  }
  return swept;
}

/** Ends every server that this owner was noted for, and waits until they have ended. */
export async function endServersOf(owner: ProcessIdentity, folder: string = ledgerFolder()): Promise<void> {
  for (const file of noteFiles(folder)) {
    const note = readNote(path.join(folder, file));
    if (note === undefined || note.owner.pid !== owner.pid || note.owner.startedAt !== owner.startedAt) continue;
    await endProcess(note.server, 0);
    if (note.directory !== undefined) removeFolder(note.directory);
    rmSync(path.join(folder, file), { force: true });
  }
}

/** Removes a folder into which a process that was just killed may still write. */
export function removeFolder(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function noteFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined if another process took the note back, or is writing it. */
function readNote(file: string): LedgerNote | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LedgerNote;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function noteFile(server: ProcessIdentity, folder: string): string {
  return path.join(folder, `${server.pid}-${server.startedAt.replaceAll(/[^0-9A-Za-z]+/g, '-')}.json`);
}
