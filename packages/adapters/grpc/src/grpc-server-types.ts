/**
 * What a server takes and gives. In: services, their descriptors, limits and the seams of the process. Out: a server
 * that can stop.
 */
import type { Clock, Health, Logger, Metrics } from '@tapeline/runtime';
import type { GrpcService } from './grpc-service.ts';
import type { ErrorCodec } from './rpc-error.ts';

/** Bounds of a server. */
export type GrpcLimits = {
  /** Bytes of one message, in both directions; a larger one is refused with MESSAGE_TOO_LARGE. */
  readonly messageBytesMax: number;
  /** Calls at once on one connection; HTTP/2 tells the client, which waits with more. */
  readonly streamsPerConnectionMax: number;
  /** Connections at once; one more is closed without an answer, and counted. */
  readonly connectionsMax: number;
  /** What one connection may hold in memory before it gets no further streams, MB; 64 if absent. */
  readonly sessionMegabytesMax?: number;
};

/** Certificate and key of a server, PEM. */
export type ServerTls = {
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
  /** If there: clients must show a certificate that one of these signed. */
  readonly clientAuthorities?: Uint8Array;
};

/** How silent peers are found. */
export type ServerKeepalive = {
  /** A connection is asked for a sign of life this often, ms; 30,000 if absent. */
  readonly everyMs?: number;
  /** One that gives none for this long is closed, ms; 10,000 if absent. */
  readonly timeoutMs?: number;
};

/** What a server needs. */
export type GrpcServerOptions = {
  /** Address to listen on, such as 127.0.0.1 or ::. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly services: readonly GrpcService[];
  /** A FileDescriptorSet for reflection: the services, grpc.health.v1, and all they import; empty = nothing is described. */
  readonly descriptorSet: Uint8Array;
  /** Served as grpc.health.v1: every part by its name, every service and the empty name for all. */
  readonly health: Health;
  readonly limits: GrpcLimits;
  readonly errorCodec: ErrorCodec;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tls?: ServerTls;
  readonly keepalive?: ServerKeepalive;
  /** For deadlines and graces; the machine's if absent. */
  readonly clock?: Clock;
};

/** A server that runs. */
export type GrpcServer = {
  /** The port it listens on. */
  readonly port: number;
  /** Takes no more connections and calls (UNAVAILABLE SHUTTING_DOWN); those under way go on. */
  stopAccepting(): void;
  /**
   * Stops accepting, tells streams to end, waits for all calls up to `graceMs` ms, then ends what is left with
   * UNAVAILABLE SHUTTING_DOWN and closes every connection. May be called again: it waits for the first.
   */
  close(graceMs: number): Promise<void>;
};
