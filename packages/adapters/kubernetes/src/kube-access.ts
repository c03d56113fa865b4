/**
 * How to reach a cluster. In: the pod this runs in, a kubeconfig, or what kubectl would use. Out: the server's address, and
 * headers and TLS for each request. Tokens and certificates are read again, since both are replaced while we run.
 */
import { type HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { KubeError } from './kube-error.ts';

/** Where the address and credentials come from; `default` is what kubectl would take: KUBECONFIG, then the home folder. */
export type KubeAccess =
  | { readonly from: 'pod' }
  | { readonly from: 'file'; readonly path: string; readonly context?: string }
  | { readonly from: 'default'; readonly context?: string };

/** A cluster that was chosen. */
export type Cluster = {
  /** Its API server, for example `https://10.0.0.1:6443`. */
  readonly server: string;
  /** The namespace that the context or pod names; `default` if it names none. */
  readonly namespace: string;
  readonly credentials: Credentials;
};

/** How long TLS material is used before it is read again, ms. */
const renewMs = 60_000;

/** Puts credentials on requests. */
export class Credentials {
  readonly #config: KubeConfig;
  readonly #server: string;
  readonly #monotonicMs: () => number;
  #dispatcher: ReturnType<RequestContext['getDispatcher']>;
  #dispatcherUntilMs = 0;

  constructor(config: KubeConfig, server: string, monotonicMs: () => number) {
    this.#config = config;
    this.#server = server;
    this.#monotonicMs = monotonicMs;
  }

  /** A request to a path of the API, with everything that the server asks of us. UNAUTHENTICATED if there is none to be had. */
  async request(path: string, method: HttpMethod, query: Readonly<Record<string, string>>): Promise<RequestContext> {
    const url = new URL(this.#server.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const request = new RequestContext(url.toString(), method);
    try {
      await this.#config.applySecurityAuthentication(request);
    } catch (error) {
      throw new KubeError('UNAUTHENTICATED', `the credentials for ${this.#server} cannot be read: ${String(error)}`, {
        cause: error,
      });
    }
    // The client makes a dispatcher for each request, hence a connection and a TLS handshake. One is kept while it is
    // young; what still runs on an older one ends there in peace.
    const nowMs = this.#monotonicMs();
    if (this.#dispatcher === undefined || nowMs >= this.#dispatcherUntilMs) {
      this.#dispatcher = request.getDispatcher();
      this.#dispatcherUntilMs = nowMs + renewMs;
    }
    if (this.#dispatcher !== undefined) request.setDispatcher(this.#dispatcher);
    return request;
  }

  /** What is kept is read anew with the next request; after the server refused it. */
  renew(): void {
    this.#dispatcherUntilMs = 0;
  }
}

/** Reads where the cluster is. UNAUTHENTICATED if there is no such file or context, or it names no cluster. */
export function chooseCluster(access: KubeAccess, monotonicMs: () => number): Cluster {
  const config = new KubeConfig();
  try {
    if (access.from === 'pod') config.loadFromCluster();
    else if (access.from === 'file') config.loadFromFile(access.path);
    else config.loadFromDefault();
  } catch (error) {
    throw new KubeError('UNAUTHENTICATED', `${placeOf(access)} cannot be read: ${String(error)}`, { cause: error });
  }
  if (access.from !== 'pod' && access.context !== undefined) config.setCurrentContext(access.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null || !URL.canParse(cluster.server)) {
    const name = access.from === 'pod' ? 'the pod' : `context '${config.getCurrentContext()}'`;
    throw new KubeError('UNAUTHENTICATED', `${placeOf(access)} names no API server for ${name}; give one that does`);
  }
  const context = config.getContextObject(config.getCurrentContext());
  return {
    server: cluster.server,
    namespace: context?.namespace ?? 'default',
    credentials: new Credentials(config, cluster.server, monotonicMs),
  };
}

function placeOf(access: KubeAccess): string {
  switch (access.from) {
    case 'pod':
      return 'the service account of the pod';
    case 'file':
      return access.path;
    case 'default':
      return 'the kubeconfig';
  }
}
