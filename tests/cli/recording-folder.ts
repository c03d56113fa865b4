/**
 * Small recordings in a folder of their own. In: names and contents. Out: a folder that goes away with the test file;
 * commands run in it, so that messages name files as they were typed.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for one test file. */
export type RecordingFolder = {
  readonly path: string;
  /** Writes a file and answers its name. */
  write(name: string, content: string | Uint8Array): string;
  /** Writes rows under a header as CSV and answers the file's name. */
  csv(name: string, header: string, rows: readonly string[]): string;
  read(name: string): string;
  makeFolder(name: string): string;
  names(): string[];
};

/** Makes the folder; to be called at the top of a test file. */
export function recordingFolder(): RecordingFolder {
  const path = mkdtempSync(join(tmpdir(), 'tapeline-cli-'));
  afterAll(() => rmSync(path, { recursive: true }));
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(path, name), content);
    return name;
  };
  return {
    path,
    write,
    csv: (name, header, rows) => write(name, `${[header, ...rows].join('\n')}\n`),
    read: (name) => readFileSync(join(path, name), 'utf8'),
    makeFolder: (name) => {
      mkdirSync(join(path, name));
      return name;
    },
    names: () => readdirSync(path),
  };
}
