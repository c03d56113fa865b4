/**
 * How tests, which are outside of the cluster, reach a market in it. In: how objects and pods are read. Out: addresses of its parts, and
 * the cluster's names for the sockets of this process, until it is closed. Nodes of the testbed are routed from here; into any other
 * cluster kubectl keeps ports open, which lead to another pod when theirs goes.
 */
import { Resolver } from 'node:dns/promises';
import type { ClusterTools, PortForward } from '@tapeline/testbed';
import { type Fields, listAt, valueAt } from '../../charts/rendered-chart.ts';
import { useClusterNames } from './cluster-names.ts';
import { ports, release, selectors } from './release.ts';

/** Parts that tests speak to by an address. */
export type ReachedPart = 'ingest' | 'query' | 'cassandra' | 'kafka';

/** A way into one cluster. */
export type WayIn = {
  /** Host and port of a part; undefined while it is not there. */
  address(part: ReachedPart, port: number): Promise<string | undefined>;
  close(): Promise<void>;
};

/** By the addresses of Services and pods, and by the cluster's own DNS. */
export function routedWay(dnsAddress: string, read: (...args: readonly string[]) => Promise<Fields>): WayIn {
  const resolver = new Resolver({ timeout: 1_000, tries: 5 });
  resolver.setServers([dnsAddress]);
  const forgetNames = useClusterNames(async (name) => resolver.resolve4(name));
  return {
    address: async (part, port) => {
      // Its driver speaks to nodes of Cassandra by their own addresses.
      const isPod = part === 'cassandra';
      const [found] = listAt(await read(isPod ? 'pods' : 'services', '--selector', selectors[part]), 'items');
      const host = isPod ? valueAt(found, 'status', 'podIP') : valueAt(found, 'spec', 'clusterIP');
      return typeof host === 'string' ? `${host}:${port}` : undefined;
    },
    close: async () => Promise.resolve(forgetNames()),
  };
}

/** By ports of this machine; `readyPods` tells names. */
export function forwardedWay(
  forwardPort: ClusterTools['forwardPort'],
  readyPods: (selector: string) => Promise<readonly string[]>,
): WayIn {
  const open = new Map<string, Promise<PortForward | undefined>>();
  const address = async (part: ReachedPart, port: number): Promise<string | undefined> => {
    const key = `${part}:${port}`;
    const opening = open.get(key) ?? forwardPort({ ...wishFor(part, port), pod: async () => last(part) });
    open.set(key, opening);
    const forward = await opening.catch((error: unknown) => {
      open.delete(key);
      throw error;
    });
    if (forward === undefined) open.delete(key);
    return forward?.address;
  };
  const last = async (part: ReachedPart): Promise<string | undefined> => (await readyPods(selectors[part])).at(-1);
  // Brokers are all that is asked for by such a name.
  const forgetNames = useClusterNames(async (name) => {
    const found = await address('kafka', ports.kafka);
    if (found === undefined) throw new Error(`no broker is ready behind ${name}`);
    return ['127.0.0.1'];
  });
  return {
    address,
    close: async () => {
      forgetNames();
      for (const forward of await Promise.allSettled(open.values())) {
        if (forward.status === 'fulfilled') await forward.value?.close();
      }
    },
  };
}

type Wish = { readonly namespace: string; readonly port: number; readonly localPort?: number };

/** A broker tells its clients its own port, so that is the one here, too. */
function wishFor(part: ReachedPart, port: number): Wish {
  const { namespace } = release;
  return { namespace, port, ...(part === 'kafka' ? { localPort: port } : {}) };
}
