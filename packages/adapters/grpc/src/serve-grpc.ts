/**
 * The gRPC server as every process has it. In: where the options want it, the seams of the process, services and the contract
 * they are of. Out: it serves, with health and reflection, or one sentence for a person says why it cannot listen.
 */
import {
  type GrpcOptions,
  type Health,
  listeningAt,
  type Logger,
  type Metrics,
  type OptionValues,
} from '@tapeline/runtime';
import type { GrpcLimits, GrpcServer, GrpcServerOptions } from './grpc-server-types.ts';
import { startGrpcServer } from './start-grpc-server.ts';

/** What it is served with. */
export type ServeGrpcOptions = Pick<GrpcServerOptions, 'services' | 'descriptorSet' | 'errorCodec' | 'limits'> & {
  /** Where; port 0 = any free one. */
  readonly at: OptionValues<GrpcOptions>;
  /** Of the process. */
  readonly on: { readonly logger: Logger; readonly metrics: Metrics; readonly health: Health };
};

/** Bounds of a server whose callers are programs of whoever uses the market. */
export const clientLimits: GrpcLimits = {
  messageBytesMax: 4_194_304,
  streamsPerConnectionMax: 128,
  connectionsMax: 1_024,
};

/** Bounds of a server whose callers are query processes. */
export const processLimits: GrpcLimits = {
  messageBytesMax: 4_194_304,
  streamsPerConnectionMax: 16,
  connectionsMax: 256,
};

/** Starts it. Rejects with `NotListeningError` if the address cannot be had. */
export function serveGrpc({ at, on, ...served }: ServeGrpcOptions): Promise<GrpcServer> {
  const [host, port] = [at['grpc-host'], at['grpc-port']];
  const { logger: log, metrics, health } = on;
  const starting = startGrpcServer({ ...served, host, port, log, metrics, health });
  return listeningAt({ server: 'grpc', host, port }, starting);
}
