/**
 * The one place that knows the inside of kafkajs. In: kafkajs 2.2.4, exactly. Out: its connection (framing, correlation,
 * timeouts, SASL, TLS) with hand-written types. Another version is refused, because nothing of this is its public
 * interface; the timer that spins in its request queue is stopped here, and replies that are none are caught.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { KafkaError } from './kafka-connection.ts';
import { guardReplies, type GuardedConnection } from './reply-guard.ts';

/** The logger that kafkajs's connection asks for. */
export type ConnectionLogger = {
  namespace(name: string): ConnectionLogger;
  debug(message: string, extra?: object): void;
  info(message: string, extra?: object): void;
  warn(message: string, extra?: object): void;
  error(message: string, extra?: object): void;
};

/** What makes a socket. */
export type SocketFactory = (place: {
  readonly host: string;
  readonly port: number;
  readonly ssl: object | undefined;
  readonly onConnect: () => void;
}) => Socket;

/** A login as kafkajs takes it. */
export type ConnectionLogin = { mechanism: string; username: string; password: string };

/** Everything that a connection is made with. */
export type ConnectionOptions = {
  readonly host: string;
  readonly port: number;
  readonly logger: ConnectionLogger;
  readonly socketFactory: SocketFactory;
  readonly clientId: string;
  readonly ssl: object | null;
  /** kafkajs keeps its state in it, so each connection needs its own. */
  readonly sasl: ConnectionLogin | null;
  /** ms */
  readonly requestTimeout: number;
  /** ms */
  readonly connectionTimeout: number;
};

/** An answer as it came, after the correlation id. */
export type RawReply = { readonly size: number; readonly payload: Buffer };

/** A request in kafkajs's queue: it settles exactly once, also when time runs out or the connection ends. */
export type PushedRequest = {
  readonly entry: {
    readonly apiKey: number;
    readonly apiName: string;
    readonly apiVersion: number;
    readonly correlationId: number;
    readonly resolve: (reply: RawReply) => void;
    readonly reject: (error: Error) => void;
  };
  readonly expectResponse: boolean;
  /** ms; the queue's own applies where it is longer. */
  readonly requestTimeout: number;
  readonly sendRequest: () => void;
};

type RequestQueue = {
  readonly pending: readonly unknown[];
  throttledUntil: number;
  push(request: PushedRequest): void;
  rejectAll(error: Error): void;
  destroy(): void;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
};

/** Least and highest version of each request, by its key, as a broker told. */
export type ApiVersions = Readonly<
  Record<number, { readonly minVersion: number; readonly maxVersion: number } | undefined>
>;

/** kafkajs's connection. */
export type Connection = {
  readonly socket: Socket | undefined;
  readonly requestQueue: RequestQueue;
  connect(): Promise<true>;
  disconnect(): Promise<true>;
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
  setVersions(versions: ApiVersions): void;
  setSupportAuthenticationProtocol(isSupported: boolean): void;
  send(request: object): Promise<unknown>;
};

type Internals = {
  readonly Connection: new (options: ConnectionOptions) => Connection;
  readonly apiVersionsRequest: () => object;
};

const kafkajsVersion = '2.2.4';
const apiVersionsVersion = 2;
let loaded: Internals | undefined;

/** Refuses every version but the one that this is made for, with `KafkaError` KAFKA_VERSION. */
export function checkKafkajsVersion(version: string): void {
  if (version === kafkajsVersion) return;
  throw new KafkaError(
    'KAFKA_VERSION',
    `kafkajs ${version} is installed, and this program is made for ${kafkajsVersion} alone; install that one`,
  );
}

/** A connection that is not connected yet. Throws `KafkaError` KAFKA_VERSION. */
export function newConnection(options: ConnectionOptions): Connection {
  return new (internals().Connection)(options);
}

/** Asks a connected broker which versions it speaks. */
export async function askVersions(connection: Connection): Promise<ApiVersions> {
  const reply = (await connection.send(internals().apiVersionsRequest())) as {
    readonly apiVersions: readonly { apiKey: number; minVersion: number; maxVersion: number }[];
  };
  return Object.fromEntries(reply.apiVersions.map((version) => [version.apiKey, version]));
}

/** The inside of kafkajs, with its timer stopped and its replies guarded. Throws `KafkaError` KAFKA_VERSION for another version. */
export function internals(): Internals {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  checkKafkajsVersion((require('kafkajs/package.json') as { readonly version: string }).version);
  const requests = require('kafkajs/src/protocol/requests') as {
    readonly requests: Record<'ApiVersions', { protocol(asked: { version: number }): () => object }>;
  };
  stopIdleTimer((require('kafkajs/src/network/requestQueue') as { readonly prototype: RequestQueue }).prototype);
  const connections = require('kafkajs/src/network/connection') as Internals['Connection'];
  guardReplies(connections.prototype as unknown as GuardedConnection);
  loaded = {
    Connection: connections,
    apiVersionsRequest: requests.requests.ApiVersions.protocol({ version: apiVersionsVersion }),
  };
  return loaded;
}

/**
 * Without this each reply leaves a timer of 1 ms that arms itself again for as long as the process lives. It is needed
 * only while requests wait or the broker asked for a pause.
 */
function stopIdleTimer(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function scheduleIfNeeded(this: RequestQueue): void {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    schedule.call(this);
  };
}
