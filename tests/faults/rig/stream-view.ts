/**
 * A stream as the judge sees it, through a log and a store of his own. In: where it is. Out: every record of its ticks, and
 * every bar of its store.
 */
import { type CassandraStore, openCassandraStore } from '@tapeline/cassandra';
import {
  type Bar,
  type LogRecordInput,
  LogError,
  type StoredInstrument,
  StoreError,
  type TopicName,
} from '@tapeline/domain';
import { type KafkaLog, openKafkaLog } from '@tapeline/kafka';
import { createMetrics, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import type { Servers } from './servers.ts';
import { until } from './until.ts';

/** Where a stream is, and what decides its bars. */
export type StreamFacts = {
  readonly servers: Servers;
  readonly stream: string;
  readonly keyspace: string;
  /** Options of its workers, as typed. */
  readonly workerArgs: readonly string[];
};

const barsMax = 1_000_000;
const instrumentsPerPage = 1_000;
/** A server that was just broken may take a while. */
const openWithinMs = 60_000;

/** Reads of one stream. */
export class StreamView {
  readonly log: KafkaLog;
  readonly store: CassandraStore;

  private constructor(log: KafkaLog, store: CassandraStore) {
    this.log = log;
    this.store = store;
  }

  /** Opens both; tries for a minute. */
  static async open({ servers, stream, keyspace }: StreamFacts): Promise<StreamView> {
    const connection = { brokers: servers.brokers, clientId: 'judge' };
    const log = await patiently('opening the log', () => openKafkaLog({ connection, stream }));
    try {
      const store = await patiently('opening the store', () =>
        openCassandraStore({
          contactPoints: servers.contactPoints,
          localDataCenter: servers.datacenter,
          keyspace,
          stream,
          clock: systemClock,
          random: systemRandom,
          logger: silentLogger,
          metrics: createMetrics({ ofProcess: false }),
        }),
      );
      return new StreamView(log, store);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Records of a partition, of ticks where no topic is named, from an offset to where the log ends now. */
  async records(partition: number, from = 0, topic: TopicName = 'ticks'): Promise<LogRecordInput[]> {
    const { firstOffset, endOffset } = await patiently('the range of the log', () => this.log.range(topic, partition));
    const start = Math.max(from, firstOffset);
    const records: LogRecordInput[] = [];
    if (start >= endOffset) return records;
    const reader = this.log.open(topic, partition, start);
    try {
      while (start + records.length < endOffset) records.push(...((await reader.next()) ?? []));
    } finally {
      await reader.close();
    }
    return records;
  }

  /** Every instrument of the store. */
  async instruments(): Promise<StoredInstrument[]> {
    const all: StoredInstrument[] = [];
    for (;;) {
      const last = all.at(-1);
      const after = last === undefined ? {} : { after: { dataset: last.dataset, symbol: last.symbol } };
      const query = { ...after, limit: instrumentsPerPage };
      const page = await patiently('reading instruments', () => this.store.instruments(query));
      all.push(...page);
      if (page.length < instrumentsPerPage) return all;
    }
  }

  /** Every bar of the store of these intervals and profiles. */
  async bars(intervals: readonly string[], profiles: readonly string[]): Promise<Bar[]> {
    const bars: Bar[] = [];
    for (const { dataset, symbol } of await this.instruments()) {
      for (const interval of intervals) {
        for (const profile of profiles) {
          const query = { dataset, symbol, interval, profile, newestFirst: false, limit: barsMax };
          bars.push(...(await patiently('reading bars', () => this.store.bars(query))));
        }
      }
    }
    return bars;
  }

  async close(): Promise<void> {
    await Promise.all([this.log.close(), this.store.close()]);
  }
}

/** Tries while servers are away; any other error at once. */
async function patiently<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  let found: { readonly value: Value } | undefined;
  let last: unknown;
  const tryOnce = async (): Promise<boolean> => {
    try {
      found = { value: await work() };
    } catch (error) {
      const isPassing = error instanceof LogError ? error.code === 'LOG_UNAVAILABLE' : isStoreAway(error);
      if (!isPassing) throw error;
      last = error;
    }
    return found !== undefined;
  };
  await until(what, tryOnce, { withinMs: openWithinMs, everyMs: 250 }).catch((error: unknown) => {
    throw new Error(`${what}: ${String(last ?? error)}`, { cause: error });
  });
  if (found === undefined) throw new Error(`${what}: nothing came`);
  return found.value;
}

function isStoreAway(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'STORE_UNAVAILABLE';
  return error instanceof Error && ['KafkaError', 'CassandraError'].includes(error.name);
}
