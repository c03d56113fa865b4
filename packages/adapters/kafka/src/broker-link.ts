/**
 * One connection to one broker. In: requests as bytes. Out: replies as bytes, or why there is none. It ends for good
 * with the first request that is not answered in time, because nobody can say what such a connection still does; whoever
 * wants to go on opens another.
 */
import type { Logger } from '@tapeline/runtime';
import { kafkajsErrors } from './kafkajs-errors.ts';
import { ByteWriter } from './byte-writer.ts';
import { connectionLogger, loginOf, newSocket, tlsOf } from './kafkajs-client.ts';
import { type HostPort, type KafkaConnection, KafkaError } from './kafka-connection.ts';
import { type ApiVersions, askVersions, type Connection, newConnection, type RawReply } from './kafkajs-protocol.ts';
import { LinkError } from './link-error.ts';
import { startErrorOf } from './start-errors.ts';
import { type Api, apis } from './wire-requests.ts';

/** What a link is made with. */
export type LinkOptions = {
  readonly connection: KafkaConnection;
  readonly connectTimeoutMs: number;
  readonly logger: Logger;
};

/** What every broker must speak. */
const needed: readonly Api[] = [apis.produceByName, apis.fetch, apis.listOffsets, apis.metadata, apis.initProducerId];

/** An open connection. */
export class BrokerLink {
  readonly place: HostPort;
  readonly #connection: Connection;
  readonly #clientId: string;
  readonly #hasLogin: boolean;
  readonly #versions: ApiVersions;
  #ended = false;
  #hasAnswered = false;

  private constructor(place: HostPort, connection: Connection, options: LinkOptions, versions: ApiVersions) {
    this.place = place;
    this.#connection = connection;
    this.#clientId = options.connection.clientId;
    this.#hasLogin = options.connection.sasl !== undefined;
    this.#versions = versions;
  }

  /** Connects and logs in. Rejects with `KafkaError` that says what is in the way. */
  static async open(place: HostPort, options: LinkOptions): Promise<BrokerLink> {
    const { connection: settings, connectTimeoutMs, logger } = options;
    const connection = newConnection({
      ...place,
      clientId: settings.clientId,
      logger: connectionLogger(logger),
      socketFactory: newSocket,
      ssl: tlsOf(settings.tls) ?? null,
      sasl: loginOf(settings),
      connectionTimeout: connectTimeoutMs,
      requestTimeout: connectTimeoutMs,
    });
    try {
      await connection.connect();
      const versions = await askVersions(connection);
      checkVersions(place, versions);
      connection.setVersions(versions);
      connection.setSupportAuthenticationProtocol(true);
      await connection.authenticate();
      return new BrokerLink(place, connection, options, versions);
    } catch (error) {
      drop(connection, new LinkError('the connection could not be opened', false));
      throw startErrorOf(error, place, options);
    }
  }

  /** Whether requests can still be sent. */
  get isOpen(): boolean {
    return !this.#ended && this.#connection.isConnected();
  }

  /** Whether batches go to topics by their id. */
  get producesById(): boolean {
    return (this.#versions[apis.produce.key]?.maxVersion ?? 0) >= apis.produce.version;
  }

  /** Sends a request and resolves with the reply after its correlation id. Rejects with `LinkError`. */
  async send(api: Api, body: readonly Uint8Array[], timeoutMs: number): Promise<Buffer> {
    // Logins may end while a connection lives; asking is free where there is none.
    if (this.#hasLogin && !this.#connection.isAuthenticated()) await this.#logIn();
    if (!this.isOpen) throw new LinkError(`the connection to ${this.#name()} has ended`, false);
    const correlationId = this.#connection.nextCorrelationId();
    const pieces = framed(api, correlationId, this.#clientId, body);
    try {
      const { payload } = await new Promise<RawReply>((resolve, reject) => {
        this.#connection.requestQueue.push({
          entry: { apiKey: api.key, apiName: api.name, apiVersion: api.version, correlationId, resolve, reject },
          expectResponse: true,
          requestTimeout: timeoutMs,
          sendRequest: () => this.#write(pieces),
        });
      });
      this.#hasAnswered = true;
      return payload;
    } catch (error) {
      // A broker that asks for a login ends the connection at the first request without saying why.
      const isSilent = error instanceof kafkajsErrors.KafkaJSRequestTimeoutError;
      const hint = isSilent || this.#hasAnswered || this.#hasLogin ? '' : '; does it ask for a login?';
      const message = `${api.name} had no reply from ${this.#name()}: ${(error as Error).message}${hint}`;
      const ended = new LinkError(message, true, { cause: error });
      this.#end(ended);
      throw ended;
    }
  }

  /** Ends it; requests under way reject. */
  close(): void {
    this.#end(new LinkError(`the connection to ${this.#name()} was closed`, true));
  }

  async #logIn(): Promise<void> {
    try {
      await this.#connection.authenticate();
    } catch (error) {
      const ended = new LinkError(`${this.#name()} refused the login again: ${(error as Error).message}`, false, {
        cause: error,
      });
      this.#end(ended);
      throw ended;
    }
  }

  #write(pieces: readonly Uint8Array[]): void {
    const { socket } = this.#connection;
    if (socket === undefined) throw new LinkError(`there is no socket to ${this.#name()}`, false);
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
  }

  #end(error: LinkError): void {
    if (this.#ended) return;
    this.#ended = true;
    drop(this.#connection, error);
  }

  #name(): string {
    return `${this.place.host}:${this.place.port}`;
  }
}

function framed(api: Api, correlationId: number, clientId: string, body: readonly Uint8Array[]): readonly Uint8Array[] {
  const head = new ByteWriter().int16(api.key).int16(api.version).int32(correlationId).oldText(clientId).noTags();
  const length = body.reduce((sum, piece) => sum + piece.length, head.written.length);
  return [new ByteWriter().int32(length).raw(head.written).written, ...body];
}

function checkVersions({ host, port }: HostPort, versions: ApiVersions): void {
  const missing = needed.find(({ key, version }) => {
    const spoken = versions[key];
    return spoken === undefined || spoken.maxVersion < version || spoken.minVersion > version;
  });
  if (missing === undefined) return;
  throw new KafkaError(
    'KAFKA_VERSION',
    `the Kafka broker at ${host}:${port} does not speak ${missing.name} version ${missing.version}; use Apache Kafka 4`,
  );
}

/** Rejects what waits and takes the socket away at once: a broker that is silent would not answer a goodbye either. */
function drop(connection: Connection, error: Error): void {
  connection.requestQueue.rejectAll(error);
  connection.requestQueue.destroy();
  // Its goodbye has nothing to tell us.
  void Promise.allSettled([connection.disconnect()]);
  connection.socket?.destroy();
}
