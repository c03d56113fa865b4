/**
 * The cluster under a market. In: how many nodes. Out: one of the testbed's with that many, or the one that KUBECONFIG names, as it is;
 * both with the images that pods are made of. Everything that a market makes in it goes with it.
 */
import {
  buildDockerfile,
  cassandraImage,
  type ClusterTools,
  kafkaImage,
  type KubernetesNode,
  type KubernetesOptions,
  namedKubernetes,
  startKubernetes,
  tapelineImageName,
} from '@tapeline/testbed';
import { root } from '../../charts/rendered-chart.ts';
import { makeNamespace } from './market-namespace.ts';
import { openNamedCluster } from './named-cluster.ts';

/** A cluster that one market works in. */
export type MarketCluster = ClusterTools & {
  /** Whether KUBECONFIG named it: then this machine has no routes into it, and nodes are not for tests to break. */
  readonly isNamed: boolean;
  /** Whether there are figures of CPU, for autoscalers. */
  readonly hasMetrics: boolean;
  /** Where files of tests may lie. */
  readonly directory: string;
  /** Those of the testbed. */
  readonly nodes: readonly KubernetesNode[];
  /** Of its DNS, as this machine reaches it; undefined where it does not. */
  readonly dnsAddress: string | undefined;
  /** Makes the namespace of the release, sees to the images, and answers the archive of ours; there is none where they were there. */
  prepare(): Promise<string | undefined>;
  /** Sees to one more image of our processes; `revision` makes it another one. */
  giveImage(name: string, revision: string): Promise<void>;
  /** Ends it, or takes away what was made in it. */
  close(): Promise<void>;
};

/** What may be chosen. */
export type MarketOptions = KubernetesOptions & {
  /** Whether tests break its nodes: then it is one of the testbed's, whatever KUBECONFIG says. Default false. */
  readonly breaksNodes?: boolean;
  /** Images of our processes that tests want besides that of the chart. */
  readonly moreImages?: readonly string[];
};

/** Opens or starts it. Rejects with what the machine lacks, as `isUnavailable` tells, or if what should come up does not. */
export async function openMarketCluster(options: MarketOptions): Promise<MarketCluster> {
  const { breaksNodes = false, moreImages = [], ...ofTestbed } = options;
  const named = breaksNodes ? undefined : namedKubernetes();
  return named === undefined ? startOwnCluster(ofTestbed) : openNamedCluster(named, moreImages);
}

async function startOwnCluster(options: KubernetesOptions): Promise<MarketCluster> {
  const cluster = await startKubernetes(options);
  return {
    ...cluster,
    isNamed: false,
    hasMetrics: options.metrics === true,
    dnsAddress: cluster.network?.dnsAddress,
    prepare: async () => {
      const own = await buildImage(tapelineImageName);
      for (const archive of [await kafkaImage(), await cassandraImage(), own]) await cluster.loadImage(archive);
      await makeNamespace(cluster);
      return own;
    },
    giveImage: async (name, revision) => cluster.loadImage(await buildImage(name, revision)),
  };
}

async function buildImage(name: string, revision = 'unknown'): Promise<string> {
  const context = process.env['TAPELINE_IMAGE_CONTEXT'] ?? root;
  return buildDockerfile({ context, name, arguments: { REVISION: revision } });
}
