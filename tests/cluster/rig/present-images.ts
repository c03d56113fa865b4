/**
 * Images on the nodes of a cluster that is not ours. In: names. Out: nothing, once every node that takes pods has them, or an error that
 * says which node lacks what and how to load it. A pod a node asks: the kubelet says at once what a rollout would say after minutes.
 */
import type { ClusterTools } from '@tapeline/testbed';
import { type Fields, listAt, podsOf, render, valueAt } from '../../charts/rendered-chart.ts';
import { until } from '../../faults/rig/until.ts';
import { release } from './release.ts';

/** An image by its name; only those of others may be pulled. */
export type WantedImage = { readonly name: string; readonly isOurs: boolean };

const accountWithinMs = 60_000;
/** Kafka and Cassandra may have to be pulled first. */
const lookedWithinMs = 400_000;
const lookers = 'tapeline.dev/looks-for=images';
const refusals = new Set(['ErrImageNeverPull', 'ErrImagePull', 'ImagePullBackOff', 'InvalidImageName']);

/** What pods of the release with its own Kafka and Cassandra are made of, as the chart names it, and `more` of our processes. */
export function releaseImages(more: readonly string[] = []): readonly WantedImage[] {
  const pods = podsOf(render({ dev: { enabled: true } }));
  const containers = pods.flatMap(({ spec }) => [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]);
  const names = new Set(containers.map(({ image }) => String(image)));
  const ofChart = [...names].map((name) => ({ name, isOurs: /(^|\/)tapeline:/.test(name) }));
  return [...ofChart, ...more.map((name) => ({ name, isOurs: true }))];
}

/** Looks for them on every node that takes pods, from the namespace of the release. Rejects within 8 minutes. */
export async function needImages(cluster: ClusterTools, images: readonly WantedImage[]): Promise<void> {
  const { kubectl } = cluster;
  const inNamespace = ['--namespace', release.namespace];
  const account = ['get', 'serviceaccount', 'default', ...inNamespace, '--ignore-not-found', '--output=name'];
  await until('pods may be made', async () => (await kubectl(account)) !== '', { withinMs: accountWithinMs });
  const nodes = await nodesForPods(cluster);
  if (nodes.length === 0) throw new Error('the cluster that KUBECONFIG names has no node that takes pods');
  const items = nodes.map((node, place) => lookingPod(`looks-for-images-${place}`, node, images));
  try {
    const list = { apiVersion: 'v1', kind: 'List', items };
    await kubectl(['create', ...inNamespace, '--filename', '-'], { input: JSON.stringify(list) });
    const lacks = await lacksOf(cluster, images);
    if (lacks.length > 0) throw new Error(`images are missing:\n${lacks.join('\n')}\n${remedyFor(images)}`);
  } finally {
    await kubectl(['delete', 'pods', ...inNamespace, '--selector', lookers, '--now', '--wait=true']);
  }
}

async function nodesForPods({ kubectl }: ClusterTools): Promise<readonly string[]> {
  const { items } = JSON.parse(await kubectl(['get', 'nodes', '--output=json'])) as { readonly items: Fields[] };
  return items
    .filter((node) => valueAt(node, 'spec', 'unschedulable') !== true)
    .filter((node) => listAt(node, 'spec', 'taints').every(({ effect }) => effect === 'PreferNoSchedule'))
    .map((node) => String(valueAt(node, 'metadata', 'name')));
}

/** It does nothing; whether its containers may be made is what is asked. */
function lookingPod(name: string, nodeName: string, images: readonly WantedImage[]): unknown {
  const [label = '', value = ''] = lookers.split('=');
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { [label]: value } },
    spec: {
      nodeName,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: images.map(({ name: image, isOurs }, place) => ({
        name: `image-${place}`,
        image,
        imagePullPolicy: isOurs ? 'Never' : 'IfNotPresent',
        command: ['true'],
        securityContext,
      })),
    },
  };
}

/** What nodes lack, in words, once each has answered for each image. */
async function lacksOf({ kubectl }: ClusterTools, images: readonly WantedImage[]): Promise<readonly string[]> {
  const lacks = new Set<string>();
  const look = ['get', 'pods', '--namespace', release.namespace, '--selector', lookers, '--output=json'];
  const haveAnswered = async (): Promise<boolean> => {
    const { items } = JSON.parse(await kubectl(look)) as { readonly items: Fields[] };
    let open = 0;
    for (const pod of items) {
      const node = String(valueAt(pod, 'spec', 'nodeName'));
      const statuses = listAt(pod, 'status', 'containerStatuses');
      open += images.length - statuses.filter(isDecided).length;
      for (const status of statuses.filter((each) => refusals.has(waitingFor(each)))) {
        const image = images[Number(String(valueAt(status, 'name')).replace('image-', ''))];
        lacks.add(`  ${image?.name} on ${node} (${waitingFor(status)})`);
      }
    }
    return open === 0;
  };
  await until('every node has said whether it has the images', haveAnswered, {
    withinMs: lookedWithinMs,
    everyMs: 500,
  });
  return [...lacks];
}

function isDecided(status: Fields): boolean {
  return !['', 'ContainerCreating', 'PodInitializing'].includes(waitingFor(status)) || hasRun(status);
}

/** A container that could be made has its image, whether or not there is a program `true` in it. */
function hasRun(status: Fields): boolean {
  return valueAt(status, 'state', 'running') !== undefined || valueAt(status, 'state', 'terminated') !== undefined;
}

function waitingFor(status: Fields): string {
  const reason = valueAt(status, 'state', 'waiting', 'reason');
  return typeof reason === 'string' ? reason : '';
}

function remedyFor(images: readonly WantedImage[]): string {
  const ours = images.filter(({ isOurs }) => isOurs).map(({ name }) => name.replace('docker.io/library/', ''));
  const [first = '', ...others] = ours;
  const built = [`docker build --tag ${first} .`, ...others.map((name) => `docker tag ${first} ${name}`)].join(' && ');
  return (
    `load ours: ${built} && kind load docker-image --name tapeline ${ours.join(' ')}; others are pulled, or loaded likewise. ` +
    `Of the testbed: npm run testbed -- load kubernetes kafka cassandra tapeline ${others.join(' ')}`
  );
}
