/**
 * A whole market on a real Kubernetes. In: how many nodes. Out: a cluster that has the images, and a namespace that enforces
 * `restricted`, in which releases of the chart come, change and go, as a person does it with helm and kubectl. Everything
 * ends with it; of a cluster that KUBECONFIG names, what was made in it.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isUnavailable, type NoServer } from '@tapeline/testbed';
import { chart, type Fields, type GivenValues, listAt, valueAt } from '../../charts/rendered-chart.ts';
import { until } from '../../faults/rig/until.ts';
import type { StreamFacts } from '../../faults/rig/stream-view.ts';
import { type MarketCluster, type MarketOptions, openMarketCluster } from './market-cluster.ts';
import { ports, release, selectors } from './release.ts';
import { forwardedWay, routedWay, type WayIn } from './ways-in.ts';

/** Keyspace and stream of a release whose values do not name others. */
const keyspace = 'tapeline';
const readyWithin = '--timeout=300s';
const podsWithinMs = 240_000;

/** A pod as far as tests look at it. */
export type Pod = {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  /** Its address in the cluster; empty before it has one. */
  readonly ip: string;
  readonly isReady: boolean;
  readonly image: string;
  /** How often its container was started again. */
  readonly restarts: number;
};

/** A cluster for one market. */
export class Market {
  readonly cluster: MarketCluster;
  readonly #way: WayIn;

  private constructor(cluster: MarketCluster) {
    this.cluster = cluster;
    const { dnsAddress, forwardPort } = cluster;
    const readyPods = async (selector: string): Promise<readonly string[]> =>
      (await this.pods(selector)).filter(({ isReady }) => isReady).map(({ name }) => name);
    this.#way =
      dnsAddress === undefined
        ? forwardedWay(forwardPort, readyPods)
        : routedWay(dnsAddress, async (...args) => this.read(...args));
  }

  /** Opens or starts the cluster. Says what this machine lacks for it; rejects if it should come up here and does not. */
  static async start(options: MarketOptions): Promise<Market | NoServer> {
    try {
      return new Market(await openMarketCluster(options));
    } catch (error) {
      if (isUnavailable(error)) return { unavailable: error.message };
      throw error;
    }
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
        ip: textAt(pod, 'status', 'podIP'),
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

  /** Host and port of a Service of the release, as this machine reaches it. Throws if it is not there. */
  async address(component: 'ingest' | 'query', port: number): Promise<string> {
    const address = await this.#way.address(component, port);
    if (address === undefined) throw new Error(`there is no Service of ${component}`);
    return address;
  }

  /** What HTTP of query answers to a GET; undefined while it does not. */
  async http(url: string): Promise<unknown> {
    const address = await this.#way.address('query', ports.http);
    if (address === undefined) return undefined;
    try {
      // A connection that began before the node knew the Service never comes to an end.
      const init = { headers: { connection: 'close' }, signal: AbortSignal.timeout(2_000) };
      const response = await fetch(`http://${address}${url}`, init);
      return response.ok ? await response.json() : undefined;
    } catch (error) {
      if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError'))
        return undefined;
      throw error;
    }
  }

  /** Where the judge finds log and store, and what decides the bars. Throws if a server is not there or cannot be reached. */
  async facts(workerArgs: readonly string[]): Promise<StreamFacts> {
    const cassandra = await this.#way.address('cassandra', ports.cassandra);
    const kafka = await this.#way.address('kafka', ports.kafka);
    if (cassandra === undefined || kafka === undefined) throw new Error('Kafka or Cassandra is not there');
    const servers = {
      // Its own name, as it tells its clients no other.
      brokers: [`${release.full}-kafka.${release.namespace}.svc.cluster.local:${ports.kafka}`],
      contactPoints: [cassandra],
      datacenter: 'datacenter1',
      close: async () => Promise.resolve(),
    };
    return { servers, stream: release.full, keyspace, workerArgs };
  }

  /** Ends the cluster, or takes away what was made in it. When tests failed, what its pods were at is printed before. */
  async close(hasFailed = false): Promise<void> {
    if (hasFailed) console.error(await this.#lastWords());
    await this.#way.close();
    await this.cluster.close();
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

function textAt(fields: Fields, ...place: readonly string[]): string {
  const found = valueAt(fields, ...place);
  return typeof found === 'string' ? found : '';
}
