/**
 * An image from a Dockerfile, without Docker and without a registry. In: a folder with a Dockerfile, a name. Out: an archive
 * that nodes take. What the build downloads, and its layers, are kept in the cache for the next one. Needs root.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../find-tool.ts';
import { cacheFolder } from '../maven-jars.ts';
import { TestbedError } from '../testbed-error.ts';
import { imageArchive } from './cluster-images.ts';
import { nodeBaseImage, nodeBaseName } from './node-base.ts';
import { systemPath } from './node-needs.ts';

const run = promisify(execFile);
const buildTimeoutMs = 1_800_000;
const outputBytesMax = 67_108_864;
const linesShown = 12;

/** What is built. */
export type DockerfileBuild = {
  /** The folder with the Dockerfile. */
  readonly context: string;
  /** With a registry and a tag, as pods write it, such as `localhost/web:v1`. */
  readonly name: string;
  /** Of the Dockerfile; `NODE_IMAGE` is the base that was made here unless it is named. */
  readonly arguments?: Readonly<Record<string, string>>;
};

/** The archive, replaced when a build of this name gives another image. Rejects with TOOL_MISSING without buildah, or TOOL_FAILED. */
export async function buildDockerfile(build: DockerfileBuild, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const buildah = buildahOf(env);
  await addBase(buildah, env);
  const chosen = { NODE_IMAGE: nodeBaseName, ...build.arguments };
  const args = Object.entries(chosen).map(([name, value]) => `--build-arg=${name}=${value}`);
  const archive = imageArchive(build.name.replaceAll(/[^a-zA-Z0-9.-]+/g, '-'), env);
  const [known, made] = [`${archive}.id`, `${archive}.new-id`];
  const steps = ['bud', '--pull-never', '--layers', '--iidfile', made, ...trustMounts(env), ...args];
  await buildah([...steps, '--tag', build.name, build.context]);
  if (existsSync(archive) && textOf(known) === textOf(made)) return archive;
  rmSync(archive, { force: true });
  await buildah(['push', '--quiet', build.name, `oci-archive:${archive}:${build.name}`]);
  renameSync(made, known);
  return archive;
}

/** Empty if there is no such file. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

type Buildah = (args: readonly string[]) => Promise<string>;

function buildahOf(env: NodeJS.ProcessEnv): Buildah {
  const file = findTool('buildah', env);
  if (file === undefined) {
    throw new TestbedError('TOOL_MISSING', 'images of a Dockerfile need buildah: apt-get install buildah');
  }
  const storage = path.join(cacheFolder(env), 'testbed', 'kubernetes', 'buildah');
  const places = ['--root', path.join(storage, 'root'), '--runroot', path.join(storage, 'run')];
  const buildEnv = {
    ...env,
    PATH: `${env['PATH'] ?? ''}:${systemPath}`,
    // Needs neither a runtime of containers nor a network of its own.
    BUILDAH_ISOLATION: 'chroot',
    STORAGE_DRIVER: 'overlay',
  };
  return async (args) => {
    mkdirSync(storage, { recursive: true });
    try {
      const options = { env: buildEnv, timeout: buildTimeoutMs, maxBuffer: outputBytesMax };
      return (await run(file, [...places, ...args], options)).stdout;
    } catch (error) {
      const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
      const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-linesShown).join('\n');
      throw new TestbedError('TOOL_FAILED', `buildah ${args[0] ?? ''} failed: ${said}`, { cause: error });
    }
  };
}

/** Puts the base into buildah's storage, if this base is not there. */
async function addBase(buildah: Buildah, env: NodeJS.ProcessEnv): Promise<void> {
  const archive = await nodeBaseImage(env);
  const known = await buildah(['images', '--format', '{{.Name}}:{{.Tag}}']);
  if (!known.split('\n').includes(nodeBaseName)) await buildah(['pull', '--quiet', `oci-archive:${archive}`]);
}

/**
 * Where downloads go through a proxy with an authority of its own, npm has to be told: the authority is there during the
 * build, and nothing of it in the image.
 */
function trustMounts(env: NodeJS.ProcessEnv): string[] {
  const authority = env['NODE_EXTRA_CA_CERTS'];
  if (authority === undefined || authority === '') return [];
  const inside = '/run/build-authority.crt';
  const settings = path.join(cacheFolder(env), 'testbed', 'kubernetes', 'npmrc');
  writeFileSync(settings, `cafile=${inside}\n`);
  return [`--volume=${realpathSync(authority)}:${inside}:ro`, `--volume=${settings}:/usr/local/etc/npmrc:ro`];
}
