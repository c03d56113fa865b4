/**
 * The Kubernetes of a test. In: the environment. Out: the cluster that KUBECONFIG names, else an API server for the whole
 * run, started when the first test asks, else why there can be none, so that tests may skip and say so.
 */
import path from 'node:path';
import { cacheFolder } from '../maven-jars.ts';
import { keptBy, type NoServer, serverForTests } from '../servers-for-tests.ts';
import { type ClusterTools, clusterTools } from './cluster-tools.ts';
import { startKubernetes } from './kube-cluster.ts';

/** A cluster that other tests use at the same time: make a namespace, and kinds of a group, that nobody else has. */
export type KubernetesForTests = ClusterTools & {
  readonly unavailable?: undefined;
  readonly kubeconfig: string;
  /** Whether KUBECONFIG named it; then it has nodes. The one of a run has none, so its pods stay pending. */
  readonly external: boolean;
};

type Facts = { readonly kubeconfig: string; readonly folder: string };

/** The Kubernetes to test against. Rejects only if one should come up here and does not. */
export async function kubernetesForTests(env: NodeJS.ProcessEnv = process.env): Promise<KubernetesForTests | NoServer> {
  const named = namedKubernetes(env);
  if (named !== undefined) return named;
  const facts = await ofRun(env);
  if ('unavailable' in facts) return facts;
  const { kubeconfig, folder } = facts;
  return { kubeconfig, external: false, ...clusterTools(kubeconfig, folder, env) };
}

/** The cluster that KUBECONFIG names, which is not asked anything yet; undefined where it names none. */
export function namedKubernetes(env: NodeJS.ProcessEnv = process.env): KubernetesForTests | undefined {
  const kubeconfig = env['KUBECONFIG'];
  if (kubeconfig === undefined || kubeconfig === '') return undefined;
  const folder = path.join(cacheFolder(env), 'testbed', 'kubernetes', 'tools');
  return { kubeconfig, external: true, ...clusterTools(kubeconfig, folder, env) };
}

function ofRun(env: NodeJS.ProcessEnv): Promise<Facts | NoServer> {
  return serverForTests('kubernetes', env, async (owner) => {
    const { kubeconfig, directory } = await startKubernetes({ apiOnly: true, env, ...keptBy(owner) });
    return { kubeconfig, folder: directory };
  });
}
