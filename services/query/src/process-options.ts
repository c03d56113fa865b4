/**
 * What can be set of a process that runs queries alone. In: flags and environment. Out: one table: what it runs on, which
 * bars there are, where it serves, what is logged, and queries themselves.
 */
import { type BackendOptions, backendOptions } from '@tapeline/backend';
import {
  type GrpcOptions,
  grpcOptionsOf,
  listOption,
  type Option,
  type OptionWithDefault,
  type ProcessOptions,
  processOptions,
  textOption,
} from '@tapeline/runtime';
import { queryConfigDefaults, type QueryOptions, queryOptions } from './query-config.ts';

const grpcPort = 50_052;
const pathCharsMax = 4_096;

/** Names and kinds of the options that are of the process alone. */
type PageOptions = {
  readonly intervals: OptionWithDefault<readonly string[]>;
  readonly profiles: OptionWithDefault<readonly string[]>;
  readonly 'web-root': Option<string>;
};

/** Names and kinds of the options. */
export type QueryProcessOptions = BackendOptions & PageOptions & GrpcOptions & ProcessOptions & QueryOptions;

const pageOptions: PageOptions = {
  intervals: listOption({
    help: 'Intervals of the bars that workers make.',
    env: 'TAPELINE_INTERVALS',
    default: queryConfigDefaults.intervals.join(','),
    itemsMax: 16,
    itemCharsMax: 8,
  }),
  profiles: listOption({
    help: 'Profiles of the bars that workers make.',
    env: 'TAPELINE_PROFILES',
    default: queryConfigDefaults.profiles.join(','),
    itemsMax: 8,
    itemCharsMax: 8,
  }),
  'web-root': textOption({
    help: 'Folder with the built page; without it there is none.',
    env: 'TAPELINE_WEB_ROOT',
    charsMax: pathCharsMax,
    placeholder: 'DIR',
  }),
};

/** The options, in the order of the help. */
export const queryProcessOptions: QueryProcessOptions = {
  ...backendOptions,
  ...pageOptions,
  ...grpcOptionsOf(grpcPort),
  ...processOptions,
  ...queryOptions,
};
