/**
 * A channel to one server. In: an address. Out: calls that fail with `RpcError`. It connects when it is first used and
 * again when it lost the connection, but repeats no call: whether to do so is for whoever knows what it means.
 */
import {
  type CallOptions as LibraryCallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  credentials,
} from '@grpc/grpc-js';
import { duplexCall } from './client-duplex.ts';
import { responsesOf } from './client-responses.ts';
import { errorOfCall, refusedBefore } from './error-of-call.ts';
import type { CallOptions, ClientTls, GrpcChannel, GrpcChannelOptions } from './grpc-client-types.ts';
import type { MessageCodec } from './service-definition.ts';

const deadlineMsDefault = 10_000;

/** Opens a channel; nothing is sent before the first call. */
export function connectGrpc(options: GrpcChannelOptions): GrpcChannel {
  const client = new Client(options.address, credentialsOf(options.tls), channelOptions(options));
  const codec = options.errorCodec;
  return {
    unary: async (method, service, request, call = {}) => {
      refusedBefore(call.signal);
      return await new Promise((resolve, reject) => {
        const under = client.makeUnaryRequest(
          `/${service}/${method.name}`,
          serializer(method.requestType),
          deserializer<never>(method.responseType),
          request,
          libraryOptions({ deadlineMs: deadlineMsDefault, ...call }),
          (error, response) => {
            stopListening();
            if (error === null) resolve(response as NonNullable<typeof response>);
            else reject(errorOfCall(error, codec));
          },
        );
        const stopListening = cancelOn(call.signal, under);
      });
    },
    serverStream: (method, service, request, call = {}) =>
      responsesOf(() => {
        refusedBefore(call.signal);
        const path = `/${service}/${method.name}`;
        const [write, read] = [serializer(method.requestType), deserializer<never>(method.responseType)];
        const under = client.makeServerStreamRequest(path, write, read, request, libraryOptions(call));
        return { stream: under, cancel: () => under.cancel(), stopListening: cancelOn(call.signal, under) };
      }, codec),
    duplex: (method, service, call = {}) => {
      refusedBefore(call.signal);
      const path = `/${service}/${method.name}`;
      const [write, read] = [serializer(method.requestType), deserializer<never>(method.responseType)];
      const under = client.makeBidiStreamRequest(path, write, read, libraryOptions(call));
      return duplexCall(under, cancelOn(call.signal, under), codec);
    },
    close: () => client.close(),
  };
}

function channelOptions(options: GrpcChannelOptions): ChannelOptions {
  const messageBytesMax = options.messageBytesMax ?? 4_194_304;
  return {
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': messageBytesMax,
    'grpc.keepalive_time_ms': options.keepaliveMs ?? 30_000,
    'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs ?? 10_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    // Channels of one process to one address otherwise share a connection, and its end.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5_000,
    // The default of 64 KiB stands still on long lines.
    'grpc-node.flow_control_window': 1_048_576,
    ...(options.tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': options.tls.serverName }),
  };
}

function credentialsOf(tls: ClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const authorities = tls.authorities === undefined ? null : Buffer.from(tls.authorities);
  if (tls.identity === undefined) return credentials.createSsl(authorities);
  const { certificate, key } = tls.identity;
  return credentials.createSsl(authorities, Buffer.from(key), Buffer.from(certificate));
}

function libraryOptions({ deadlineMs }: CallOptions): LibraryCallOptions {
  return deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
}

function serializer(codec: MessageCodec<unknown>): (message: unknown) => Buffer {
  return (message) => {
    const bytes = codec.encode(message).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function deserializer<Message>(codec: MessageCodec<unknown>): (bytes: Buffer) => Message {
  return (bytes) => codec.decode(bytes) as Message;
}

/** Cancels the call when the signal fires; the answer ends that. */
function cancelOn(signal: AbortSignal | undefined, call: { cancel(): void }): () => void {
  const cancel = (): void => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}
