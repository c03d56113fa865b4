/**
 * The public entry of the operator: what tests and the image use. In: nothing. Out: both definitions, the reasons of every
 * condition, and a round on either kind.
 */
export { definitionFiles } from './crd/definition-files.ts';
export { openServers, type ServersParts } from './apply/open-servers.ts';
export type { KafkaPort, KeyspacePort, NewTopics, Servers } from './apply/ports.ts';
export { reconcileStore } from './apply/reconcile-store.ts';
export { reconcileStream, type RoundParts } from './apply/reconcile-stream.ts';
export { RoundWaits } from './apply/round-waits.ts';
export { tickStoreType, tickStreamType } from './crd/group.ts';
export { type StoreConditionType, storeReasons } from './decide/store-reasons.ts';
export { type StreamConditionType, streamReasons } from './decide/stream-reasons.ts';
export { bookOf } from './observe/read-secrets.ts';
export { runOperator } from './run-operator.ts';
