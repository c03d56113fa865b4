/**
 * The tapes of the benches on servers hold what they say. In: a few thousand ticks. Out: every form has the same ticks, each in
 * the partition of its instrument, and a fold of them leaves no bar open.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldConfigDefaults, homePartition, type LogRecordInput, PartitionFold } from '@tapeline/domain';
import {
  type PartitionTapes,
  peerTapeOf,
  type TapeForm,
  tapeOf,
  writePartitionTapes,
} from '../../bench/cluster/partition-tapes.ts';
import { processTaken } from '../../bench/cluster/process-taken.ts';
import { readTape } from '../../bench/tape-file.ts';

const partitions = 4;
const [ticks, singles, peer] = [30_000, 2_000, 5_000];
/** Partition, length of the symbol, symbol of four characters, value. */
const peerTradeBytes = 2 + 4 + 28;

let folder = '';
let written: PartitionTapes | undefined;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tapeline-tapes-'));
  written = writePartitionTapes({ folder, partitions, ticks, singles, peer });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Trades of the bars of a second that closed, by symbol. */
function foldedTrades(form: TapeForm, partition: number): Map<string, number> {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition, intervals: ['1s'], profiles: ['all'] });
  const trades = new Map<string, number>();
  const appendTimeMs = Date.now();
  for (const { bytes, offset } of readTape(tapeOf(folder, form, partition)).records) {
    const record: LogRecordInput = { offset, appendTimeMs, bytes };
    for (const bar of fold.step([record]).bars) {
      if (bar.state === 'closed') trades.set(bar.symbol, (trades.get(bar.symbol) ?? 0) + bar.trades);
    }
  }
  return trades;
}

test.each([
  ['blocks', ticks],
  ['singles', singles],
] as const)('the %s of all partitions hold every tick, and all bars close', (form, count) => {
  let sum = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const [symbol, trades] of foldedTrades(form, partition)) {
      expect(homePartition('generated', symbol, partitions), `partition of ${symbol}`).toBe(partition);
      sum += trades;
    }
  }
  expect(sum).toBe(count);
});

test('a tape of one tick a record has a record for each tick and one end of the replay for each partition', () => {
  const records = Array.from({ length: partitions }, (_, p) => readTape(tapeOf(folder, 'singles', p)).records.length);
  expect(records.reduce((sum, count) => sum + count, 0)).toBe(singles + partitions);
});

test("the peer's trades are the first ticks of the same tape, in the order of event time", () => {
  const bytes = readFileSync(peerTapeOf(folder));
  expect(bytes.length).toBe(peer * peerTradeBytes);
  const counts = new Map<string, number>();
  let lastMs = 0n;
  for (let at = 0; at < bytes.length; at += peerTradeBytes) {
    const symbol = bytes.toString('latin1', at + 2, at + 6);
    const eventMs = bytes.readBigInt64BE(at + 6);
    expect(eventMs, `trade at ${at}`).toBeGreaterThanOrEqual(lastMs);
    expect(homePartition('generated', symbol, partitions), `partition of ${symbol}`).toBe(bytes[at]);
    counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    lastMs = eventMs;
  }
  expect(counts.get('S000') ?? 0).toBeGreaterThan(peer / 100);
});

test('the records of 64 KiB are few, and the tape tells how much event time it spans', () => {
  // 60,000 ticks a second of event time.
  expect(written?.lastsMs).toBeGreaterThan(300);
  expect(written?.lastsMs).toBeLessThan(1_000);
  expect(written?.blockRecords).toBeLessThan(20);
});

test.skipIf(process.platform !== 'linux')(
  'CPU time and memory of a process are those that it says itself (needs Linux: run it there)',
  () => {
    const { user, system } = process.cpuUsage();
    const { cpuSeconds, rssBytes } = processTaken(process.pid);
    expect(Math.abs(cpuSeconds - (user + system) / 1e6)).toBeLessThan(0.5);
    expect(rssBytes).toBeGreaterThan(10_000_000);
  },
);
