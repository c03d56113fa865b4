/**
 * An image from a folder, without a registry or a builder. In: a root file system and what to run in it. Out: an archive in
 * the layout of the Open Container Initiative, which containerd imports. The same folder gives the same bytes.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What an image is made of. */
export type ImageRecipe = {
  /** With a tag, as pods write it. */
  readonly name: string;
  /** Everything below belongs to root in the image. */
  readonly rootFolder: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** `uid:gid`; default root. */
  readonly user?: string;
  readonly workingFolder?: string;
};

type Blob = { readonly digest: string; readonly size: number };

const epoch = '1970-01-01T00:00:00Z';
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** Writes the archive; it appears at `archive` only whole. */
export async function writeImage(recipe: ImageRecipe, archive: string): Promise<void> {
  const draft = path.join(path.dirname(archive), `.draft-${randomUUID()}`);
  const blobs = path.join(draft, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  try {
    const layer = await layerOf(recipe.rootFolder, blobs);
    const config = putJson(blobs, configOf(recipe, layer.digest));
    const manifest = putJson(blobs, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, ...config },
      layers: [{ mediaType: types.layer, ...layer }],
    });
    const annotations = {
      'io.containerd.image.name': recipe.name,
      'org.opencontainers.image.ref.name': recipe.name.slice(recipe.name.lastIndexOf(':') + 1),
    };
    const index = { schemaVersion: 2, manifests: [{ mediaType: types.manifest, ...manifest, annotations }] };
    writeFileSync(path.join(draft, 'index.json'), JSON.stringify(index));
    writeFileSync(path.join(draft, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const whole = path.join(draft, 'image.tar');
    await run('tar', ['-C', draft, '-cf', whole, 'oci-layout', 'index.json', 'blobs']);
    renameSync(whole, archive);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function layerOf(rootFolder: string, blobs: string): Promise<Blob> {
  const draft = path.join(blobs, 'layer');
  const same = ['--sort=name', '--mtime=@0', '--numeric-owner', '--owner=0', '--group=0'];
  await run('tar', ['-C', rootFolder, ...same, '-cf', draft, '.']);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(draft)) hash.update(piece as Buffer);
  const digest = hash.digest('hex');
  const { size } = statSync(draft);
  renameSync(draft, path.join(blobs, digest));
  return { digest: `sha256:${digest}`, size };
}

function configOf(recipe: ImageRecipe, layerDigest: string): unknown {
  const { entrypoint, command, environment = {}, user, workingFolder = '/' } = recipe;
  const variables = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', ...environment };
  return {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    created: epoch,
    config: {
      Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      WorkingDir: workingFolder,
      ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
      ...(command === undefined ? {} : { Cmd: command }),
      ...(user === undefined ? {} : { User: user }),
    },
    rootfs: { type: 'layers', diff_ids: [layerDigest] },
    history: [{ created: epoch, created_by: 'tapeline testbed' }],
  };
}

function putJson(blobs: string, value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(path.join(blobs, digest), bytes);
  return { digest: `sha256:${digest}`, size: bytes.length };
}
