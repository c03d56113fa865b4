/**
 * A Deployment of one of the processes. In: its name, arguments, parts and size. Out: the object as it is applied. Every pod is
 * restricted: no root, no capability, no writable root, no token of the API.
 */
import { createHash } from 'node:crypto';
import type { KubeObject } from '@tapeline/kubernetes';
import { labels, marks } from '../crd/group.ts';
import type { PodsSpec } from '../crd/pods-spec.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import { type ContainerParts, type EnvVar } from './container-parts.ts';

/** What the operator was started with that pods need. */
export type PodSettings = {
  /** The one image. */
  readonly image: string;
  readonly imagePullPolicy: string | undefined;
  /** Names of Secrets for it, in the namespace of each stream. */
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccount: string | undefined;
  /** Ingests that feeds publish to unless a stream names its own; may be none. */
  readonly ingest: readonly string[];
};

/** What is particular about one. */
export type DeploymentFacts = {
  readonly stream: TickStream;
  readonly name: string;
  readonly role: 'worker' | 'feed';
  /** More labels that select its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly strategy: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
  readonly parts: ContainerParts;
  readonly pods: PodsSpec;
  readonly metricsPort: number;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  /** A digest of what its pods read from Secrets. */
  readonly secrets: string;
  readonly settings: PodSettings;
};

/** How long a process may take to settle and leave, s; Kubernetes waits a little longer. */
const graceSec = { process: 20, pod: 30 } as const;
/** A worker may keep 256 MiB of ticks of each partition to revise bars from, and 150 MiB besides. V8 takes three quarters by the image. */
const defaults = {
  worker: { requests: { cpu: '250m', memory: '384Mi' }, limits: { memory: '1536Mi' } },
  feed: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } },
} as const;
const userId = 1_000;

/** Labels that select the pods of a role. */
export function selectorOf(stream: TickStream, role: 'worker' | 'feed'): Readonly<Record<string, string>> {
  return { [labels.stream]: stream.object.name, [labels.role]: role };
}

/** Everything that the operator makes for a stream has these. */
export function objectLabels(stream: TickStream, role: 'worker' | 'feed'): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'tapeline',
    'app.kubernetes.io/instance': stream.object.name,
    'app.kubernetes.io/component': role,
    'app.kubernetes.io/managed-by': 'tapeline-operator',
    ...selectorOf(stream, role),
  };
}

/** The object goes with the stream. */
export function ownedBy({ object }: TickStream): KubeObject['metadata']['ownerReferences'] {
  const { apiVersion, kind, name, uid } = object;
  return [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }];
}

/** The object with a mark of what it was rendered from. */
export function marked(object: KubeObject): KubeObject {
  const rendered = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [marks.rendered]: rendered } } };
}

/** The Deployment. */
export function deploymentOf(facts: DeploymentFacts): KubeObject {
  const { stream, name, role, replicas, strategy, pods, secrets } = facts;
  const selector = { ...selectorOf(stream, role), ...facts.selector };
  return marked({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: stream.object.namespace,
      labels: { ...objectLabels(stream, role), ...facts.selector },
      ownerReferences: ownedBy(stream) ?? [],
    },
    spec: {
      replicas,
      revisionHistoryLimit: 3,
      strategy,
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: { ...pods.labels, ...objectLabels(stream, role), ...facts.selector },
          annotations: { ...pods.annotations, [marks.secrets]: secrets },
        },
        spec: podOf(facts, selector),
      },
    },
  });
}

function podOf(facts: DeploymentFacts, selector: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const { pods, role, settings } = facts;
  const parts = withGivenEnv(facts.parts, facts);
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: graceSec.pod,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(settings.serviceAccount === undefined ? {} : { serviceAccountName: settings.serviceAccount }),
    ...(settings.imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })) }),
    ...(role === 'worker' ? { topologySpreadConstraints: spreadOver(selector) } : {}),
    ...pods.pod,
    containers: [containerOf(facts, parts)],
    volumes: parts.volumes,
  };
}

function spreadOver(selector: Readonly<Record<string, string>>): readonly unknown[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selector },
  }));
}

function containerOf(facts: DeploymentFacts, { env, mounts }: ContainerParts): Readonly<Record<string, unknown>> {
  const { settings, args, pods, ports, metricsPort, role } = facts;
  const probe = (path: string, more: Readonly<Record<string, number>>): unknown => ({
    httpGet: { path, port: 'metrics', scheme: 'HTTP' },
    periodSeconds: 5,
    timeoutSeconds: 3,
    ...more,
  });
  return {
    name: role,
    image: settings.image,
    ...(settings.imagePullPolicy === undefined ? {} : { imagePullPolicy: settings.imagePullPolicy }),
    args,
    env,
    ports: [...ports, { name: 'metrics', containerPort: metricsPort }].map((port) => ({ ...port, protocol: 'TCP' })),
    resources: { requests: pods.requests ?? defaults[role].requests, limits: pods.limits ?? defaults[role].limits },
    // Probes are served from the start, also while servers, topics and tables are waited for.
    startupProbe: probe('/livez', { periodSeconds: 2, failureThreshold: 60 }),
    livenessProbe: probe('/livez', { failureThreshold: 6 }),
    readinessProbe: probe('/readyz', { failureThreshold: 2 }),
    volumeMounts: mounts,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

/** What every process gets that people may set otherwise by `template.env`. */
const baseEnv: readonly EnvVar[] = [
  { name: 'TAPELINE_LOG_FORMAT', value: 'json' },
  { name: 'TAPELINE_METRICS_HOST', value: '0.0.0.0' },
];

/** What was rendered for the stream goes before what was given, and that before the defaults; each name stands once. */
function withGivenEnv(
  { env, volumes, mounts }: ContainerParts,
  { pods, metricsPort }: DeploymentFacts,
): ContainerParts {
  const given: EnvVar[] = Object.entries(pods.env).map(([name, value]) => ({ name, value }));
  const fixed: EnvVar[] = [
    { name: 'TAPELINE_GRACE', value: `${graceSec.process}s` },
    { name: 'TAPELINE_METRICS_PORT', value: String(metricsPort) },
  ];
  const byName = new Map([...baseEnv, ...given, ...fixed, ...env].map((each) => [each.name, each]));
  return { env: [...byName.values()], volumes, mounts };
}
