/**
 * A control plane for the whole operator. In: how the API server is started. Out: an API server with both kinds, and a kubeconfig
 * with exactly the rights that the chart gives the operator. There are no nodes. It is never the cluster that KUBECONFIG names: tests kill
 * it, and write the status of pods by hand.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeApi } from '@tapeline/kubernetes';
import { definitionFiles } from '@tapeline/operator';
import {
  isUnavailable,
  type KubernetesCluster,
  type KubernetesOptions,
  type NoServer,
  startKubernetes,
} from '@tapeline/testbed';
import { helmUnavailable, type Rendered, release, render } from '../../charts/rendered-chart.ts';
import { apiOf } from '../runtime/api-on-server.ts';

/** The control plane. */
export type OperatorCluster = {
  readonly unavailable?: undefined;
  readonly cluster: KubernetesCluster;
  /** As an administrator. */
  readonly api: KubeApi;
  /** What the chart grants, as it was applied. */
  readonly roles: readonly Rendered[];
  /** A kubeconfig with a new token of the operator's account. */
  operatorAccess(name: string): Promise<string>;
};

/** Where everything lies: what the chart is rendered for. */
export const namespace: string = release.namespace;

/** The names that the chart gives the operator's lease and its account. */
export const operatorName: string = `${release.name}-tapeline-operator`;

const granted = new Set(['Role', 'RoleBinding', 'ServiceAccount']);

/** Starts it, or says why there can be none. The namespace enforces restricted pods, as a careful one does. */
export async function startOperatorCluster(options: KubernetesOptions = {}): Promise<OperatorCluster | NoServer> {
  if (helmUnavailable !== undefined) return { unavailable: helmUnavailable };
  let cluster: KubernetesCluster;
  try {
    cluster = await startKubernetes({ apiOnly: true, ...options });
  } catch (error) {
    if (isUnavailable(error)) return { unavailable: error.message };
    throw error;
  }
  const roles = render({ dev: { enabled: true } }).filter(({ kind }) => granted.has(kind));
  await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
  await applyTexts(cluster, [...definitionFiles().values()]);
  const established = ['wait', '--for=condition=Established', '--timeout=60s'];
  await cluster.kubectl([...established, 'crd/tickstreams.tapeline.dev', 'crd/tickstores.tapeline.dev']);
  await applyTexts(
    cluster,
    roles.map((object) => JSON.stringify(object)),
  );
  return {
    cluster,
    api: apiOf(cluster.kubeconfig),
    roles,
    operatorAccess: async (name) => operatorAccess(cluster, name),
  };
}

/** Applies objects, each as YAML or JSON. */
export async function applyTexts(cluster: KubernetesCluster, texts: readonly string[]): Promise<void> {
  for (const input of texts) {
    await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });
  }
}

type Config = { readonly users: readonly { readonly name: string }[]; readonly [field: string]: unknown };

async function operatorAccess(cluster: KubernetesCluster, name: string): Promise<string> {
  const token = await cluster.kubectl(['create', 'token', operatorName, '-n', namespace, '--duration=2h']);
  const text = await cluster.kubectl(['config', 'view', '--raw', '--flatten', '--output', 'json']);
  const config = JSON.parse(text) as Config;
  const users = config.users.map((user) => ({ name: user.name, user: { token: token.trim() } }));
  const file = path.join(cluster.directory, `${name}.kubeconfig`);
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return file;
}
