/**
 * Jars from Maven, fetched once. In: a name and coordinates. Out: a folder of jars in the cache, outside the checkout.
 * A folder appears in the cache only whole, by a rename, so two runs at once do no harm.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findMaven } from './java-tools.ts';
import { TestbedError } from './testbed-error.ts';
import { copyGoal } from './versions.ts';

const run = promisify(execFile);
const fetchTimeoutMs = 600_000;
const outputBytesMax = 4_194_304;

/** Where fetched things are kept: TAPELINE_CACHE, else tapeline/ in XDG_CACHE_HOME, else in ~/.cache. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['TAPELINE_CACHE'];
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  const base = env['XDG_CACHE_HOME'];
  return path.join(base === undefined || base === '' ? path.join(homedir(), '.cache') : base, 'tapeline');
}

/**
 * A folder with the jars of `artifacts` (`group:artifact:version`) and of all they need at run time. Rejects with
 * MAVEN_MISSING or JARS_FAILED; what is in the cache needs no Maven.
 */
export async function mavenJars(
  name: string,
  artifacts: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const print = createHash('sha256').update(artifacts.join('\n')).digest('hex').slice(0, 12);
  const parent = path.join(cacheFolder(env), 'testbed', 'jars');
  const folder = path.join(parent, `${name}-${print}`);
  if (existsSync(folder)) return folder;
  const maven = findMaven(env);
  const draft = path.join(parent, `.draft-${randomUUID()}`);
  mkdirSync(draft, { recursive: true });
  try {
    await fetchJars(maven, draft, artifacts, env);
    publish(path.join(draft, 'jars'), folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

async function fetchJars(
  maven: string,
  draft: string,
  artifacts: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const pom = path.join(draft, 'pom.xml');
  const jars = path.join(draft, 'jars');
  writeFileSync(pom, pomOf(artifacts));
  const args = ['-q', '-B', '-f', pom, copyGoal, '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
  try {
    await run(maven, args, { timeout: fetchTimeoutMs, maxBuffer: outputBytesMax, env });
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    const said = stdout.trim().split('\n').slice(0, 5).join('\n');
    throw new TestbedError(
      'JARS_FAILED',
      `Maven could not fetch ${artifacts.join(', ')}; look whether this machine reaches Maven Central, or a mirror named in ~/.m2/settings.xml: ${said}`,
      { cause: error },
    );
  }
}

/** Moves the finished folder to its place; another run may have been first, and then its folder stays. */
function publish(jars: string, folder: string): void {
  try {
    renameSync(jars, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const parts = artifact.split(':');
    const [group, name, version] = parts;
    if (parts.length !== 3) {
      throw new TestbedError('BAD_OPTION', `'${artifact}' is no artifact; write group:artifact:version`);
    }
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>tapeline</groupId><artifactId>testbed</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
