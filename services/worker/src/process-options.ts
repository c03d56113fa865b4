/**
 * What can be set of a process that runs a worker alone, besides the worker itself. In: flags and environment. Out: where
 * the data lies and what is logged.
 */
import {
  choiceOption,
  durationOption,
  integerOption,
  type LogFormat,
  logFormats,
  type LogLevel,
  logLevels,
  type OptionWithDefault,
  textOption,
} from '@tapeline/runtime';

/** Names and kinds of the options. */
export type ProcessOptions = {
  readonly 'data-dir': OptionWithDefault<string>;
  readonly partitions: OptionWithDefault<number>;
  readonly retention: OptionWithDefault<number>;
  readonly 'log-level': OptionWithDefault<LogLevel>;
  readonly 'log-format': OptionWithDefault<LogFormat>;
};

const pathCharsMax = 4_096;

/** The options. */
export const processOptions: ProcessOptions = {
  'data-dir': textOption({
    help: 'Directory of the embedded log and store. One process at a time works in it.',
    env: 'TAPELINE_DATA_DIR',
    default: './tapeline-data',
    charsMax: pathCharsMax,
    placeholder: 'DIR',
  }),
  partitions: integerOption({
    help: 'Partitions of the log; stays what it was when the directory was made.',
    env: 'TAPELINE_PARTITIONS',
    default: 4,
    min: 1,
    max: 256,
  }),
  retention: durationOption({
    help: 'How long the log keeps ticks.',
    env: 'TAPELINE_RETENTION',
    default: '7d',
    min: '1h',
    max: '90d',
  }),
  'log-level': choiceOption(logLevels, {
    help: 'Least level of log lines.',
    env: 'TAPELINE_LOG_LEVEL',
    default: 'info',
  }),
  'log-format': choiceOption(logFormats, { help: 'Form of log lines.', env: 'TAPELINE_LOG_FORMAT', default: 'text' }),
};
