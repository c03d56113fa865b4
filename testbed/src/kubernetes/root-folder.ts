/**
 * A root file system for an image, from programs of this machine. In: a folder to fill, programs. Out: the programs with
 * every shared library that they need, a shell and its tools (busybox), and the few files that libraries look for.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../find-tool.ts';
import { TestbedError } from '../testbed-error.ts';
import { systemPath } from './node-needs.ts';

const run = promisify(execFile);
const listTimeoutMs = 30_000;

const folders = ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev', 'run', 'root'];
/** Programs ask for the name of their user; the numbers are those that images commonly run as. */
const users: Readonly<Record<string, number>> = { root: 0, service: 999, user: 1000, nobody: 65_534 };

/** Makes the folders, the shell with all its tools, and who is who. Rejects with TOOL_MISSING without a static busybox. */
export async function makeRoot(root: string): Promise<void> {
  for (const folder of folders) mkdirSync(path.join(root, folder), { recursive: true });
  const lines = (line: (name: string, id: number) => string): string =>
    Object.entries(users)
      .map(([name, id]) => `${line(name, id)}\n`)
      .join('');
  writeFileSync(
    path.join(root, 'etc', 'passwd'),
    lines((name, id) => `${name}:x:${id}:${id}::/:/bin/sh`),
  );
  writeFileSync(
    path.join(root, 'etc', 'group'),
    lines((name, id) => `${name}:x:${id}:`),
  );
  writeFileSync(path.join(root, 'etc', 'nsswitch.conf'), 'hosts: files dns\n');
  const busybox = findTool('busybox', { PATH: systemPath });
  if (busybox === undefined || (await librariesOf([busybox])).length > 0) {
    throw new TestbedError('TOOL_MISSING', "images need Debian's busybox-static: apt-get install busybox-static");
  }
  copyFileSync(busybox, path.join(root, 'bin', 'busybox'));
  const { stdout } = await run(busybox, ['--list']);
  for (const tool of stdout.trim().split('\n')) {
    if (tool !== 'busybox') symlinkSync('busybox', path.join(root, 'bin', tool));
  }
}

/**
 * Copies the shared libraries that `programs` need to where they are on this machine. Those in `own` are part of the
 * programs and not copied. `libraryPath` is where the programs look first.
 */
export async function copyLibraries(
  root: string,
  programs: readonly string[],
  own: string,
  libraryPath: string,
): Promise<void> {
  for (const library of await librariesOf(programs, libraryPath)) {
    const target = path.join(root, library);
    if (library.startsWith(own) || existsSync(target)) continue;
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(realpathSync(library), target);
  }
}

/** Paths of the libraries, each once; none of a program that needs none. */
async function librariesOf(programs: readonly string[], libraryPath = ''): Promise<string[]> {
  const found = new Set<string>();
  for (const program of programs) {
    const said = await listing(program, libraryPath);
    for (const [, library = ''] of said.matchAll(/(?:=> |^\s*)(\/\S+\.so\S*)/gm)) found.add(library);
  }
  return [...found];
}

async function listing(program: string, libraryPath: string): Promise<string> {
  try {
    const env = { ...process.env, LD_LIBRARY_PATH: libraryPath };
    return (await run('ldd', [program], { env, timeout: listTimeoutMs })).stdout;
  } catch (error) {
    // ldd ends with 1 for a file that is linked with nothing.
    const { code, stderr = '', stdout = '' } = error as { code?: unknown; stderr?: string; stdout?: string };
    if (code === 1 && /not a dynamic executable/.test(stdout + stderr)) return '';
    throw error;
  }
}
