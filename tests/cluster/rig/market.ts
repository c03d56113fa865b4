/**
 * A whole market on a real Kubernetes. In: how many nodes. Out: a cluster that has the images, and a namespace that enforces
 * `restricted`, in which releases of the chart come, change and go, as a person does it with helm and kubectl. Everything
 * ends with it.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildDockerfile,
  cassandraImage,
  isUnavailable,
  kafkaImage,
  type KubernetesCluster,
  type KubernetesOptions,
  type NoServer,
  startKubernetes,
  tapelineImageName,
} from '@tapeline/testbed';
import { chart, type Fields, type GivenValues, listAt, root, valueAt } from '../../charts/rendered-chart.ts';
import { until } from '../../faults/rig/until.ts';
import type { StreamFacts } from '../../faults/rig/stream-view.ts';
import { useClusterNames } from './cluster-names.ts';

/** The release, its namespace, and the name of its objects. */
export const release = { name: 'market', namespace: 'market', full: 'market-tapeline' } as const;

/** Keyspace and stream of a release whose values do not name others. */
const keyspace = 'tapeline';
const ports = { kafka: 9_092, cassandra: 9_042, http: 8_080 } as const;
const readyWithin = '--timeout=300s';
const podsWithinMs = 240_000;

/** A pod as far as tests look at it. */
export type Pod = {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly isReady: boolean;
  readonly image: string;
  /** How often its container was started again. */
  readonly restarts: number;
};

/** A cluster for one market. */
export class Market {
  readonly cluster: KubernetesCluster;
  readonly #forgetNames: () => void;

  private constructor(cluster: KubernetesCluster) {
    this.cluster = cluster;
    this.#forgetNames = useClusterNames(cluster.network?.dnsAddress ?? '');
  }

  /** Starts the cluster. Says what this machine lacks for it; rejects if it should come up here and does not. */
  static async start(options: KubernetesOptions): Promise<Market | NoServer> {
    try {
      return new Market(await startKubernetes(options));
    } catch (error) {
      if (isUnavailable(error)) return { unavailable: error.message };
      throw error;
    }
  }

  /** Builds the image of our processes under a name; `revision` makes it another one. */
  static async build(name: string, revision = 'unknown'): Promise<string> {
    const context = process.env['TAPELINE_IMAGE_CONTEXT'] ?? root;
    return buildDockerfile({ context, name, arguments: { REVISION: revision } });
  }

  /** Builds the images that are not there yet, gives them to the nodes, and makes the namespace; answers our image's archive. */
  async prepare(): Promise<string> {
    const own = await Market.build(tapelineImageName);
    for (const archive of [await kafkaImage(), await cassandraImage(), own]) await this.cluster.loadImage(archive);
    await this.cluster.kubectl(['create', 'namespace', release.namespace]);
    const enforced = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
    await this.cluster.kubectl(['label', 'namespace', release.namespace, ...enforced]);
    return own;
  }

  /** `helm install`, `upgrade` and so on of the release; answers what helm says. */
  async helm(command: 'install' | 'upgrade', values: GivenValues, args: readonly string[] = []): Promise<string> {
    const file = path.join(this.cluster.directory, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    return this.cluster.helm([
      command,
      release.name,
      chart,
      '--namespace',
      release.namespace,
      '--values',
      file,
      ...args,
    ]);
  }

  /** In the namespace of the release. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.cluster.kubectl(['--namespace', release.namespace, ...args]);
  }

  /** Objects as the API has them. */
  async read(...args: readonly string[]): Promise<Fields> {
    return JSON.parse(await this.kubectl('get', '--output', 'json', ...args)) as Fields;
  }

  /** Pods with these labels that are not on their way out. */
  async pods(selector: string): Promise<readonly Pod[]> {
    const pods = listAt(await this.read('pods', '--selector', selector), 'items');
    return pods
      .filter((pod) => valueAt(pod, 'metadata', 'deletionTimestamp') === undefined)
      .map((pod) => ({
        name: String(valueAt(pod, 'metadata', 'name')),
        uid: String(valueAt(pod, 'metadata', 'uid')),
        node: String(valueAt(pod, 'spec', 'nodeName')),
        isReady: listAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True'),
        image: String(valueAt(pod, 'spec', 'containers', 0, 'image')),
        restarts: Number(valueAt(pod, 'status', 'containerStatuses', 0, 'restartCount') ?? 0),
      }));
  }

  /** Waits until so many pods with these labels are there and ready, of this image where one is named, and no others. */
  async untilReady(selector: string, count: number, image?: string): Promise<readonly Pod[]> {
    let pods: readonly Pod[] = [];
    const isWanted = (pod: Pod): boolean => pod.isReady && (image === undefined || pod.image === image);
    const look = async (): Promise<boolean> => {
      pods = await this.pods(selector);
      return pods.length === count && pods.every(isWanted);
    };
    const what = `${count} ready pods of ${selector} ${image ?? ''}`;
    await until(what, look, { withinMs: podsWithinMs, everyMs: 500 }).catch((error: unknown) => {
      throw new Error(`${String(error)}: there are ${JSON.stringify(pods)}`, { cause: error });
    });
    return pods;
  }

  /** Waits until the stream is Ready and its workers are as many. */
  async untilStream(workers: number): Promise<void> {
    await this.untilReady(selectors.worker, workers);
    await this.kubectl('wait', `tickstream/${release.full}`, '--for=condition=Ready', readyWithin);
    await this.kubectl(
      'wait',
      `tickstream/${release.full}`,
      `--for=jsonpath={.status.workers.ready}=${workers}`,
      readyWithin,
    );
  }

  /** Address and port of a Service of the release. Throws if it is not there. */
  async address(component: 'ingest' | 'query', port: number): Promise<string> {
    const host = await this.#clusterAddress(component);
    if (host === undefined) throw new Error(`there is no Service of ${component}`);
    return `${host}:${port}`;
  }

  /** What HTTP of query answers to a GET; undefined while it does not. */
  async http(url: string): Promise<unknown> {
    const host = await this.#clusterAddress('query');
    if (host === undefined) return undefined;
    try {
      // A connection that began before the node knew the Service never comes to an end.
      const init = { headers: { connection: 'close' }, signal: AbortSignal.timeout(2_000) };
      const response = await fetch(`http://${host}:${ports.http}${url}`, init);
      return response.ok ? await response.json() : undefined;
    } catch (error) {
      if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError'))
        return undefined;
      throw error;
    }
  }

  /** Where the judge finds log and store, and what decides the bars. */
  async facts(workerArgs: readonly string[]): Promise<StreamFacts> {
    const [cassandra] = listAt(await this.read('pods', '--selector', selectors.cassandra), 'items');
    const servers = {
      brokers: [`${release.full}-kafka.${release.namespace}.svc.cluster.local:${ports.kafka}`],
      contactPoints: [`${String(valueAt(cassandra, 'status', 'podIP'))}:${ports.cassandra}`],
      datacenter: 'datacenter1',
      close: async () => Promise.resolve(),
    };
    return { servers, stream: release.full, keyspace, workerArgs };
  }

  /** Ends the cluster. When tests failed, what its pods were at is printed before. */
  async close(hasFailed = false): Promise<void> {
    if (hasFailed) console.error(await this.#lastWords());
    this.#forgetNames();
    await this.cluster.close();
  }

  async #clusterAddress(component: 'ingest' | 'query'): Promise<string | undefined> {
    const [service] = listAt(await this.read('services', '--selector', selectors[component]), 'items');
    return service === undefined ? undefined : String(valueAt(service, 'spec', 'clusterIP'));
  }

  async #lastWords(): Promise<string> {
    const looks = [
      ['get', 'ts,tst,pods,jobs', '-o', 'wide'],
      ['get', 'events', '--sort-by=.lastTimestamp'],
    ];
    const pods = (await this.pods('app.kubernetes.io/name=tapeline')).filter(({ isReady }) => !isReady);
    for (const { name } of pods) looks.push(['logs', name, '--tail=20'], ['logs', name, '--tail=20', '--previous']);
    const said = await Promise.all(
      looks.map(async (look) => this.kubectl(...look).catch((error: unknown) => String(error))),
    );
    return looks.map((look, place) => `$ kubectl ${look.join(' ')}\n${said[place]}`).join('\n');
  }
}

/** Parts of the market, each with pods of its own. */
export type Part = 'worker' | 'feed' | 'ingest' | 'query' | 'operator' | 'kafka' | 'cassandra';

/** Labels of the release's pods, as kubectl takes them. */
export const selectors: Readonly<Record<Part, string>> = {
  worker: ofStream('worker'),
  feed: ofStream('feed'),
  ingest: ofRelease('ingest'),
  query: ofRelease('query'),
  operator: ofRelease('operator'),
  kafka: ofRelease('kafka'),
  cassandra: ofRelease('cassandra'),
};

function ofStream(role: string): string {
  return `tapeline.dev/stream=${release.full},tapeline.dev/role=${role}`;
}

function ofRelease(component: string): string {
  return `app.kubernetes.io/instance=${release.name},app.kubernetes.io/component=${component}`;
}
