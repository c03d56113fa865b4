/**
 * The public entry of the query service: what standalone wires and tests use. In: a log, a store, forming bars and a
 * configuration. Out: handlers for gRPC, and HTTP with the page.
 */
export { type RemoteForming, startRemoteForming } from './bars/remote-forming-bars.ts';
export type { MoveJson, PlacementJson, PlacementPartitionJson, RatedJson } from './placement/placement-json.ts';
export type { PlacementSource } from './placement/placement-source.ts';
export {
  type QueryConfig,
  queryConfigDefaults,
  queryConfigOf,
  queryOptions,
  type QueryOptions,
} from './query-config.ts';
export type {
  FeedStatusJson,
  PartitionStatusJson,
  Query,
  QueryOptionsOfProcess,
  QueryService,
  StatusJson,
} from './query-parts.ts';
export { startQuery } from './start-query.ts';
