/**
 * The public entry of what processes run on. In: options. Out: a log, a store and ways to neighbours: an embedded directory,
 * or Kafka and Cassandra, behind one type.
 */
export { advertisedAddress } from './advertised-address.ts';
export { type Backend, BackendError, type BackendParts, isBackendProblem } from './backend.ts';
export { type BackendOptions, backendOptions, backendProblems, type BackendValues } from './backend-options.ts';
export { retentionMsOf } from './embedded-options.ts';
export { hostPortProblem, hostPortsOption } from './host-port.ts';
export { isOnServers, openBackend } from './open-backend.ts';
export { openUnlessStopped } from './open-unless-stopped.ts';
export { type OnBackend, type RunOnBackend, runOnBackend } from './run-on-backend.ts';
