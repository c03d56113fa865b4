/**
 * The options of `tapeline serve`: its own, and those of every service that it runs. In: text. Out: one table, from
 * which flags and environment are read and the help is written. A name that two services claim is a defect, which the
 * test of this file finds.
 */
import { type BackendOptions, backendOptions } from '@tapeline/backend';
import { type FeedOptions, feedOptions } from '@tapeline/feed';
import { ingestOptions } from '@tapeline/ingest';
import { queryOptions } from '@tapeline/query';
import {
  type GrpcOptions,
  grpcOptionsOf,
  type OptionValues,
  type OptionWithDefault,
  type ProcessOptions,
  processOptionsOf,
  switchOption,
} from '@tapeline/runtime';
import { workerOptions } from '@tapeline/worker';
import { type PlacementOptions, placementOptions } from '../placement/placement-options.ts';

const grpcPort = 50_051;

/** What standalone itself can be told. */
export type MarketOptions = { readonly once: OptionWithDefault<boolean> } & BackendOptions &
  GrpcOptions &
  ProcessOptions;

/** They, in the order of the help. */
export const marketOptions: MarketOptions = {
  once: switchOption({ help: 'Ends when the feed has ended, with one line of JSON that counts what was done.' }),
  ...backendOptions,
  ...grpcOptionsOf(grpcPort),
  // Its screen says what matters; the log is for what goes wrong.
  ...processOptionsOf('warn'),
};

/** Every option of the command. */
export type ServeOptions = FeedOptions &
  MarketOptions &
  PlacementOptions &
  typeof ingestOptions &
  typeof workerOptions &
  typeof queryOptions;

/** The tables it is made of, for the test that no two claim one name. */
export const optionTables: readonly object[] = [
  feedOptions,
  marketOptions,
  placementOptions,
  queryOptions,
  ingestOptions,
  workerOptions,
];

/** The table, in the order of the help. */
export const serveOptions: ServeOptions = {
  ...feedOptions,
  ...marketOptions,
  ...placementOptions,
  ...queryOptions,
  ...ingestOptions,
  ...workerOptions,
};

/** Its values. */
export type ServeSettings = OptionValues<ServeOptions>;
