/**
 * The cluster that KUBECONFIG names, kind's for example. In: its tools. Out: the same as of a cluster of the testbed, where a kubeconfig is
 * enough for it. Images must be there before. The namespace that is made, the release in it and the kinds that came with it are taken
 * away at the end; what was there before is left alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isUnavailable, type KubernetesForTests } from '@tapeline/testbed';
import type { MarketCluster } from './market-cluster.ts';
import { makeNamespace } from './market-namespace.ts';
import { needImages, releaseImages } from './present-images.ts';
import { release } from './release.ts';

const kinds = ['tickstreams', 'tickstores'] as const;
const removedWithin = '--timeout=180s';

/** Rejects if it does not answer, or without kubectl and helm. */
export async function openNamedCluster(
  named: KubernetesForTests,
  moreImages: readonly string[],
): Promise<MarketCluster> {
  await named.helm(['version']);
  const before = await answered(named, async () => knownKinds(named));
  const directory = mkdtempSync(path.join(tmpdir(), 'tapeline-market-'));
  const made = { namespace: false };
  const { kubectl, helm, forwardPort } = named;
  return {
    kubectl,
    helm,
    forwardPort,
    isNamed: true,
    hasMetrics: await hasMetrics(named),
    directory,
    nodes: [],
    dnsAddress: undefined,
    prepare: async () => {
      await makeOwnNamespace(named, made);
      await needImages(named, releaseImages(moreImages));
      return undefined;
    },
    giveImage: async (name) => needImages(named, releaseImages([name])),
    close: async () => {
      if (made.namespace) await takeAway(named, before);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answered<Answer>({ kubeconfig }: KubernetesForTests, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (isUnavailable(error)) throw error;
    const remedy = 'start it, name another, or unset KUBECONFIG';
    throw new Error(`the cluster that KUBECONFIG names (${kubeconfig}) does not answer: ${remedy}`, { cause: error });
  }
}

async function knownKinds({ kubectl }: KubernetesForTests): Promise<ReadonlySet<string>> {
  const names = kinds.map((kind) => `crd/${kind}.tapeline.dev`);
  const told = await kubectl(['get', ...names, '--ignore-not-found', '--output=name']);
  return new Set(kinds.filter((kind) => told.includes(`/${kind}.tapeline.dev`)));
}

async function hasMetrics({ kubectl }: KubernetesForTests): Promise<boolean> {
  return kubectl(['get', '--raw', '/apis/metrics.k8s.io/v1beta1/nodes']).then(
    () => true,
    () => false,
  );
}

/** One that is there may be somebody's: it is not touched. */
async function makeOwnNamespace(named: KubernetesForTests, made: { namespace: boolean }): Promise<void> {
  const { namespace } = release;
  if ((await named.kubectl(['get', 'namespace', namespace, '--ignore-not-found', '--output=name'])) !== '') {
    throw new Error(
      `the cluster that KUBECONFIG names has a namespace ${namespace} already, which this suite makes and takes away: ` +
        `if it is of a run that was killed, helm -n ${namespace} uninstall ${release.name} and kubectl delete namespace ${namespace}; ` +
        'else name another cluster, or unset KUBECONFIG',
    );
  }
  await makeNamespace(named);
  made.namespace = true;
}

async function takeAway(named: KubernetesForTests, before: ReadonlySet<string>): Promise<void> {
  const { kubectl, helm } = named;
  const { name, namespace } = release;
  await helm(['uninstall', name, '--namespace', namespace, '--ignore-not-found', '--wait', removedWithin]);
  const after = await knownKinds(named);
  for (const kind of after) await letGo(named, kind);
  await kubectl(['delete', 'namespace', namespace, removedWithin]);
  for (const kind of after) {
    const isOurs = !before.has(kind) && (await kubectl(['get', kind, '--all-namespaces', '--output=name'])) === '';
    if (isOurs) await kubectl(['delete', 'crd', `${kind}.tapeline.dev`, '--ignore-not-found', removedWithin]);
  }
}

/** Objects whose operator is gone would hold their namespace for ever. */
async function letGo({ kubectl }: KubernetesForTests, kind: string): Promise<void> {
  const inNamespace = ['--namespace', release.namespace];
  const names = (await kubectl(['get', kind, ...inNamespace, '--output=name'])).split('\n').filter(Boolean);
  const patch = JSON.stringify({ metadata: { finalizers: null } });
  for (const name of names) {
    await kubectl(['patch', name, ...inNamespace, '--type=merge', '--patch', patch]).catch((error: unknown) => {
      if (!String(error).includes('NotFound')) throw error;
    });
  }
}
