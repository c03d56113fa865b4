/**
 * The API over HTTP. In: a cluster that was chosen. Out: the seam `KubeApi`. Of the client library it uses what reads
 * kubeconfigs and speaks HTTP; its informers, which end for good with the first broken connection, it does not.
 */
import type { Clock } from '@tapeline/runtime';
import { type CallFacts, Exchange } from './http-exchange.ts';
import { watchOverHttp } from './http-watch.ts';
import type { Cluster } from './kube-access.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeApi,
  ListOptions,
  ObjectList,
  WatchEnd,
  WatchOptions,
  WriteOptions,
} from './kube-api.ts';
import { KubeError } from './kube-error.ts';
import { keyOf, keyText, type KubeObject, type ObjectKey, type ResourceType } from './kube-object.ts';
import { asList, asObject } from './object-shape.ts';
import { pathOfObject, pathOfType, selectionQuery } from './request-path.ts';
import { isObjectMissing } from './status-error.ts';

/** What the API needs, and who is told of what it does. */
export type KubeApiOptions = {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Told of every answer; for metrics. */
  readonly onCall?: (facts: CallFacts) => void;
  /** Told when the server warns about what was sent, for example of a field that it does not know and dropped. */
  readonly onWarning?: (what: string, warning: string) => void;
};

const missing = Symbol('missing');

/** Opens nothing yet: the first call does. It needs no closing; idle connections end by themselves within seconds. */
export function openKubeApi(options: KubeApiOptions): KubeApi {
  return new HttpKubeApi(new Exchange(options));
}

class HttpKubeApi implements KubeApi {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  async get(type: ResourceType, key: ObjectKey, options: CallOptions = {}): Promise<KubeObject | undefined> {
    const what = `get ${named(type, key)}`;
    const answer = await this.#exchange.ask(
      { what, type, method: 'GET', path: pathOfObject(type, key) },
      options,
      (failed) => (isObjectMissing(failed) ? missing : undefined),
    );
    return answer === missing ? undefined : asObject(what, type, answer);
  }

  async list(type: ResourceType, options: ListOptions = {}): Promise<ObjectList> {
    const what = `list ${type.plural}`;
    const query = selectionQuery(options);
    if (options.limit !== undefined) query['limit'] = String(options.limit);
    if (options.continue !== undefined) query['continue'] = options.continue;
    const path = pathOfType(type, options.namespace);
    return asList(what, type, await this.#exchange.ask({ what, type, method: 'GET', path, query }, options));
  }

  async watch(type: ResourceType, options: WatchOptions): Promise<WatchEnd> {
    return await watchOverHttp(this.#exchange, type, options);
  }

  async apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const key = keyOf(object);
    const what = `apply ${named(type, key)}`;
    const query = writeQuery(options);
    if (options.force) query['force'] = 'true';
    // JSON is YAML, and the API takes no other name for this.
    const body = { contentType: 'application/apply-patch+yaml', value: object };
    const path = pathOfObject(type, key, options.subresource);
    return asObject(what, type, await this.#exchange.ask({ what, type, method: 'PATCH', path, query, body }, options));
  }

  async create(type: ResourceType, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const key = keyOf(object);
    const what = `create ${named(type, key)}`;
    if (options.subresource !== undefined)
      throw new KubeError('INVALID', `${what}: ${options.subresource} is not created`);
    if (type.isNamespaced && key.namespace === undefined) {
      throw new KubeError('INVALID', `${what}: it was named without its namespace; give one`);
    }
    const body = { contentType: 'application/json', value: object };
    const path = pathOfType(type, key.namespace);
    const asked = { what, type, method: 'POST', path, query: writeQuery(options), body } as const;
    return asObject(what, type, await this.#exchange.ask(asked, options));
  }

  async patch(
    type: ResourceType,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const what = `patch ${named(type, key)}`;
    const body = { contentType: 'application/merge-patch+json', value: patch };
    const path = pathOfObject(type, key, options.subresource);
    const asked = { what, type, method: 'PATCH', path, query: writeQuery(options), body } as const;
    return asObject(what, type, await this.#exchange.ask(asked, options));
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<boolean> {
    const what = `delete ${named(type, key)}`;
    const value = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation ?? 'Background',
      ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
      ...(options.dryRun === true ? { dryRun: ['All'] } : {}),
    };
    const asked = {
      what,
      type,
      method: 'DELETE',
      path: pathOfObject(type, key),
      body: { contentType: 'application/json', value },
    } as const;
    const answer = await this.#exchange.ask(asked, options, (failed) =>
      isObjectMissing(failed) ? missing : undefined,
    );
    return answer !== missing;
  }
}

function named(type: ResourceType, key: ObjectKey): string {
  return `${type.kind} ${keyText(key)}`;
}

function writeQuery(options: WriteOptions): Record<string, string> {
  const query: Record<string, string> = {};
  if (options.fieldManager !== undefined) query['fieldManager'] = options.fieldManager;
  if (options.dryRun === true) query['dryRun'] = 'All';
  return query;
}
