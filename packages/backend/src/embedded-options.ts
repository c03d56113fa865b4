/**
 * What can be set of how records are kept, on whatever it runs. In: flags and environment. Out: the directory of the
 * embedded log and store, and the bounds that a new log is made with.
 */
import { streamPartitionsMax } from '@tapeline/domain';
import {
  bytesOption,
  durationOption,
  integerOption,
  type Option,
  type OptionValues,
  type OptionWithDefault,
  textOption,
} from '@tapeline/runtime';

/** Characters of a path at most. */
export const pathCharsMax = 4_096;

/** What the log keeps records for where nobody says otherwise, ms. */
const retentionMsDefault = 604_800_000;

/** Names and kinds of the options. */
export type KeepingOptions = {
  readonly 'data-dir': OptionWithDefault<string>;
  readonly partitions: OptionWithDefault<number>;
  readonly retention: Option<number>;
  readonly quota: Option<number>;
};

/** The options. */
export const keepingOptions: KeepingOptions = {
  'data-dir': textOption({
    placeholder: 'DIR',
    env: 'TAPELINE_DATA_DIR',
    charsMax: pathCharsMax,
    default: 'tapeline-data',
    help: 'Where log, bars and snapshots are kept; made if it is not there. One process at a time. With --kafka only what feeds note is there.',
  }),
  partitions: integerOption({
    env: 'TAPELINE_PARTITIONS',
    min: 1,
    max: streamPartitionsMax,
    default: 4,
    help: 'Partitions of a new data directory or of new topics; a directory that is there has to be opened with its own, topics that are there keep theirs.',
  }),
  retention: durationOption({
    env: 'TAPELINE_RETENTION',
    min: '1h',
    max: '3650d',
    placeholder: '7d',
    help: 'How long the log keeps its records; bars and trades stay. Default: 7d; topics that are there keep their own unless it is given.',
  }),
  quota: bytesOption({
    env: 'TAPELINE_QUOTA',
    min: '64MiB',
    max: '65536GiB',
    placeholder: '20GiB',
    help: 'What log and store in the data directory may take together. Default: the disk is the limit.',
  }),
};

/** How long the log keeps its records, ms. */
export function retentionMsOf({ retention }: Pick<OptionValues<KeepingOptions>, 'retention'>): number {
  return retention ?? retentionMsDefault;
}
