/**
 * The kubeconfig that kubectl would take. In: the environment and the home folder. Out: KUBECONFIG's files merged, else
 * ~/.kube/config. As with kubectl the first file that names something wins, an empty name and a file that is not there are
 * passed over. The library's own merge refuses two files with one name, and takes the last context.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';

/** Environment variables by name, such as `process.env`. */
export type KubeEnvironment = Readonly<Record<string, string | undefined>>;

/** No kubeconfig that could be read; the message names the files and what to do. */
export class KubeconfigError extends Error {
  override name = 'KubeconfigError';
}

/** The files, in the order in which they win; some may not be there. */
export function kubeconfigFiles(env: KubeEnvironment): readonly string[] {
  const named = env['KUBECONFIG'] ?? '';
  if (named === '') return [path.join(env['HOME'] ?? homedir(), '.kube', 'config')];
  return [...new Set(named.split(path.delimiter).filter((file) => file !== ''))];
}

/** Reads and merges them; `KubeconfigError` if there is none, or one cannot be read. */
export function readKubeconfigs(files: readonly string[]): KubeConfig {
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0) {
    const tried = files.length === 0 ? 'KUBECONFIG names none' : `${files.join(' and ')} is not there`;
    throw new KubeconfigError(`there is no kubeconfig: ${tried}; set KUBECONFIG to one, or make ~/.kube/config`);
  }
  const read = there.map(readOne);
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEach(read.flatMap((config) => config.getClusters())),
    users: firstOfEach(read.flatMap((config) => config.getUsers())),
    contexts: firstOfEach(read.flatMap((config) => config.getContexts())),
    currentContext: read.map((config) => config.getCurrentContext()).find((name) => (name ?? '') !== '') ?? '',
  });
  return merged;
}

/** One file; `KubeconfigError` if it cannot be read. */
export function readOne(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    // What follows the first line is the text of the file, which holds secrets.
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new KubeconfigError(`${file} cannot be read: ${reason}; name or correct a kubeconfig`, { cause: error });
  }
  return config;
}

function firstOfEach<Named extends { readonly name: string }>(all: readonly Named[]): Named[] {
  return all.filter(({ name }, place) => all.findIndex((other) => other.name === name) === place);
}
