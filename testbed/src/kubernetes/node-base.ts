/**
 * A base for Dockerfiles where no registry is reached. In: Debian's packages and two of npm. Out: an archive that stands in
 * for `node:24-bookworm-slim`: same paths, user and entry, as far as our Dockerfile uses them. Made once.
 */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../find-tool.ts';
import { TestbedError } from '../testbed-error.ts';
import { imageArchive } from './cluster-images.ts';
import { debianRelease, nodePackages } from './kube-versions.ts';
import { systemPath } from './node-needs.ts';
import { writeImage } from './oci-image.ts';

const run = promisify(execFile);
const withinMs = 900_000;
const outputBytesMax = 16_777_216;
const nodeMajor = nodePackages.node.split('.')[0] ?? '';
const platforms: Readonly<Record<string, string>> = { x64: 'linux-x64', arm64: 'linux-arm64' };

/** What a Dockerfile is told to begin from. */
export const nodeBaseName: string = `localhost/node:${nodeMajor}-${debianRelease}-slim`;

/** What the Debian of images does without: docs, other languages, lists of packages. */
const unneeded = [
  'var/lib/apt/lists',
  'var/cache/apt/archives',
  'usr/share/doc',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'var/log',
  'dev',
];

/** As in the project's image: what is no program goes to node. */
const entry = `#!/bin/sh
set -e
if [ "\${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then set -- node "$@"; fi
exec "$@"
`;

/** The archive. Rejects with TOOL_MISSING without debootstrap, npm or root, and with TOOL_FAILED if one of them fails. */
export async function nodeBaseImage(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const archive = imageArchive(`node-${nodePackages.node}-${debianRelease}`, env);
  if (existsSync(archive)) return archive;
  const work = mkdtempSync(path.join(tmpdir(), 'tapeline-node-base-'));
  const root = path.join(work, 'root');
  try {
    await call('debootstrap', ['--variant=minbase', '--components=main', debianRelease, root], work, env);
    for (const folder of unneeded) emptyFolder(path.join(root, folder));
    await addNode(root, work, env);
    await call('chroot', [root, 'groupadd', '--gid', '1000', 'node'], work, env);
    await call('chroot', [root, 'useradd', '--uid', '1000', '--gid', 'node', '--create-home', 'node'], work, env);
    await writeImage(
      { name: nodeBaseName, rootFolder: root, entrypoint: ['docker-entrypoint.sh'], command: ['node'] },
      archive,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return archive;
}

async function addNode(root: string, work: string, env: NodeJS.ProcessEnv): Promise<void> {
  const local = path.join(root, 'usr', 'local');
  const bin = path.join(local, 'bin');
  const npmFolder = path.join(local, 'lib', 'node_modules', 'npm');
  const node = await unpacked(`node-${platforms[process.arch] ?? process.arch}@${nodePackages.node}`, work, env);
  for (const part of ['bin', 'include', 'share']) {
    if (existsSync(path.join(node, part))) cpSync(path.join(node, part), path.join(local, part), { recursive: true });
  }
  chmodSync(path.join(bin, 'node'), 0o755);
  cpSync(await unpacked(`npm@${nodePackages.npm}`, work, env), npmFolder, { recursive: true });
  for (const name of ['npm', 'npx']) {
    chmodSync(path.join(npmFolder, 'bin', `${name}-cli.js`), 0o755);
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(bin, name));
  }
  writeFileSync(path.join(bin, 'docker-entrypoint.sh'), entry, { mode: 0o755 });
}

/** The folder of a package of npm, without what it depends on. */
async function unpacked(name: string, work: string, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = mkdtempSync(path.join(work, 'package-'));
  const file = (await call('npm', ['pack', '--silent', name], folder, env)).trim().split('\n').at(-1) ?? '';
  await call('tar', ['-xf', path.join(folder, file)], folder, env);
  return path.join(folder, 'package');
}

async function call(tool: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const toolEnv = { ...env, PATH: `${env['PATH'] ?? ''}:${systemPath}` };
  const file = findTool(tool, toolEnv);
  if (file === undefined) {
    throw new TestbedError('TOOL_MISSING', `a base image needs ${tool}: apt-get install ${tool}`);
  }
  try {
    const options = { cwd, env: toolEnv, timeout: withinMs, maxBuffer: outputBytesMax };
    return (await run(file, [...args], options)).stdout;
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-5).join('\n');
    throw new TestbedError('TOOL_FAILED', `${tool} ${args.join(' ')} failed: ${said}`, { cause: error });
  }
}

function emptyFolder(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true, force: true });
}
