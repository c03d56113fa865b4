/**
 * What every process can be told, whatever it does: what it logs, how long a stop may take, where it listens. In: defaults
 * that differ between processes. Out: tables of options, so that one name means one thing everywhere.
 */
import { type LogFormat, logFormats, type LogLevel, logLevels } from './logger.ts';
import type { OptionWithDefault } from './option.ts';
import { choiceOption, durationOption, integerOption, textOption } from './option-kinds.ts';

const portMax = 65_535;
const hostCharsMax = 255;

/** What is logged, and how a process ends. */
export type ProcessOptions = {
  readonly grace: OptionWithDefault<number>;
  readonly 'log-level': OptionWithDefault<LogLevel>;
  readonly 'log-format': OptionWithDefault<LogFormat>;
};

/** The options of every process; `logLevel` is the default of its `--log-level`. */
export function processOptionsOf(logLevel: LogLevel): ProcessOptions {
  return {
    grace: durationOption({
      env: 'TAPELINE_GRACE',
      min: '0s',
      max: '10m',
      default: '10s',
      help: 'How long a stop may take to settle what is under way.',
    }),
    'log-level': choiceOption(logLevels, {
      env: 'TAPELINE_LOG_LEVEL',
      default: logLevel,
      help: 'Which log lines go to standard error.',
    }),
    'log-format': choiceOption(logFormats, {
      env: 'TAPELINE_LOG_FORMAT',
      default: 'text',
      help: 'How log lines look.',
    }),
  };
}

/** The options of a process that serves and has no screen. */
export const processOptions: ProcessOptions = processOptionsOf('info');

/** Where gRPC is served. */
export type GrpcOptions = {
  readonly 'grpc-port': OptionWithDefault<number>;
  readonly 'grpc-host': OptionWithDefault<string>;
};

/** The options of a process that serves gRPC; `port` is its default, 0 to 65,535. */
export function grpcOptionsOf(port: number): GrpcOptions {
  return {
    'grpc-port': integerOption({
      env: 'TAPELINE_GRPC_PORT',
      min: 0,
      max: portMax,
      default: port,
      help: 'Port of gRPC; 0 = any free one.',
    }),
    'grpc-host': textOption({
      placeholder: 'ADDRESS',
      env: 'TAPELINE_GRPC_HOST',
      charsMax: hostCharsMax,
      default: '127.0.0.1',
      help: 'Address on which gRPC is served; :: = from everywhere. There is no login yet: open it only to a network you trust.',
    }),
  };
}

/** Where a process says how it is. */
export type ProbeOptions = {
  readonly 'metrics-port': OptionWithDefault<number>;
  readonly 'metrics-host': OptionWithDefault<string>;
};

/** The options of a process whose HTTP is for probes and metrics alone; `port` is its default, 1 to 65,535. */
export function probeOptionsOf(port: number): ProbeOptions {
  return {
    'metrics-port': integerOption({
      env: 'TAPELINE_METRICS_PORT',
      min: 0,
      max: portMax,
      default: port,
      help: 'Port of /livez, /readyz and /metrics; 0 = any free one.',
    }),
    'metrics-host': textOption({
      placeholder: 'ADDRESS',
      env: 'TAPELINE_METRICS_HOST',
      charsMax: hostCharsMax,
      default: '127.0.0.1',
      help: 'Address on which they are served; :: = from everywhere.',
    }),
  };
}
