/**
 * What the tables get and are asked, small and fast. In: an open store, a step. Out: rows as workers write them, and reads as
 * queries make them. Bars of 500 instruments, ten minutes apart, so that a day of them is some eight flushes; one in ten is
 * written again, up to five steps late. Chunks grow twice before they are whole. Snapshots replace each other.
 */
import type { CassandraStore } from '@tapeline/cassandra';
import type { Bar, SnapshotClaim, TapeChunk } from '@tapeline/domain';
import { SeededRandom } from '../seeded-random.ts';
import { barsToStore } from './stored-rows.ts';

/** A question to one partition of a table. */
export type TableRead = { readonly query: string; readonly values: readonly unknown[] };

/** A table that a load writes. */
export type LoadTable = {
  readonly table: string;
  /** Megabytes of one flush on the disk, as this load makes them: a strategy's sizes follow from it. */
  readonly flushMb: number;
  /** `from` and `to` are steps, half-open. */
  readonly read: (keyspace: string, from: number, to: number) => TableRead;
};

/** One pattern of access. */
export type Load = {
  readonly name: string;
  readonly tables: readonly LoadTable[];
  readonly steps: number;
  /** Steps of a read of the newest rows, and of one of a whole bucket; 0 = nobody reads but the newest. */
  readonly newestSteps: number;
  readonly bucketSteps: number;
  /** Whether rows live for as long as the store was told. */
  readonly expires: boolean;
  /** Resolves with the number of rows, a bar and its history being one. */
  readonly write: (store: CassandraStore, step: number) => Promise<number>;
};

/** Bytes that no compression makes smaller, as those of chunks and snapshots nearly are. */
const noise = madeNoise(4_194_304);
const dataset = 'compaction';

/** The patterns, each with its own data; the same whenever they are made. */
export function compactionLoads(): readonly Load[] {
  return [barsLoad(new SeededRandom(1)), tapeLoad(new SeededRandom(2)), snapshotLoad(new SeededRandom(3))];
}

function madeNoise(bytes: number): Buffer {
  const random = new SeededRandom(0);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => random.below(256)));
}

function noiseOf(random: SeededRandom, bytes: number): Buffer {
  const at = random.below(noise.length - bytes);
  return noise.subarray(at, at + bytes);
}

function barsLoad(random: SeededRandom): Load {
  const stepSec = 600;
  const [lateShare, lateSteps] = [0.1, 5];
  const beginSec = Date.UTC(2014, 0, 1) / 1_000;
  const seconds = new Map<number, Bar[]>();
  for (const bar of barsToStore(8_000, 0)) {
    const known = seconds.get(bar.startSec);
    if (known === undefined) seconds.set(bar.startSec, [bar]);
    else known.push(bar);
  }
  const whole = [...seconds.values()].slice(1, -1);
  const symbols = [...new Set(whole.flatMap((bars) => bars.map(({ symbol }) => symbol)))];
  const barsOf = (step: number, revisions: number): Bar[] =>
    (whole[step % whole.length] ?? []).map((bar) => {
      const startSec = beginSec + step * stepSec;
      return { ...bar, startSec, endSec: startSec + 1, revision: bar.revision + revisions };
    });
  const read = (table: string): LoadTable['read'] => {
    return (keyspace, from, to) => {
      const [first, end] = [from, to].map((step) => new Date((beginSec + step * stepSec) * 1_000));
      const bucket = Number(first?.toISOString().slice(0, 10).replaceAll('-', ''));
      const series = [whole[0]?.[0]?.dataset, symbols[random.below(symbols.length)], 'all', '1s', bucket];
      const query = `SELECT start, close FROM ${keyspace}.${table} WHERE dataset = ? AND symbol = ? AND profile = ? AND interval = ? AND bucket = ? AND start >= ? AND start < ?`;
      return { query, values: [...series, first, end] };
    };
  };
  return {
    name: 'bars',
    tables: ['bars', 'bar_revisions'].map((table) => ({ table, flushMb: 0.35, read: read(table) })),
    steps: 400,
    newestSteps: 12,
    bucketSteps: 86_400 / stepSec,
    expires: true,
    write: async (store, step) => {
      const late = Array.from({ length: Math.min(step, lateSteps) }, (_, back) => barsOf(step - back - 1, back + 1));
      const rows = [...barsOf(step, 0), ...late.flat().filter(() => random.unit() < lateShare / lateSteps)];
      await store.writeBars(rows);
      return rows.length;
    },
  };
}

function tapeLoad(random: SeededRandom): Load {
  const symbols = Array.from({ length: 50 }, (_, index) => `T${index}`);
  const [chunkEntries, chunkBytes, growth] = [1_024, 9_216, 3];
  const numbersPerBucket = 65_536;
  const chunkNs = 5_000_000_000n;
  const chunkAt = (symbol: string, step: number, part: number): TapeChunk => ({
    dataset,
    symbol,
    firstNumber: step * chunkEntries,
    lastNumber: step * chunkEntries + Math.ceil((chunkEntries * part) / growth) - 1,
    firstEventNs: BigInt(step) * chunkNs,
    lastEventNs: BigInt(step + 1) * chunkNs,
    amends: false,
    bytes: noiseOf(random, (chunkBytes * part) / growth),
  });
  return {
    name: 'tape',
    tables: [
      {
        table: 'tape_chunks',
        flushMb: 5,
        read: (keyspace, from, to) => {
          const [first, end] = [from, to].map((step) => BigInt(step * chunkEntries));
          const bucket = BigInt(Math.floor((from * chunkEntries) / numbersPerBucket));
          const query = `SELECT first_number, last_number FROM ${keyspace}.tape_chunks WHERE dataset = ? AND symbol = ? AND number_bucket = ? AND first_number >= ? AND first_number < ?`;
          const symbol = symbols[random.below(symbols.length)];
          return { query, values: [dataset, symbol, bucket, first, end] };
        },
      },
    ],
    steps: 400,
    newestSteps: 4,
    bucketSteps: numbersPerBucket / chunkEntries,
    expires: false,
    write: async (store, step) => {
      for (let part = 1; part <= growth; part += 1) {
        await store.writeTape(symbols.map((symbol) => chunkAt(symbol, step, part)));
      }
      return symbols.length * growth;
    },
  };
}

function snapshotLoad(random: SeededRandom): Load {
  const [partitions, partsOfSnapshot] = [4, 4];
  /** The store writes parts of 512 KiB. */
  const snapshotBytes = partsOfSnapshot * 524_288;
  const claims = new Map<CassandraStore, Promise<readonly SnapshotClaim[]>>();
  return {
    name: 'snapshots',
    tables: [
      {
        table: 'snapshot_parts',
        flushMb: 16,
        read: (keyspace, from) => ({
          query: `SELECT part FROM ${keyspace}.snapshot_parts WHERE stream = ? AND log_partition = ? AND epoch = 1 AND generation = ?`,
          values: ['bench', random.below(partitions), BigInt(from + 1)],
        }),
      },
    ],
    steps: 56,
    newestSteps: 1,
    bucketSteps: 0,
    expires: false,
    write: async (store, step) => {
      const claiming =
        claims.get(store) ??
        Promise.all(Array.from({ length: partitions }, (_, partition) => store.claimSnapshots(partition)));
      claims.set(store, claiming);
      for (const claim of await claiming) {
        const snapshot = { partition: claim.partition, nextOffset: step + 1, bytes: noiseOf(random, snapshotBytes) };
        await store.saveSnapshot(snapshot, claim);
      }
      return partitions * partsOfSnapshot;
    },
  };
}
