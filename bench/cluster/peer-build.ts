/**
 * Builds the peer that is written in Java. In: its sources in bench/peers/kafka-streams. Out: a folder with its jar and
 * its libraries in the cache, outside the checkout, by the sources' fingerprint. It appears only whole, by a rename.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, findMaven } from '@tapeline/testbed';

const project = fileURLToPath(new URL('../peers/kafka-streams', import.meta.url));
const buildMsMax = 600_000;

/** Maven could not build the peer. */
export class PeerBuildError extends Error {
  override name = 'PeerBuildError';
}

/** The class path of the peer, built first if its sources are new. Throws `TestbedError` MAVEN_MISSING, `PeerBuildError`. */
export function peerClassPath(): string {
  const folder = path.join(cacheFolder(), 'bench', `kafka-streams-${fingerprint()}`);
  if (!existsSync(folder)) build(folder);
  return [path.join(folder, 'peer.jar'), path.join(folder, 'libraries', '*')].join(path.delimiter);
}

function build(folder: string): void {
  const maven = findMaven();
  const draft = path.join(path.dirname(folder), `.draft-${randomUUID()}`);
  mkdirSync(draft, { recursive: true });
  try {
    const args = ['-q', '-B', '-f', path.join(project, 'pom.xml'), 'package', `-Dpeer.build=${draft}`];
    const { status, stdout, error } = spawnSync(maven, args, { timeout: buildMsMax, encoding: 'utf8' });
    if (status !== 0) {
      const said = stdout.trim().split('\n').slice(0, 8).join('\n');
      const remedy =
        'it needs a JDK 17 (Debian: apt-get install openjdk-17-jdk-headless) and Maven Central or a mirror of it';
      throw new PeerBuildError(`Maven could not build the peer; ${remedy}: ${said}`, { cause: error });
    }
    rename(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Another run may have been first, and then its folder stays. */
function rename(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function fingerprint(): string {
  const hash = createHash('sha256');
  const files = readdirSync(project, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(?:java|xml)$/.test(file),
  );
  for (const file of files.sort()) hash.update(file).update(readFileSync(path.join(project, file)));
  return hash.digest('hex').slice(0, 12);
}
