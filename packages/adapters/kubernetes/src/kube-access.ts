/**
 * How to reach a cluster. In: the pod this runs in, a kubeconfig, or what kubectl would use. Out: the server's address, and
 * headers and TLS for each request. Tokens and certificates are read again, since both are replaced while we run.
 */
import { existsSync } from 'node:fs';
import { type HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { KubeError } from './kube-error.ts';
import {
  KubeconfigError,
  type KubeEnvironment,
  kubeconfigFiles,
  readKubeconfigs,
  readOne,
} from './kubeconfig-files.ts';

/**
 * Where the address and credentials come from; `default` is what kubectl would take: the files that KUBECONFIG lists, then the
 * home folder, then the pod. `env` is the process's if absent.
 */
export type KubeAccess =
  | { readonly from: 'pod' }
  | { readonly from: 'file'; readonly path: string; readonly context?: string }
  | { readonly from: 'default'; readonly context?: string; readonly env?: KubeEnvironment };

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

const contextsShownMax = 10;

/** Where a pod has the token of its account. */
const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

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
      const told = `the credentials for ${this.#server} cannot be read: ${String(error)}`;
      throw new KubeError('UNAUTHENTICATED', `${told}; log in again, or correct the user in the kubeconfig`, {
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
  const config = configOf(access);
  if (access.from !== 'pod' && access.context !== undefined) config.setCurrentContext(access.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null || !URL.canParse(cluster.server)) {
    throw new KubeError('UNAUTHENTICATED', `${placeOf(access)} names no API server for ${contextIn(access, config)}`);
  }
  const context = config.getContextObject(config.getCurrentContext());
  return {
    server: cluster.server,
    namespace: context?.namespace ?? 'default',
    credentials: new Credentials(config, cluster.server, monotonicMs),
  };
}

function configOf(access: KubeAccess): KubeConfig {
  try {
    if (access.from === 'file') return readOne(access.path);
    if (access.from === 'pod') return podConfig();
    const files = kubeconfigFiles(access.env ?? process.env);
    // In a pod without a kubeconfig kubectl takes what the pod was given, too.
    return !files.some((file) => existsSync(file)) && existsSync(tokenFile) ? podConfig() : readKubeconfigs(files);
  } catch (error) {
    if (error instanceof KubeconfigError) throw new KubeError('UNAUTHENTICATED', error.message, { cause: error });
    const remedy = 'mount its token (automountServiceAccountToken), or name a kubeconfig';
    throw new KubeError('UNAUTHENTICATED', `${placeOf(access)} cannot be read: ${String(error)}; ${remedy}`, {
      cause: error,
    });
  }
}

function podConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

function contextIn(access: KubeAccess, config: KubeConfig): string {
  if (access.from === 'pod') return 'the pod; is this one of Kubernetes?';
  const names = config.getContexts().map(({ name }) => name);
  const current = config.getCurrentContext() ?? '';
  const which = current === '' ? 'no context, as none is chosen' : `context '${current}'`;
  if (names.length === 0) return `${which}; it has no context at all: name another kubeconfig`;
  const shown = names.slice(0, contextsShownMax).join(', ');
  return `${which}; choose one of ${shown}${names.length > contextsShownMax ? ', …' : ''}, or correct its cluster`;
}

function placeOf(access: KubeAccess): string {
  switch (access.from) {
    case 'pod':
      return 'the service account of the pod';
    case 'file':
      return access.path;
    case 'default':
      return kubeconfigFiles(access.env ?? process.env).join(', ');
  }
}
