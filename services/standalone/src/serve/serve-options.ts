/**
 * The options of `tapeline serve`: its own, and those of every service that it runs. In: text. Out: one table, from
 * which flags and environment are read and the help is written. A name that two services claim is a defect, which the
 * test of this file finds.
 */
import { type FeedOptions, feedOptions } from '@tapeline/feed';
import { ingestOptions } from '@tapeline/ingest';
import { queryOptions } from '@tapeline/query';
import {
  bytesOption,
  choiceOption,
  durationOption,
  integerOption,
  type LogFormat,
  logFormats,
  type LogLevel,
  logLevels,
  type Option,
  type OptionValues,
  type OptionWithDefault,
  switchOption,
  textOption,
} from '@tapeline/runtime';
import { workerOptions } from '@tapeline/worker';

const portMax = 65_535;

/** What standalone itself can be told. */
export type MarketOptions = {
  readonly once: OptionWithDefault<boolean>;
  readonly 'data-dir': OptionWithDefault<string>;
  readonly 'grpc-port': OptionWithDefault<number>;
  readonly 'grpc-host': OptionWithDefault<string>;
  readonly partitions: OptionWithDefault<number>;
  readonly retention: OptionWithDefault<number>;
  readonly quota: Option<number>;
  readonly grace: OptionWithDefault<number>;
  readonly 'log-level': OptionWithDefault<LogLevel>;
  readonly 'log-format': OptionWithDefault<LogFormat>;
};

/** They, in the order of the help. */
export const marketOptions: MarketOptions = {
  once: switchOption({ help: 'Ends when the feed has ended, with one line of JSON that counts what was done.' }),
  'data-dir': textOption({
    placeholder: 'DIR',
    env: 'TAPELINE_DATA_DIR',
    charsMax: 4_096,
    default: 'tapeline-data',
    help: 'Where log, bars and snapshots are kept; made if it is not there. One process at a time.',
  }),
  'grpc-port': integerOption({
    env: 'TAPELINE_GRPC_PORT',
    min: 0,
    max: portMax,
    default: 50_051,
    help: 'Port of gRPC; 0 = any free one.',
  }),
  'grpc-host': textOption({
    placeholder: 'ADDRESS',
    env: 'TAPELINE_GRPC_HOST',
    charsMax: 255,
    default: '127.0.0.1',
    help: 'Address on which gRPC is served; :: = from everywhere. There is no login yet: open it only to a network you trust.',
  }),
  partitions: integerOption({
    env: 'TAPELINE_PARTITIONS',
    min: 1,
    max: 256,
    default: 4,
    help: 'Partitions of a new data directory; one that is there has to be opened with its own.',
  }),
  retention: durationOption({
    env: 'TAPELINE_RETENTION',
    min: '1h',
    max: '3650d',
    default: '7d',
    help: 'How long the log keeps its records; bars and trades stay.',
  }),
  quota: bytesOption({
    env: 'TAPELINE_QUOTA',
    min: '64MiB',
    max: '65536GiB',
    placeholder: '20GiB',
    help: 'What log and store may take together. Default: the disk is the limit.',
  }),
  grace: durationOption({
    env: 'TAPELINE_GRACE',
    min: '0s',
    max: '10m',
    default: '10s',
    help: 'How long a stop may take to settle what is under way.',
  }),
  'log-level': choiceOption(logLevels, {
    env: 'TAPELINE_LOG_LEVEL',
    default: 'warn',
    help: 'Which log lines go to standard error.',
  }),
  'log-format': choiceOption(logFormats, { env: 'TAPELINE_LOG_FORMAT', default: 'text', help: 'How log lines look.' }),
};

/** Every option of the command. */
export type ServeOptions = FeedOptions &
  MarketOptions &
  typeof ingestOptions &
  typeof workerOptions &
  typeof queryOptions;

/** The tables it is made of, for the test that no two claim one name. */
export const optionTables: readonly object[] = [feedOptions, marketOptions, queryOptions, ingestOptions, workerOptions];

/** The table, in the order of the help. */
export const serveOptions: ServeOptions = {
  ...feedOptions,
  ...marketOptions,
  ...queryOptions,
  ...ingestOptions,
  ...workerOptions,
};

/** Its values. */
export type ServeSettings = OptionValues<ServeOptions>;
