/**
 * Clients that nobody here wrote, installed once from their registries into a cache outside the checkout. In: what to
 * install. Out: where it is, or undefined where the machine lacks what installs it. A half-made installation is never
 * used: it is made beside its place and moved there when it is whole.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'tapeline');

/** Version of grpcurl that the examples are tried with. */
const grpcurlVersion = 'v1.9.3';

/** Whether a command can be started at all. */
export function hasCommand(name: string, versionArg: string = '--version'): boolean {
  return spawnSync(name, [versionArg], { stdio: 'ignore' }).error === undefined;
}

/** grpcurl by Go's own module proxy. */
export async function grpcurl(): Promise<string> {
  const folder = await once(`grpcurl-${grpcurlVersion}`, async (temporary) => {
    await run('go', ['install', `github.com/fullstorydev/grpcurl/cmd/grpcurl@${grpcurlVersion}`], {
      env: { ...process.env, GOBIN: temporary, GOFLAGS: '-mod=mod' },
      cwd: cache,
    });
  });
  return path.join(folder, 'grpcurl');
}

/** `PYTHONPATH` of the example in Python: its requirements, and the stubs made from proto/, which are put into an empty folder. */
export async function pythonPath(stubs: string): Promise<string> {
  const requirements = path.join(root, 'examples/python/requirements.txt');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const packages = await once(`python-${digest}`, async (temporary) => {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', temporary, '-r', requirements], {
      maxBuffer: 1e8,
    });
  });
  const protos = ['market', 'log', 'output', 'ingest', 'query'].map((name) => `tapeline/v1/${name}.proto`);
  const args = ['-m', 'grpc_tools.protoc', '-I', 'proto', `--python_out=${stubs}`, `--grpc_python_out=${stubs}`];
  await run('python3', [...args, ...protos], { cwd: root, env: { ...process.env, PYTHONPATH: packages } });
  return `${stubs}${path.delimiter}${packages}`;
}

async function once(name: string, make: (temporary: string) => Promise<void>): Promise<string> {
  const folder = path.join(cache, name);
  if (existsSync(folder)) return folder;
  const temporary = path.join(cache, `${name}.${process.pid}`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  await make(temporary);
  if (existsSync(folder)) rmSync(temporary, { recursive: true, force: true });
  else renameSync(temporary, folder);
  return folder;
}
