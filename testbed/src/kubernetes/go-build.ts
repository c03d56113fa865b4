/**
 * Programs built from Go modules, once. In: which. Out: their folders in the cache, outside the checkout. A folder appears
 * in the cache only whole, by a rename, so two builds at once do no harm but take twice the time.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findTool } from '../find-tool.ts';
import { cacheFolder } from '../maven-jars.ts';
import { TestbedError } from '../testbed-error.ts';
import { type GoProgram, kubernetesVersion } from './kube-versions.ts';

const run = promisify(execFile);
const buildTimeoutMs = 3_600_000;
const outputBytesMax = 16_777_216;
const linesShown = 8;
const goMinorMin = 26;
const goRemedy = `install Go 1.${goMinorMin} or newer (https://go.dev/dl) and put it into PATH`;

/** Where programs of ours lie, seen from the sources and from what was compiled of them. */
export const programsFolder: string = fileURLToPath(new URL('../../src/kubernetes/programs/', import.meta.url));

/** The folder of a program in the cache, whether it is there or not. */
export function programFolder(program: GoProgram, env: NodeJS.ProcessEnv = process.env): string {
  const own = program.packages.length === 0 ? readFileSync(mainOf(program), 'utf8') : '';
  const print = createHash('sha256')
    .update(JSON.stringify([program, own]))
    .digest('hex')
    .slice(0, 12);
  return path.join(cacheFolder(env), 'testbed', 'kubernetes', `${program.name}-${program.version}-${print}`);
}

/** Whether the program was built. */
export function isBuilt(program: GoProgram, env: NodeJS.ProcessEnv = process.env): boolean {
  return existsSync(programFolder(program, env));
}

/** The path of one of the program's files or links. Throws NOT_BUILT. */
export function programFile(program: GoProgram, file: string, env: NodeJS.ProcessEnv = process.env): string {
  needPrograms([program], env);
  return path.join(programFolder(program, env), file);
}

/** Throws NOT_BUILT, with the command that builds them, if one of the programs is not there. */
export function needPrograms(programs: readonly GoProgram[], env: NodeJS.ProcessEnv = process.env): void {
  const missing = programs.filter((program) => !isBuilt(program, env)).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new TestbedError(
    'NOT_BUILT',
    `needs Kubernetes ${kubernetesVersion}, of which ${missing.join(', ')} is not built yet: run npm run testbed -- build kubernetes (with Go, some 15 minutes the first time)`,
  );
}

/**
 * Builds what is missing, one after the other; `onProgress` is told a line before each. Rejects with TOOL_MISSING or
 * BUILD_FAILED. Bounded: an hour each.
 */
export async function buildPrograms(
  programs: readonly GoProgram[],
  onProgress: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const missing = programs.filter((program) => !isBuilt(program, env));
  if (missing.length === 0) return;
  const go = await findGo(env);
  for (const [index, program] of missing.entries()) {
    onProgress(`builds ${program.name} ${program.version} (${index + 1} of ${missing.length})`);
    await build(go, program, env);
  }
}

async function findGo(env: NodeJS.ProcessEnv): Promise<string> {
  const go = findTool('go', env);
  if (go === undefined) throw new TestbedError('TOOL_MISSING', `needs Go, and there is no go: ${goRemedy}`);
  const { stdout } = await run(go, ['env', 'GOVERSION'], { env });
  const goMinor = Number(/^go1\.(\d+)/.exec(stdout)?.[1] ?? Number.NaN);
  if (!(goMinor >= goMinorMin)) {
    throw new TestbedError('TOOL_MISSING', `needs Go 1.${goMinorMin}, and ${go} is ${stdout.trim()}: ${goRemedy}`);
  }
  return go;
}

async function build(go: string, program: GoProgram, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = programFolder(program, env);
  const draft = path.join(path.dirname(folder), `.draft-${randomUUID()}`);
  const source = path.join(draft, 'source');
  const out = path.join(draft, 'out');
  mkdirSync(source, { recursive: true });
  mkdirSync(out);
  const goEnv = {
    ...env,
    CGO_ENABLED: '0',
    GOFLAGS: '',
    GOTOOLCHAIN: 'local',
    GOMODCACHE: path.join(cacheFolder(env), 'go', 'mod'),
    GOCACHE: path.join(cacheFolder(env), 'go', 'build'),
  };
  const call = (args: readonly string[]): Promise<string> => callGo(go, args, { program, cwd: source, env: goEnv });
  try {
    await writeModule(program, source, call);
    const linker = [
      '-s',
      '-w',
      ...Object.entries(program.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`),
    ];
    const tags = program.tags === undefined ? [] : ['-tags', program.tags];
    const target = program.files.length === 1 ? path.join(out, program.files[0] ?? '') : `${out}/`;
    const packages = program.packages.length === 0 ? ['.'] : program.packages;
    await call(['build', '-mod=mod', '-trimpath', ...tags, '-ldflags', linker.join(' '), '-o', target, ...packages]);
    for (const link of program.links ?? []) symlinkSync(program.files[0] ?? '', path.join(out, link));
    publish(out, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

type CallGo = (args: readonly string[]) => Promise<string>;

/** Writes go.mod and, where there is one, our main. */
async function writeModule(program: GoProgram, source: string, call: CallGo): Promise<void> {
  const { module, version } = program;
  if (program.packages.length === 0) copyFileSync(mainOf(program), path.join(source, 'main.go'));
  const head = `module tapeline/testbed/${program.name}\n\ngo 1.${goMinorMin}.0\n`;
  const required = module === undefined ? '' : `\nrequire ${module} ${version}\n`;
  writeFileSync(path.join(source, 'go.mod'), head + required);
  if (module === undefined || program.hasStaging !== true) return;
  const answer = JSON.parse(await call(['mod', 'download', '-json', `${module}@${version}`])) as { GoMod: string };
  writeFileSync(
    path.join(source, 'go.mod'),
    unstaged(program.name, readFileSync(answer.GoMod, 'utf8'), version) + required,
  );
}

/**
 * A go.mod without parts that only exist in the repository it was written for: each part is required, and replaced, by the
 * module as which it is published, whose version is v0 and the rest of the whole's.
 */
export function unstaged(name: string, goMod: string, version: string): string {
  const published = version.replace(/^v1\./, 'v0.');
  return goMod
    .replace(/^module .*$/m, `module tapeline/testbed/${name}`)
    .replaceAll(/^(\s+k8s\.io\/[a-z-]+) v0\.0\.0(?= |$)/gm, `$1 ${published}`)
    .replaceAll(/^(\s+)(k8s\.io\/[a-z-]+) => \.\/staging\/.*$/gm, `$1$2 => $2 ${published}`);
}

type GoCall = { readonly program: GoProgram; readonly cwd: string; readonly env: NodeJS.ProcessEnv };

async function callGo(go: string, args: readonly string[], { program, cwd, env }: GoCall): Promise<string> {
  try {
    const options = { cwd, env, timeout: buildTimeoutMs, maxBuffer: outputBytesMax };
    return (await run(go, args, options)).stdout;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const said = stderr.trim().split('\n').slice(-linesShown).join('\n');
    throw new TestbedError(
      'BUILD_FAILED',
      `Go could not build ${program.name} ${program.version}; look whether this machine reaches the Go module proxy (GOPROXY): ${said}`,
      { cause: error },
    );
  }
}

/** Moves the finished folder to its place; another build may have been first, and then its folder stays. */
function publish(out: string, folder: string): void {
  if (readdirSync(out).length === 0) throw new Error(`go built nothing into ${out}`);
  try {
    renameSync(out, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function mainOf({ name }: GoProgram): string {
  return path.join(programsFolder, name, 'main.go');
}
