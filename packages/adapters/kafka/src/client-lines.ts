/**
 * kafkajs's lines in our log. In: a line of kafkajs. Out: the same at a sane level: it warns twice of every rebalance,
 * once for the reply that tells of it and once for joining again, although that is how members come and go.
 */
import type { Logger } from '@tapeline/runtime';
import { type LogEntry, logLevel } from 'kafkajs';

/** What a reply or a line says where workers come or go, or new partitions are found; kafkajs 2.2.4's own words. */
const ordinary: readonly RegExp[] = [
  /^The group is rebalancing\b/,
  /^Specified group generation id is not valid$/,
  /^The group member needs to have a valid member id before actually entering a consumer group$/,
  /^Consumer is not aware of all assigned partitions, refreshing metadata$/,
];

/** Writes a line of kafkajs: errors and warnings at `warn`, what is ordinary and everything else at `debug`. */
export function tellClientLine(
  logger: Logger,
  { level, namespace, log }: Pick<LogEntry, 'level' | 'namespace' | 'log'>,
): void {
  const { error } = log as { readonly error?: unknown };
  const fields = { part: namespace, detail: log.message, ...(typeof error === 'string' ? { error } : {}) };
  const isWorrying = (level === logLevel.ERROR || level === logLevel.WARN) && !isOrdinary(log.message, error);
  if (isWorrying) logger.warn('the Kafka client reports', fields);
  else logger.debug('the Kafka client reports', fields);
}

/** A reply's line names the request, and says what happened in its error. */
function isOrdinary(message: string, error: unknown): boolean {
  const said = message.startsWith('Response ') && typeof error === 'string' ? error : message;
  return ordinary.some((pattern) => pattern.test(said));
}
