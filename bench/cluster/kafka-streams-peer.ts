/**
 * Runs the Kafka Streams peer. In: brokers, a file of trades, how many. Out: what it took by its own count of CPU time,
 * once every trade is in a committed bar. It reads one record per trade, which is how such a job gets its ticks.
 */
import { spawnSync } from 'node:child_process';
import { findJava } from '@tapeline/testbed';
import { peerClassPath } from './peer-build.ts';

/** What the peer works on. */
export type KafkaStreamsTask = {
  readonly brokers: readonly string[];
  /** Names of its two topics and of its application begin with it; nothing of that name may be there. */
  readonly name: string;
  readonly partitions: number;
  readonly trades: number;
  /** As `writePartitionTapes` leaves it. */
  readonly file: string;
  /** An empty folder for its state stores. */
  readonly stateFolder: string;
  readonly store: 'rocksdb' | 'memory';
};

/** What the peer says. */
export type KafkaStreamsMeasure = {
  readonly trades: number;
  readonly measuredTrades: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bars: number;
  readonly tradesInBars: number;
};

/** The peer ended without a result, or lost trades. */
export class PeerFailedError extends Error {
  override name = 'PeerFailedError';
}

const secondsMax = 600;

/** Fills its topic and runs it once. Throws `PeerFailedError`, `PeerBuildError` or `TestbedError`. */
export async function runKafkaStreams(task: KafkaStreamsTask): Promise<KafkaStreamsMeasure> {
  const java = await findJava();
  const classPath = peerClassPath();
  const topics = { TOPIC: `${task.name}.trades`, OUT_TOPIC: `${task.name}.bars`, BROKERS: task.brokers.join(',') };
  const say = (program: string, settings: Record<string, string>): unknown => {
    const args = ['-Xms1g', '-Xmx2g', '-cp', classPath, `dev.tapeline.peer.${program}`];
    const env = { ...process.env, ...topics, ...settings };
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
    const child = spawnSync(java, args, { env, stdio, encoding: 'utf8', timeout: (secondsMax + 30) * 1_000 });
    if (child.status === 0) return JSON.parse(child.stdout);
    throw new PeerFailedError(`${program} ended with ${child.status ?? child.signal}`, { cause: child.error });
  };
  const loaded = say('LoadTrades', { FILE: task.file, PARTITIONS: String(task.partitions) }) as { trades: number };
  if (loaded.trades !== task.trades) throw new PeerFailedError(`${loaded.trades} of ${task.trades} trades were loaded`);
  const measure = say('Bars', {
    APPLICATION: task.name,
    STATE_DIR: task.stateFolder,
    STORE: task.store,
    TRADES: String(task.trades),
    SECONDS_MAX: String(secondsMax),
  }) as KafkaStreamsMeasure;
  if (measure.tradesInBars === task.trades) return measure;
  throw new PeerFailedError(`${measure.tradesInBars} trades are in the peer's bars, of ${task.trades}`);
}
