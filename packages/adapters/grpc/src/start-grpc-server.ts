/**
 * The gRPC server of a process. In: services, limits, seams. Out: it listens, or a `ListenError`; it ends in order: no
 * new calls, a word to every stream, a grace, then the rest is cut.
 */
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { type Clock, systemClock } from '@tapeline/runtime';
import { createCallMetrics } from './call-metrics.ts';
import { openGate } from './connection-gate.ts';
import type { GrpcServer, GrpcServerOptions, ServerTls } from './grpc-server-types.ts';
import type { GrpcService, ServedMethod } from './grpc-service.ts';
import { healthService } from './health-service.ts';
import { OpenCalls } from './open-calls.ts';
import { reflectionServices } from './reflection-services.ts';
import { callOf } from './call-of.ts';
import { type Serving, serveDuplex, serveServerStream, serveUnary } from './serve-call.ts';
import type { GrpcCall, Requests, ResponseStream } from './service-definition.ts';

const sessionMegabytesDefault = 64;

/** How long trailers may take to leave when the grace is over, ms. */
const lastWordsMs = 250;

/** Starts it. Rejects with `ListenError`; throws `RangeError` for a descriptor set that is none. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const clock = options.clock ?? systemClock;
  const metrics = createCallMetrics(options.metrics);
  const health = healthService(
    options.health,
    options.services.map(({ name }) => name),
  );
  const own = [...options.services, health.service];
  const reflection = reflectionServices(
    options.descriptorSet,
    own.map(({ name }) => name),
  );
  const services = [...own, ...reflection];
  const calls = new OpenCalls({
    errorCodec: options.errorCodec,
    messageBytesMax: options.limits.messageBytesMax,
    clock,
    metrics,
    deadlines: deadlinesOf(services),
  });
  const server = createServer(options, calls);
  const sent = (method: string) => () => metrics.message(method, 'sent', 1);
  for (const service of services) {
    for (const method of service.methods)
      register(server, service.name, method, servingOf(options, clock, calls, sent));
  }
  const injector = server.createConnectionInjector(credentialsOf(options.tls));
  const gate = await openGate({
    host: options.host,
    port: options.port,
    connectionsMax: options.limits.connectionsMax,
    connected: (socket) => injector.injectConnection(socket),
    counted: metrics.connections,
    refused: metrics.connectionRefused,
    failed: (error) => options.log.debug('a gRPC connection broke', { error }),
  });
  const stopAccepting = (): void => {
    health.close();
    calls.refuse();
    void gate.close();
    // GOAWAY on every connection; it stays until its calls end.
    injector.destroy();
  };
  const end = async (graceMs: number): Promise<void> => {
    stopAccepting();
    calls.tellStreams();
    await within(clock, calls.empty(), graceMs);
    calls.failAll();
    await within(clock, gate.close(), lastWordsMs);
    server.forceShutdown();
    gate.cut();
    await gate.close();
  };
  let ended: Promise<void> | undefined;
  return {
    port: gate.port,
    stopAccepting,
    close: async (graceMs) => {
      ended ??= end(graceMs);
      await ended;
    },
  };
}

function createServer({ limits, keepalive }: GrpcServerOptions, calls: OpenCalls): Server {
  return new Server({
    'grpc.max_receive_message_length': limits.messageBytesMax,
    'grpc.max_send_message_length': limits.messageBytesMax,
    'grpc.max_concurrent_streams': limits.streamsPerConnectionMax,
    'grpc.keepalive_time_ms': keepalive?.everyMs ?? 30_000,
    'grpc.keepalive_timeout_ms': keepalive?.timeoutMs ?? 10_000,
    'grpc-node.max_session_memory': limits.sessionMegabytesMax ?? sessionMegabytesDefault,
    interceptors: [calls.interceptor],
  });
}

function credentialsOf(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const authorities = tls.clientAuthorities === undefined ? null : Buffer.from(tls.clientAuthorities);
  const pair = { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(authorities, [pair], authorities !== null);
}

function deadlinesOf(services: readonly GrpcService[]): ReadonlyMap<string, GrpcService['deadlines']> {
  return new Map(
    services.flatMap(({ name, methods, deadlines }) =>
      methods.map(({ definition }) => [`/${name}/${definition.name}`, deadlines] as const),
    ),
  );
}

type LibraryCall =
  | ServerUnaryCall<Uint8Array, Uint8Array>
  | ServerWritableStream<Uint8Array, Uint8Array>
  | ServerDuplexStream<Uint8Array, Uint8Array>;
type ServingOf = (from: LibraryCall, method: ServedMethod) => Serving;

function servingOf(
  { log }: GrpcServerOptions,
  clock: Clock,
  calls: OpenCalls,
  sent: (method: string) => () => void,
): ServingOf {
  return (from, { definition }) => {
    const guard = calls.guardOf(from.metadata);
    const { requestType, responseType } = definition;
    return { guard, log, call: callOf(guard, from, clock), requestType, responseType, sent: sent(guard.parts.method) };
  };
}

/** The types of a handler were compared with its definition in `grpcService`; here they are all alike. */
function register(server: Server, service: string, method: ServedMethod, serving: ServingOf): void {
  const { name, requestStream, responseStream } = method.definition;
  const path = `/${service}/${name}`;
  if (requestStream && responseStream) {
    const handler = method.handler as (requests: Requests<unknown>, call: GrpcCall) => ResponseStream<unknown>;
    const serve = (from: ServerDuplexStream<Uint8Array, Uint8Array>): void =>
      void serveDuplex(serving(from, method), from, handler);
    server.register(path, serve, asBuffer, asBytes, 'bidi');
  } else if (responseStream) {
    const handler = method.handler as (request: unknown, call: GrpcCall) => ResponseStream<unknown>;
    const serve = (from: ServerWritableStream<Uint8Array, Uint8Array>): void =>
      void serveServerStream(serving(from, method), from, handler);
    server.register(path, serve, asBuffer, asBytes, 'serverStream');
  } else {
    const handler = method.handler as (request: unknown, call: GrpcCall) => Promise<unknown>;
    const serve = (from: ServerUnaryCall<Uint8Array, Uint8Array>, answer: sendUnaryData<Uint8Array>): void =>
      void serveUnary(serving(from, method), from, answer, handler);
    server.register(path, serve, asBuffer, asBytes, 'unary');
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asBytes(bytes: Buffer): Uint8Array {
  return bytes;
}

/** Waits for the work, at most `ms`. */
async function within(clock: Clock, work: Promise<void>, ms: number): Promise<void> {
  const stop = new AbortController();
  await Promise.race([work, clock.sleep(ms, stop.signal)]);
  stop.abort();
}
