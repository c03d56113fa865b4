/**
 * `testbed load kubernetes`: images into the nodes of a cluster that `up` left running. In: names of images that are made
 * here, or archives. Out: what was loaded, as pods write it.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterState } from '../cluster-state.ts';
import { isAlive } from '../process-identity.ts';
import { TestbedError } from '../testbed-error.ts';
import { shellImage } from './cluster-images.ts';
import { buildDockerfile } from './dockerfile-image.ts';
import { programFolder } from './go-build.ts';
import { imageNames } from './image-names.ts';
import { cassandraImage, cassandraImageName, kafkaImage, kafkaImageName } from './java-images.ts';
import { importImage } from './kube-node.ts';
import { containerd } from './kube-versions.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
  readonly version: string;
};

/** Of the Dockerfile of this repository, as its chart asks for it where no value names another. */
export const tapelineImageName: string = `docker.io/library/tapeline:${version}`;

type Made = { readonly image: string; readonly archive: () => Promise<string> };

/** Images that are made here, by the name that the command has for them. */
const made: Readonly<Record<string, Made>> = {
  kafka: { image: kafkaImageName, archive: kafkaImage },
  cassandra: { image: cassandraImageName, archive: cassandraImage },
  shell: { image: imageNames.shell, archive: shellImage },
  tapeline: {
    image: tapelineImageName,
    archive: () => buildDockerfile({ context: repository, name: tapelineImageName }),
  },
};

/** Of the same Dockerfile under another tag, such as `tapeline:next`: another image, as its revision says the tag. */
function taggedImage(what: string): Made | undefined {
  const tag = /^tapeline:([A-Za-z0-9_][\w.-]*)$/.exec(what)?.[1];
  if (tag === undefined) return undefined;
  const name = `docker.io/library/tapeline:${tag}`;
  return { image: name, archive: () => buildDockerfile({ context: repository, name, arguments: { REVISION: tag } }) };
}

/** Loads one image into every node that runs. Rejects with BAD_OPTION if it is neither a name nor a file. */
export async function loadImage(state: ClusterState, what: string): Promise<string> {
  const nodes = state.servers.filter(({ name, identity }) => /^node\d+$/.test(name) && isAlive(identity));
  if (nodes.length === 0) throw new TestbedError('BAD_OPTION', 'no node runs; images are for a cluster with nodes');
  const known = made[what] ?? taggedImage(what);
  if (known === undefined && !existsSync(what)) {
    throw new TestbedError(
      'BAD_OPTION',
      `'${what}' is no file and no image; it is ${Object.keys(made).join(', ')}, tapeline:TAG or an archive`,
    );
  }
  const archive = known === undefined ? path.resolve(what) : await known.archive();
  await Promise.all(nodes.map(({ logFile }) => importImage(programFolder(containerd), path.dirname(logFile), archive)));
  return known?.image ?? archive;
}
