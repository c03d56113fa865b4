/**
 * The images of the cluster itself. In: programs that were built. Out: archives in the cache, each made once and named after
 * the version in it.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../maven-jars.ts';
import { programFile, programFolder } from './go-build.ts';
import { imageNames } from './image-names.ts';
import { coredns, type GoProgram, metricsServer, pause } from './kube-versions.ts';
import { type ImageRecipe, writeImage } from './oci-image.ts';
import { makeRoot } from './root-folder.ts';

/** Archives of what every cluster needs, and of the metrics server if it is wanted. Rejects with NOT_BUILT. */
export async function clusterImages(hasMetrics: boolean, env: NodeJS.ProcessEnv): Promise<string[]> {
  const archives = [
    await programImage(pause, { name: imageNames.pause, entrypoint: ['/pause'], user: '65535:65535' }, env),
    await programImage(coredns, { name: imageNames.coredns, entrypoint: ['/coredns'] }, env),
  ];
  if (hasMetrics) {
    const recipe = { name: imageNames.metricsServer, entrypoint: ['/metrics-server'], user: '1000:1000' };
    archives.push(await programImage(metricsServer, recipe, env));
  }
  return archives;
}

/** The archive of a shell with its tools (busybox), for pods that ask, answer or wait. Rejects with TOOL_MISSING. */
export async function shellImage(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const archive = imageArchive('shell-v1', env);
  if (existsSync(archive)) return archive;
  const rootFolder = mkdtempSync(path.join(tmpdir(), 'tapeline-image-'));
  try {
    await makeRoot(rootFolder);
    await writeImage({ name: imageNames.shell, rootFolder, command: ['sh'], user: '1000:1000' }, archive);
  } finally {
    rmSync(rootFolder, { recursive: true, force: true });
  }
  return archive;
}

/** Where archives are kept; its name says the version of what is in it. */
export function imageArchive(name: string, env: NodeJS.ProcessEnv): string {
  const folder = path.join(cacheFolder(env), 'testbed', 'kubernetes', 'images');
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${name}.tar`);
}

/** An image with one program in it and nothing else. */
async function programImage(
  program: GoProgram,
  recipe: Omit<ImageRecipe, 'rootFolder'>,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const archive = imageArchive(path.basename(programFolder(program, env)), env);
  if (existsSync(archive)) return archive;
  const rootFolder = mkdtempSync(path.join(tmpdir(), 'tapeline-image-'));
  try {
    copyFileSync(programFile(program, program.name, env), path.join(rootFolder, program.name));
    await writeImage({ ...recipe, rootFolder }, archive);
  } finally {
    rmSync(rootFolder, { recursive: true, force: true });
  }
  return archive;
}
