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

type Facts = { readonly kubeconfig: string; readonly external: boolean; readonly folder: string };

/** The Kubernetes to test against. Rejects only if one should come up here and does not. */
export async function kubernetesForTests(env: NodeJS.ProcessEnv = process.env): Promise<KubernetesForTests | NoServer> {
  const named = env['KUBECONFIG'];
  const facts = named === undefined || named === '' ? await ofRun(env) : externalFacts(named, env);
  if ('unavailable' in facts) return facts;
  const { kubeconfig, external, folder } = facts;
  return { kubeconfig, external, ...clusterTools(kubeconfig, folder, env) };
}

function ofRun(env: NodeJS.ProcessEnv): Promise<Facts | NoServer> {
  return serverForTests('kubernetes', env, async (owner) => {
    const { kubeconfig, directory } = await startKubernetes({ apiOnly: true, env, ...keptBy(owner) });
    return { kubeconfig, external: false, folder: directory };
  });
}

function externalFacts(kubeconfig: string, env: NodeJS.ProcessEnv): Facts {
  return { kubeconfig, external: true, folder: path.join(cacheFolder(env), 'testbed', 'kubernetes', 'tools') };
}
