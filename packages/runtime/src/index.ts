/**
 * The public entry of what every process needs: a closed list. In: the machine's clock, chance, signals, environment.
 * Out: seams for them, so that whoever uses them can be tested. It knows no word of the domain.
 */
export { Backoff, type BackoffConfig } from './backoff.ts';
export { type Clock, sleepMsMax, systemClock } from './clock.ts';
export { type DrainConfig, type DrainReport, type DrainStep, drainWithin } from './drain-within.ts';
export { type DefectSource, endOnDefect } from './end-on-defect.ts';
export {
  createHealth,
  type Health,
  type HealthPart,
  healthPartsMax,
  type HealthReport,
  type HealthState,
} from './health.ts';
export type { LogFields } from './log-fields.ts';
export {
  createLogger,
  type LogFormat,
  logFormats,
  type Logger,
  type LoggerConfig,
  type LogLevel,
  logLevels,
  silentLogger,
} from './logger.ts';
export { ManualClock } from './manual-clock.ts';
export {
  type Counter,
  createMetrics,
  type Gauge,
  type Histogram,
  type Labels,
  type Metrics,
  type MetricsConfig,
} from './metrics.ts';
export { listenErrorOf, listeningAt, type ListenPlace, NotListeningError } from './not-listening.ts';
export {
  type Option,
  type OptionReading,
  type OptionTable,
  type OptionValues,
  type OptionWithDefault,
  quoted,
} from './option.ts';
export { optionHelp, wrapText } from './option-help.ts';
export {
  type BytesFacts,
  bytesOption,
  choiceOption,
  decimalOption,
  type DurationFacts,
  durationOption,
  type IntegerFacts,
  integerOption,
  type ListFacts,
  listOption,
  type OptionFacts,
  secretOption,
  switchOption,
  type TextFacts,
  textOption,
} from './option-kinds.ts';
export { type ProbeServer, type ProbeServerOptions, startProbes } from './probe-server.ts';
export {
  type GrpcOptions,
  grpcOptionsOf,
  type ProbeOptions,
  probeOptionsOf,
  type ProcessOptions,
  processOptions,
  processOptionsOf,
} from './process-options.ts';
export { type RandomSource, systemRandom } from './random.ts';
export { type CommandLine, type Environment, readOptions } from './read-options.ts';
export { retry, type RetryConfig } from './retry.ts';
export { processExitCode, type ProcessHost, type ProcessParts, type ProcessShell, runProcess } from './run-process.ts';
export { type SignalSource, type Stopping, stopOnSignals } from './stop-on-signals.ts';
export { StartStoppedError, type StartStop, unlessStopped } from './unless-stopped.ts';
export { untilStopped } from './until-stopped.ts';
export { bytesText, durationText, readBytes, readDuration } from './unit-text.ts';
