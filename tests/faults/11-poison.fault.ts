/**
 * Fault 11. A record that cannot be read, whole or in part, stops nobody: what can be read of it counts, the rest is in the
 * topic `quarantine` with its place, reason and bytes, and a metric tells of it.
 */
import { decodeLogRecord, decodeTickBlock, LogDictionary, type LogRecordInput, TickColumns } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { wireLog, wireOutput } from '@tapeline/wire';
import { afterAll, describe, expect, test } from 'vitest';
import { sumOf } from './rig/counters.ts';
import { damageOfBoth, recordFault } from './rig/fault-table.ts';
import { Load, type LoadTrade } from './rig/load.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { StreamView } from './rig/stream-view.ts';
import { Supervisor } from './rig/supervisor.ts';
import { until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import { inWorld, type World, type WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
const random = new Random(11);
/** An entry of a kind that is not there yet. */
const futureEntry = Uint8Array.of(0x0a, 0x05, 0x7a, 0x03, 1, 2, 3);
const noticesLine = /^tapeline_worker_notices_total\{.*(?:RECORD_MALFORMED|ENTRY_UNSUPPORTED).*\} (\d+)/gm;
/** One of each guard that was off. */
const damages: string[] = [];

type Poison = {
  readonly partition: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly what: string;
};
type Poisoning = {
  readonly poisons: readonly Poison[];
  /** Of the load, and what is readable of the poison. */
  readonly acknowledged: LoadTrade[];
};
type Outcome = {
  readonly verdict: Verdict;
  readonly poisons: readonly Poison[];
  readonly unquarantined: readonly string[];
  readonly noticed: number;
};

/** Poison in each partition, and trades after it. */
async function publishPoison(world: World): Promise<Poisoning> {
  const load = await Load.start({ addresses: world.ingestAddresses, seed: 11, tradesPerSecond: 300 });
  await until('trades are acknowledged', () => load.acknowledgedCount > 1_000);
  const view = await StreamView.open(world.facts);
  try {
    const [poisons, readable] = [[] as Poison[], [] as LoadTrade[]];
    for (let partition = 0; partition < view.log.partitionCount; partition += 1) {
      await poison(view, partition, load, { poisons, readable });
    }
    const before = load.acknowledgedCount;
    await until('more trades are acknowledged', () => load.acknowledgedCount > before + 1_000);
    await load.end();
    return { poisons, acknowledged: [...load.acknowledged, ...readable] };
  } finally {
    await view.close();
  }
}

async function poisoned(wish: WorldWish): Promise<Outcome> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  return inWorld(servers, { ...wish, workers: 2 }, async (world) => {
    const { poisons, acknowledged } = await publishPoison(world);
    const verdict = await verdictOf(world, { acknowledged });
    const noticed = await sumOf(world.workers, noticesLine);
    return { verdict, poisons, unquarantined: await unquarantined(world, poisons), noticed };
  });
}

type Taken = { readonly poisons: Poison[]; readonly readable: LoadTrade[] };

/** Poisons a partition in every way that there is. */
async function poison(view: StreamView, partition: number, load: Load, { poisons, readable }: Taken): Promise<void> {
  const records = (await view.records(partition)).filter(({ bytes }) => bytes.length > 60);
  const sample = records.at(-1);
  if (sample === undefined) throw new Error(`partition ${partition} has no ticks`);
  const half = underOtherNames(sample, load);
  readable.push(...half.trades);
  const kinds: [string, Uint8Array][] = [
    ['random bytes', Uint8Array.from({ length: random.int(1, 2_000) }, () => random.int(0, 255))],
    ['a truncated record', sample.bytes.slice(0, sample.bytes.length - random.int(5, 40))],
    ['a block of a future version', ofFutureVersion(sample.bytes)],
    ['an entry of a future kind after a good block', Buffer.concat([half.bytes, futureEntry])],
  ];
  for (const [what, bytes] of kinds) {
    const { offset } = await view.log.append('ticks', partition, bytes);
    poisons.push({ partition, offset, bytes, what });
  }
}

function ofFutureVersion(bytes: Uint8Array): Uint8Array {
  const record = wireLog.LogRecord.decode(bytes);
  for (const { entry } of record.entries) if (entry?.$case === 'tickBlock') entry.value.formatVersion = 2;
  return wireLog.LogRecord.encode(record).finish();
}

/** The ticks of a record as those of other instruments, by another publisher. */
function underOtherNames(sample: LogRecordInput, load: Load): { bytes: Uint8Array; trades: LoadTrade[] } {
  const record = wireLog.LogRecord.decode(sample.bytes);
  const draw = BigInt(random.int(1, 1_000_000_000));
  const seen = new Set<string>();
  for (const { entry } of record.entries) {
    if (entry?.$case !== 'tickBlock') continue;
    entry.value.publisherId = ((entry.value.publisherId >> 46n) << 46n) | draw;
    const { symbols, groupLinks } = entry.value;
    // The first of an instrument has none before it; a later one of the record has.
    entry.value.groupLinks = groupLinks.map((link, group) => {
      const isFirst = !seen.has(symbols[group] ?? '');
      seen.add(symbols[group] ?? '');
      return isFirst ? 0n : link;
    });
    entry.value.symbols = symbols.map((symbol) => `P${symbol}`);
  }
  const bytes = wireLog.LogRecord.encode(record).finish();
  const identities = new Set(sequencesOf(sample));
  const trades = load.published
    .filter(({ sequence }) => identities.has(sequence))
    .map((trade) => ({ ...trade, symbol: `P${trade.symbol}`, publisherId: publisherOf(bytes) }));
  return { bytes, trades };
}

function publisherOf(bytes: Uint8Array): bigint {
  const [first] = wireLog.LogRecord.decode(bytes).entries;
  return first?.entry?.$case === 'tickBlock' ? first.entry.value.publisherId : 0n;
}

function sequencesOf({ bytes }: LogRecordInput): number[] {
  const sequences: number[] = [];
  for (const entry of decodeLogRecord(bytes)) {
    if (entry.kind !== 'tickBlock') continue;
    const columns = new TickColumns();
    decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), columns);
    for (let group = 0; group < columns.groupCount; group += 1) {
      for (let index = columns.groupStart[group] ?? 0; index < (columns.groupStart[group + 1] ?? 0); index += 1) {
        sequences.push(columns.sequenceAt(group, index));
      }
    }
  }
  return sequences;
}

/** Poison that nobody finds in the topic `quarantine` with its bytes, in words. */
async function unquarantined({ facts }: World, poisons: readonly Poison[]): Promise<string[]> {
  const found = new Map<string, Uint8Array[]>();
  const view = await StreamView.open(facts);
  try {
    for (let partition = 0; partition < view.log.partitionCount; partition += 1) {
      for (const { bytes } of await view.records(partition, 0, 'quarantine')) {
        const { offset, record } = wireOutput.QuarantineRecord.decode(bytes);
        const key = `${partition} ${offset}`;
        found.set(key, [...(found.get(key) ?? []), record]);
      }
    }
  } finally {
    await view.close();
  }
  return poisons
    .filter(({ partition, offset, bytes }) => {
      const kept = found.get(`${partition} ${offset}`) ?? [];
      return !kept.some((record) => Buffer.compare(record, bytes) === 0);
    })
    .map(({ what, partition, offset }) => `${what} at offset ${offset} of partition ${partition} is not in quarantine`);
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 11: records that cannot be read (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, such records passed over: what was good in them is lost in silence', async () => {
      const {
        verdict,
        unquarantined: silent,
        noticed,
      } = await poisoned({
        workerMain: 'tests/faults/unguarded/worker-main.ts',
        workerEnv: { [variantVariable]: 'skip-poison' },
      });
      expect(verdict.lost).toEqual([]);
      expect(verdict.rows.join('\n')).toMatch(/missing in the store: /);
      expect(verdict.counts.length).toBeGreaterThan(0);
      expect(silent.length).toBeGreaterThan(0);
      expect(noticed).toBe(0);
      damages.push(`${howMany(verdict.rows)} bars are missing, ${silent.length} records are nowhere`);
    });

    test('guard off, a worker that ends at such a record: its partition stands still for good', async () => {
      if (servers.unavailable !== undefined) return;
      const workerMain = 'tests/faults/unguarded/worker-main.ts';
      const workerEnv = { [variantVariable]: 'stop-at-poison' };
      await inWorld(servers, { workers: 2, workerMain, workerEnv }, async (world) => {
        const supervisor = new Supervisor(world.workers);
        try {
          const { acknowledged } = await publishPoison(world);
          await until('each worker has ended more than once', () => supervisor.ends.length > 4);
          const { lost, rows } = await verdictOf(world, { acknowledged });
          expect(lost).toEqual([]);
          expect(rows.join('\n')).toMatch(/missing in the store: /);
          for (const { text } of supervisor.ends) expect(text).toMatch(/the record at offset \d+ cannot be read/);
          damages.push(
            `${howMany(rows)} bars are missing; workers ended ${supervisor.ends.length} times, each time at such a record`,
          );
        } finally {
          await supervisor.stop();
        }
      });
    });

    test('they are told, kept, and stop nobody', async () => {
      const { verdict, poisons, unquarantined: silent, noticed } = await poisoned({});
      expect(damageOf(verdict)).toEqual(clean);
      expect(silent).toEqual([]);
      expect(noticed).toBeGreaterThanOrEqual(poisons.length);
      recordFault({
        fault: 11,
        title: 'poison',
        injected:
          `${poisons.length} records under 300 trades/s: random bytes, truncated, a block of a future version, ` +
          'an entry of a future kind after a good block',
        guardOff: '(a) what cannot be read whole is passed over; (b) a worker ends at it and is started again',
        damage: damageOfBoth(damages),
        result:
          `${verdict.bars} rows are exact, those of the good blocks included; all ${poisons.length} records are in quarantine ` +
          `with their bytes, ${noticed} notices counted`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
