/**
 * Opening on connections of one's own. In: where the cluster is, time limits, and what is opened on calls. Out: it, opened. Law 7: where
 * that fails the connections are closed, and nothing of the try stays behind.
 */
import { type Clock, type Logger, type Metrics, type RandomSource, silentLogger, systemClock } from '@tapeline/runtime';
import type { KafkaCalls } from './kafka-calls.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import type { LogSettings } from './log-settings.ts';
import { startProblemOf } from './start-errors.ts';
import { WireCalls } from './wire-calls.ts';

/** What something of a stream is opened with. */
export type OpeningOptions = {
  readonly connection: KafkaConnection;
  /** Name of the stream: its topics are `<stream>.ticks` and so on. */
  readonly stream: string;
  readonly settings?: Partial<LogSettings>;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** The machine's where absent. */
  readonly clock?: Clock;
  readonly random?: RandomSource;
};

/** Opens on new calls, which are whoever's they were given to. Rejects with `KafkaError` where no broker answers, else as `open` does. */
export async function openOnCalls<Opened>(
  { connection, clock = systemClock, logger = silentLogger }: Pick<OpeningOptions, 'connection' | 'clock' | 'logger'>,
  { connectTimeoutMs, requestTimeoutMs }: Pick<LogSettings, 'connectTimeoutMs' | 'requestTimeoutMs'>,
  open: (calls: KafkaCalls) => Promise<Opened>,
): Promise<Opened> {
  const calls = new WireCalls({ connection, connectTimeoutMs, requestTimeoutMs, clock, logger });
  try {
    return await open(calls);
  } catch (error) {
    calls.close();
    throw startProblemOf(error);
  }
}
