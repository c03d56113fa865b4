/**
 * The pods of a stream. In: the stream, its store, a digest of its Secrets. Out: Deployments of its workers and feeds and the
 * workers' disruption budget, rendered whole: the same input gives the same bytes.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { labels } from '../crd/group.ts';
import type { FeedSpec } from '../crd/feed-spec.ts';
import type { TickStore } from '../crd/tick-store.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import {
  accessParts,
  claimParts,
  type ContainerParts,
  scratchParts,
  secretVariable,
  together,
  variables,
} from './container-parts.ts';
import { deploymentOf, marked, objectLabels, ownedBy, type PodSettings, selectorOf } from './deployment.ts';

/** What the pods of a stream are made from. */
export type WorkloadsInput = {
  readonly stream: TickStream;
  readonly store: TickStore;
  readonly secrets: string;
  readonly settings: PodSettings;
};

/** All objects of a stream in the cluster. */
export type StreamWorkloads = {
  readonly objects: readonly KubeObject[];
  /** Feeds are declared and nobody says where ingest is, so none is rendered. */
  readonly isIngestUnknown: boolean;
};

const workerPorts = { grpc: 50_053, metrics: 9_462 } as const;
const feedMetricsPort = 9_463;
const startWait = '10m';
const notesFolder = '/var/lib/tapeline/notes';
const recordingsFolder = '/var/lib/tapeline/recordings';

/** The objects of a stream. */
export function streamWorkloads(input: WorkloadsInput): StreamWorkloads {
  const { stream, settings } = input;
  const ingest = stream.ingest ?? settings.ingest;
  const isIngestUnknown = stream.feeds.length > 0 && ingest.length === 0;
  const feeds = isIngestUnknown ? [] : stream.feeds.map((feed) => feedOf(input, feed, ingest));
  return { objects: [workersOf(input), ...budgetOf(stream), ...feeds], isIngestUnknown };
}

/** The labels of workers as autoscalers take them. */
export function workerSelectorText(stream: TickStream): string {
  const pairs = Object.entries(selectorOf(stream, 'worker'));
  return pairs.map(([key, value]) => `${key}=${value}`).join(',');
}

function workersOf(input: WorkloadsInput): KubeObject {
  const { stream, secrets, settings } = input;
  const own = variables({
    TAPELINE_GRPC_HOST: '0.0.0.0',
    TAPELINE_GRPC_PORT: String(workerPorts.grpc),
    TAPELINE_INTERVALS: stream.intervals?.join(','),
    TAPELINE_PROFILES: stream.profiles?.join(','),
    TAPELINE_LATENESS: stream.lateness,
  });
  const advertise: ContainerParts = {
    env: [
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP', apiVersion: 'v1' } } },
      { name: 'TAPELINE_ADVERTISE', value: `$(POD_IP):${workerPorts.grpc}` },
    ],
    volumes: [],
    mounts: [],
  };
  return deploymentOf({
    stream,
    name: `${stream.object.name}-worker`,
    role: 'worker',
    selector: {},
    replicas: stream.workers.replicas,
    // One at a time: each that comes or goes makes the group share its partitions anew.
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    args: ['worker'],
    parts: together([backendParts(input), own, advertise, scratchParts('tmp', '/tmp')]),
    pods: stream.workers,
    metricsPort: workerPorts.metrics,
    ports: [{ name: 'grpc', containerPort: workerPorts.grpc }],
    secrets,
    settings,
  });
}

/** Log and store as every process on servers is told them. Topics and keyspace are the operator's to make. */
function backendParts({ stream, store }: WorkloadsInput): ContainerParts {
  const { kafka, topic } = stream;
  const { cassandra, keyspace } = store;
  return together([
    variables({
      TAPELINE_KAFKA: kafka.bootstrap.join(','),
      TAPELINE_KAFKA_SASL: kafka.sasl?.mechanism,
      TAPELINE_KAFKA_CREATE_TOPICS: 'false',
      TAPELINE_STREAM: topic.name,
      TAPELINE_CASSANDRA: cassandra.contactPoints.join(','),
      TAPELINE_CASSANDRA_DC: cassandra.datacenter,
      TAPELINE_CASSANDRA_CREATE_KEYSPACE: 'false',
      TAPELINE_KEYSPACE: keyspace,
      // A restart while servers are away would end at once, again and again, with waits that grow to five minutes.
      TAPELINE_START_WAIT: startWait,
    }),
    accessParts('kafka', kafka.tls, kafka.sasl),
    accessParts('cassandra', cassandra.tls, cassandra.login),
  ]);
}

/** One voluntary disruption at a time; a single worker has none, or no node could ever be drained. */
function budgetOf(stream: TickStream): readonly KubeObject[] {
  if (stream.workers.replicas < 2) return [];
  return [
    marked({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: {
        name: `${stream.object.name}-worker`,
        namespace: stream.object.namespace,
        labels: objectLabels(stream, 'worker'),
        ownerReferences: ownedBy(stream) ?? [],
      },
      spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(stream, 'worker') } },
    }),
  ];
}

function feedOf(input: WorkloadsInput, feed: FeedSpec, ingest: readonly string[]): KubeObject {
  const { stream, secrets, settings } = input;
  const { notesClaim } = feed;
  const notes =
    notesClaim === undefined ? scratchParts('notes', notesFolder) : claimParts('notes', notesFolder, notesClaim, false);
  const own = variables({
    TAPELINE_FEED: feed.source.type,
    TAPELINE_FEED_DIR: notesFolder,
    TAPELINE_INGEST: ingest.join(','),
    TAPELINE_SYMBOLS: feed.symbols?.join(','),
    TAPELINE_DATASET: feed.dataset,
  });
  return deploymentOf({
    stream,
    name: `${stream.object.name}-feed-${feed.name}`,
    role: 'feed',
    selector: { [labels.feed]: feed.name },
    replicas: 1,
    // Two at once would be two publishers of one source.
    strategy: { type: 'Recreate' },
    args: ['feed', ...replayArgs(feed)],
    parts: together([own, sourceParts(feed), notes, scratchParts('tmp', '/tmp')]),
    pods: feed,
    metricsPort: feedMetricsPort,
    ports: [],
    secrets,
    settings,
  });
}

/** Names of files have no variable, since there may be thousands. */
function replayArgs({ source }: FeedSpec): readonly string[] {
  if (source.type !== 'replay') return [];
  const files = source.paths.map((path) => `${recordingsFolder}/${path}`);
  const calendar = source.calendar === undefined ? [] : ['--calendar', source.calendar];
  return [...calendar, '--replay', ...files];
}

function sourceParts({ source, notesClaim }: FeedSpec): ContainerParts {
  switch (source.type) {
    case 'simulator':
      return variables({
        TAPELINE_SIM_RATE: String(source.rate),
        TAPELINE_SIM_SEED: String(source.seed),
        // Without kept notes every restart would make its history again.
        TAPELINE_SIM_BACKFILL: notesClaim === undefined ? '0s' : (source.backfill ?? '0s'),
      });
    case 'replay':
      return together([
        variables({ TAPELINE_SPEED: source.speed }),
        claimParts('recordings', recordingsFolder, source.claimName, true),
      ]);
    case 'finnhub':
      return secretVariable('FINNHUB_TOKEN', source.token);
    case 'binance':
      return variables({});
  }
}
