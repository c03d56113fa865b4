/**
 * gRPC, the only importer of its libraries. In: services of the contract with their handlers, or an address. Out: a
 * server with limits, reflection and health, or a channel to one. Errors are `RpcError` on both sides.
 */
export { connectGrpc } from './connect-grpc.ts';
export { Encoded } from './encoded.ts';
export { grpcService } from './grpc-service.ts';
export type { GrpcService, ServiceOptions } from './grpc-service.ts';
export type { CallOptions, ClientTls, DuplexCall, GrpcChannel, GrpcChannelOptions } from './grpc-client-types.ts';
export type { GrpcLimits, GrpcServer, GrpcServerOptions, ServerKeepalive, ServerTls } from './grpc-server-types.ts';
export { RpcError } from './rpc-error.ts';
export type { ErrorCodec, ErrorDetails } from './rpc-error.ts';
export { rpcStatuses } from './rpc-status.ts';
export type { RpcStatus } from './rpc-status.ts';
export { clientLimits, processLimits, serveGrpc } from './serve-grpc.ts';
export type { ServeGrpcOptions } from './serve-grpc.ts';
export type {
  GrpcCall,
  HandlerOf,
  Implementation,
  MessageCodec,
  MethodDefinition,
  RequestOf,
  ResponseOf,
  ResponseStream,
  ServiceDefinition,
} from './service-definition.ts';
export { startGrpcServer } from './start-grpc-server.ts';
