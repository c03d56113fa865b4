/**
 * Log lines. In: a message and its fields. Out: one line each, JSON for machines or a short text for a person. Law 7:
 * long texts are cut, and a line is written before the call returns, so nothing queues in memory.
 */
import { type Logger as PinoLogger, destination as pinoDestination, pino } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import { type LogFields, plainFields } from './log-fields.ts';
import { textLine } from './log-text.ts';

/** From the most to the least. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Every level, in order. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** How a line looks. */
export type LogFormat = 'json' | 'text';

/** Every format. */
export const logFormats: readonly LogFormat[] = ['json', 'text'];

/** Writes lines. A message says what happened, in one sentence without values; the fields are the values. */
export type Logger = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** One that puts these fields on every line. */
  child(fields: LogFields): Logger;
};

/** Where lines go, and which. */
export type LoggerConfig = {
  /** The process or service, in every line. */
  readonly name: string;
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes whole lines with their line feed. Standard error if absent, written before the call returns. */
  readonly destination?: { write(line: string): unknown };
  /** For the time of a line; the machine's if absent. */
  readonly clock?: Clock;
};

/** A logger by its configuration. */
export function createLogger(config: LoggerConfig): Logger {
  const clock = config.clock ?? systemClock;
  const lines = config.destination ?? pinoDestination({ dest: 2, sync: true });
  const target =
    config.format === 'json'
      ? { write: (line: string) => void lines.write(line) }
      : { write: (line: string) => void lines.write(textLine(line)) };
  const options = {
    base: { name: config.name },
    level: config.level,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
  };
  return ofPino(pino(options, target));
}

function ofPino(inner: PinoLogger): Logger {
  return {
    debug: (message, fields) => inner.debug(plainFields(fields), message),
    info: (message, fields) => inner.info(plainFields(fields), message),
    warn: (message, fields) => inner.warn(plainFields(fields), message),
    error: (message, fields) => inner.error(plainFields(fields), message),
    child: (fields) => ofPino(inner.child(plainFields(fields))),
  };
}

/** One that writes nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
