/**
 * kafkajs's public client, set up our way. In: a connection and a logger. Out: its client for topics and groups, with
 * its lines brought to our log at a sane level: it calls errors what it then cures by itself.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Logger } from '@tapeline/runtime';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { tellClientLine } from './client-lines.ts';
import { addressesOf, type KafkaConnection, type KafkaTls } from './kafka-connection.ts';
import { type ConnectionLogger, type ConnectionLogin, internals, type SocketFactory } from './kafkajs-protocol.ts';

/** How long kafkajs waits and tries. */
export type ClientPatience = {
  /** Wait for a connection, ms. */
  readonly connectionTimeoutMs: number;
  /** Wait for a reply, ms. */
  readonly requestTimeoutMs: number;
  /** How often it tries again by itself. */
  readonly retries: number;
};

const keepAliveMs = 30_000;

/** kafkajs's client. Throws `KafkaError` KAFKA_OPTION or KAFKA_VERSION. */
export function kafkajsClient(connection: KafkaConnection, logger: Logger, patience: ClientPatience): Kafka {
  // Stops the idle timer and guards replies for this client too.
  internals();
  const config: KafkaConfig = {
    clientId: connection.clientId,
    brokers: addressesOf(connection).map(({ host, port }) => `${host}:${port}`),
    connectionTimeout: patience.connectionTimeoutMs,
    requestTimeout: patience.requestTimeoutMs,
    retry: { retries: patience.retries, initialRetryTime: 100, maxRetryTime: 2_000 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => tellClientLine(logger, entry),
    socketFactory: ({ host, port, ssl, onConnect }) => newSocket({ host, port, ssl, onConnect }),
  };
  const ssl = tlsOf(connection.tls);
  if (ssl !== undefined) config.ssl = ssl;
  const sasl = loginOf(connection);
  // kafkajs types the mechanism and its fields as one union; ours are three of its members.
  if (sasl !== null) config.sasl = sasl as NonNullable<KafkaConfig['sasl']>;
  return new Kafka(config);
}

/** Sockets that send at once: a small request does not wait for the reply to the one before. */
export const newSocket: SocketFactory = ({ host, port, ssl, onConnect }): Socket => {
  const socket =
    ssl === undefined || ssl === null
      ? connectPlain({ host, port, noDelay: true }, onConnect)
      : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
};

/** TLS options as Node takes them; absent = no TLS. */
export function tlsOf(tls: KafkaTls | undefined): object | undefined {
  return tls === undefined ? undefined : { ...tls };
}

/** A login as kafkajs takes it, new at each call. */
export function loginOf({ sasl }: KafkaConnection): ConnectionLogin | null {
  return sasl === undefined ? null : { ...sasl };
}

/** A logger for kafkajs's connections: everything of theirs is detail, as our own lines tell what matters. */
export function connectionLogger(logger: Logger): ConnectionLogger {
  const detail = (message: string, extra: object = {}): void => {
    const { error } = extra as { readonly error?: unknown };
    logger.debug('a connection to Kafka reports', { detail: message, ...(typeof error === 'string' ? { error } : {}) });
  };
  const silent = (): void => undefined;
  const made: ConnectionLogger = { namespace: () => made, debug: silent, info: silent, warn: detail, error: detail };
  return made;
}
