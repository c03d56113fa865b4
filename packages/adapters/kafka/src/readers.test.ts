/**
 * What readers promise, whatever the brokers do: every record once, in order, or an error that says why not. A reader
 * is never moved elsewhere, and one that nobody reads from holds up no other.
 */
import type { LogReader, LogRecordInput } from '@tapeline/domain';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FakeCluster } from '../test-kit/fake-cluster.ts';
import { crc32c } from './crc32c.ts';
import { code } from './error-codes.ts';
import type { KafkaLog } from './kafka-log.ts';
import type { LogSettings } from './log-settings.ts';
import { BatchBuilder, batchLayout } from './record-batch.ts';

let opened: KafkaLog | undefined;
afterEach(async () => opened?.close());

async function made(settings: Partial<LogSettings> = {}): Promise<{ cluster: FakeCluster; log: KafkaLog }> {
  const cluster = new FakeCluster();
  opened = await cluster.open(settings);
  return { cluster, log: opened };
}

async function batchOf(count: number, bytes = 1): Promise<Buffer> {
  const builder = new BatchBuilder(bytes);
  for (let record = 0; record < count; record += 1) builder.add(new Uint8Array(bytes).fill(record));
  return builder.seal({ producerId: 9, producerEpoch: 0, firstSequence: 0 }, 1, undefined);
}

async function take(reader: LogReader, count: number): Promise<LogRecordInput[]> {
  const taken: LogRecordInput[] = [];
  while (taken.length < count) taken.push(...((await reader.next()) ?? []));
  return taken;
}

describe('an offset that is not there', () => {
  test('a hole in the log is told and never passed over', async () => {
    const { cluster, log } = await made();
    const stored = cluster.log('s.ticks', 0);
    stored.store(await batchOf(2), 1);
    stored.store(await batchOf(2), 1, 5);
    const reader = log.open('ticks', 0, 0);
    expect((await take(reader, 2)).map(({ offset }) => offset)).toEqual([0, 1]);
    await expect(reader.next()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
    await expect(reader.next()).rejects.toThrow(/goes from 1 to 5/);
  });

  test('what retention took while nobody read is told', async () => {
    const { cluster, log } = await made();
    const stored = cluster.log('s.ticks', 0);
    stored.store(await batchOf(4), 1);
    stored.firstOffset = 3;
    await expect(log.open('ticks', 0, 2).next()).rejects.toMatchObject({ code: 'OFFSET_BELOW_RETENTION' });
    const kept = await log.open('ticks', 0, 3).next();
    expect(kept?.map(({ offset }) => offset)).toEqual([3]);
  });

  test('retention that leaves a hole before the first kept batch is told as retention', async () => {
    const { cluster, log } = await made();
    const stored = cluster.log('s.ticks', 0);
    stored.store(await batchOf(1), 1);
    stored.store(await batchOf(1), 1, 8);
    cluster.onFetch = (_node, answer) => {
      stored.firstOffset = 8;
      return answer;
    };
    stored.batches.shift();
    await expect(log.open('ticks', 0, 0).next()).rejects.toMatchObject({ code: 'OFFSET_BELOW_RETENTION' });
  });

  test('a log that ends before the position is another one; a leader that is behind for a moment is not', async () => {
    const { cluster, log } = await made();
    const stored = cluster.log('s.ticks', 0);
    stored.store(await batchOf(3), 1);
    await expect(log.open('ticks', 0, 4).next()).rejects.toMatchObject({ code: 'OFFSET_BEYOND_END' });
    const reader = log.open('ticks', 0, 4);
    const next = reader.next();
    await vi.waitFor(() => expect(cluster.fetches.at(-1)?.parts[0]?.offset).toBe(4));
    stored.store(await batchOf(2), 1);
    expect((await next)?.map(({ offset }) => offset)).toEqual([4]);
  });
});

describe('a log that another broker leads', () => {
  async function readTwo(): Promise<{ cluster: FakeCluster; log: KafkaLog; reader: LogReader }> {
    const { cluster, log } = await made();
    const stored = cluster.log('s.ticks', 0);
    for (const batch of [await batchOf(1), await batchOf(1)]) stored.store(batch, 1);
    const reader = log.open('ticks', 0, 0);
    await take(reader, 2);
    return { cluster, log, reader };
  }

  test('with all that was read: the reader goes on, and tells what it knows of both leaders', async () => {
    const { cluster, reader } = await readTwo();
    const stored = cluster.log('s.ticks', 0);
    stored.leaderEpoch = 3;
    stored.store(await batchOf(1), 1);
    expect((await take(reader, 1)).map(({ offset }) => offset)).toEqual([2]);
    await vi.waitFor(() => expect(cluster.fetches.at(-1)?.parts[0]).toMatchObject({ leaderEpoch: 3, lastEpoch: 3 }));
    const asked = cluster.fetches.flatMap(({ parts }) => parts.map((part) => [part.leaderEpoch, part.lastEpoch]));
    expect(asked).toContainEqual([0, -1]);
    expect(asked).toContainEqual([3, 0]);
  });

  test.each([0, 1, 4])('with less than was read and %d records since: the reader ends', async (since) => {
    const { cluster, log, reader } = await readTwo();
    const stored = cluster.log('s.ticks', 0);
    stored.goBackTo(1);
    for (let record = 0; record < since; record += 1) stored.store(await batchOf(1), 1);
    await expect(reader.next()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
    await expect(reader.next()).rejects.toThrow(/partition 0 of s\.ticks .* ends at 1 .* up to 2/);
    expect(await take(log.open('ticks', 0, 1), since)).toHaveLength(since);
  });

  test('that knows nothing of the epoch that was read, twice: the reader ends', async () => {
    const { cluster, reader } = await readTwo();
    cluster.onFetch = (_node, answer) => ({ ...answer, code: code.offsetOutOfRange, bytes: Buffer.alloc(0) });
    await expect(reader.next()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
  });

  test('is asked for its offsets as the leader that it is; one of another epoch is not believed', async () => {
    const { cluster, log } = await readTwo();
    cluster.log('s.ticks', 0).leaderEpoch = 3;
    cluster.offsetsAsked.length = 0;
    expect(await log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 2 });
    const epochs = cluster.offsetsAsked.map(({ leaderEpoch }) => leaderEpoch);
    expect([epochs.at(0), epochs.at(-1)]).toEqual([0, 3]);
  });
});

describe('batches that cannot be read', () => {
  test('a batch that was damaged on the way is fetched again', async () => {
    const { cluster, log } = await made();
    cluster.log('s.ticks', 0).store(await batchOf(3), 1);
    let damaged = 0;
    cluster.onFetch = (_node, answer) => {
      if (damaged++ > 0 || answer.bytes.length === 0) return answer;
      const bytes = Buffer.from(answer.bytes);
      bytes[bytes.length - 2] = 255;
      return { ...answer, bytes };
    };
    expect(await take(log.open('ticks', 0, 0), 3)).toHaveLength(3);
    expect(damaged).toBeGreaterThan(1);
  });

  test('a batch that stays damaged ends the reader once its time is over', async () => {
    const { cluster, log } = await made({ stallMs: 60 });
    const stored = cluster.log('s.ticks', 0);
    stored.store(await batchOf(3), 1);
    (stored.batches[0] as Buffer)[70] = 255;
    await expect(log.open('ticks', 0, 0).next()).rejects.toThrow(/checksum/);
  });

  test.each([
    [2, 'snappy'],
    [3, 'lz4'],
    [32, 'transaction'],
  ])('attributes %d: %s is named', async (attributes, name) => {
    const { cluster, log } = await made();
    const batch = await batchOf(1);
    batch.writeInt16BE(attributes, batchLayout.attributes);
    cluster.log('s.ticks', 0).store(batch, 1);
    await expect(log.open('ticks', 0, 0).next()).rejects.toThrow(new RegExp(name));
  });

  test('a batch with fewer records than offsets, as compaction leaves it, is refused', async () => {
    const { cluster, log } = await made();
    const batch = await batchOf(2);
    batch.writeInt32BE(5, batchLayout.lastOffsetDelta);
    cluster.log('s.ticks', 0).store(batch, 1);
    await expect(log.open('ticks', 0, 0).next()).rejects.toThrow(/compacted/);
  });

  test('a record that ends behind its batch is refused, not guessed at', async () => {
    const { cluster, log } = await made();
    const batch = await batchOf(1, 40);
    batch[batchLayout.records + 5] = 126;
    cluster.log('s.ticks', 0).store(batch, 1);
    await expect(log.open('ticks', 0, 0).next()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });

  test('gzip of another writer is read', async () => {
    const { cluster, log } = await made();
    cluster.log('s.ticks', 0).store(packed(await batchOf(3, 100), gzipSync), 1);
    const records = await take(log.open('ticks', 0, 1), 2);
    expect(records.map(({ offset, bytes }) => [offset, bytes[0]])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test('what unpacks to more than the bound is refused', async () => {
    const { cluster, log } = await made();
    const bomb = packed(await batchOf(1), () => gzipSync(Buffer.alloc(80_000_000)));
    cluster.log('s.ticks', 0).store(bomb, 1);
    await expect(log.open('ticks', 0, 0).next()).rejects.toThrow(/67108864 bytes or less/);
  });
});

describe('brokers that do not work', () => {
  test('a reader goes on at the same offset once another broker leads', async () => {
    const { cluster, log } = await made();
    const stored = cluster.log('s.ticks', 0);
    stored.store(await batchOf(2), 1);
    const reader = log.open('ticks', 0, 0);
    await take(reader, 2);
    cluster.dead.add(1);
    const next = reader.next();
    cluster.leaders.set('s.ticks 0', 2);
    stored.store(await batchOf(1), 1);
    expect((await next)?.map(({ offset }) => offset)).toEqual([2]);
  });

  test.each([5, 6, 13, 56, 74, 75, 78, -1])('code %d passes by itself', async (value) => {
    const { cluster, log } = await made();
    cluster.log('s.ticks', 0).store(await batchOf(1), 1);
    let told = 0;
    cluster.onFetch = (_node, answer) => (told++ < 2 ? { ...answer, code: value, bytes: Buffer.alloc(0) } : answer);
    expect(await take(log.open('ticks', 0, 0), 1)).toHaveLength(1);
  });

  test('no progress although the log has more ends in LOG_UNAVAILABLE, and a new reader goes on', async () => {
    const { cluster, log } = await made({ stallMs: 50 });
    cluster.log('s.ticks', 0).store(await batchOf(1), 1);
    cluster.onFetch = (_node, answer) => ({ ...answer, bytes: Buffer.alloc(0) });
    await expect(log.open('ticks', 0, 0).next()).rejects.toThrow(/gave nothing for/);
    cluster.onFetch = undefined;
    expect(await take(log.open('ticks', 0, 0), 1)).toHaveLength(1);
  });

  test('a cluster that answers nothing ends readers with LOG_UNAVAILABLE', async () => {
    const { cluster, log } = await made({ stallMs: 50 });
    cluster.dead.add(1).add(2);
    await expect(log.open('ticks', 0, 0).next()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });

  test('waiting at the end for longer than that is no stall', async () => {
    const { cluster, log } = await made({ stallMs: 30 });
    const reader = log.open('ticks', 0, 0);
    const next = reader.next();
    await vi.waitFor(() => expect(cluster.fetches.length).toBeGreaterThan(12));
    await log.append('ticks', 0, Uint8Array.of(1));
    expect(await next).toHaveLength(1);
  });

  test('a topic that we may not read is told with the remedy', async () => {
    const { cluster, log } = await made();
    cluster.onFetch = (_node, answer) => ({ ...answer, code: code.topicAuthorizationFailed });
    await expect(log.open('ticks', 0, 0).next()).rejects.toThrow(/grant it Read/);
  });

  test('a topic that was made anew ends its readers, also one that waits at the end', async () => {
    const { cluster, log } = await made({ stallMs: 10_000 });
    const waits = log.open('ticks', 0, 0).next();
    await vi.waitFor(() => expect(cluster.fetches.length).toBeGreaterThan(0));
    cluster.topicId = 'BBBBBBBBBBBBBBBBBBBBBB';
    await expect(waits).rejects.toMatchObject({ code: 'LOG_REPLACED' });
  });

  test('a topic that was deleted ends its readers', async () => {
    const { cluster, log } = await made({ stallMs: 10_000 });
    cluster.topicCodes.set('s.ticks', code.unknownTopicOrPartition);
    cluster.onFetch = (_node, answer) => ({ ...answer, code: code.unknownTopicId });
    await expect(log.open('ticks', 0, 0).next()).rejects.toThrow(/was deleted/);
  });
});

describe('readers beside each other', () => {
  test('one that nobody reads from is left out of fetches at its bound, and holds up no other', async () => {
    const { cluster, log } = await made({ prefetchBytes: 5_000, fetchPartitionBytes: 1_000 });
    for (let batch = 0; batch < 50; batch += 1) cluster.log('s.ticks', 0).store(await batchOf(1, 1_000), 1);
    const idle = log.open('ticks', 0, 0);
    const live = log.open('ticks', 1, 0);
    for (let record = 0; record < 20; record += 1) {
      await log.append('ticks', 1, Uint8Array.of(record));
      expect(await live.next()).toHaveLength(1);
    }
    const offsets = cluster.fetches.flatMap(({ parts }) => parts.filter(({ place }) => place.partition === 0));
    expect(Math.max(...offsets.map(({ offset }) => offset))).toBeLessThan(6);
    expect((await take(idle, 50)).map(({ offset }) => offset)).toEqual(Array.from({ length: 50 }, (_, at) => at));
  });

  test('readers that are open from the start share one fetch; two of one partition do not', async () => {
    const { cluster, log } = await made();
    for (const partition of [0, 1, 0]) log.open('ticks', partition, 0);
    await vi.waitFor(() => expect(cluster.fetches.length).toBeGreaterThan(1));
    expect(cluster.fetches.slice(0, 2).map(({ parts, slot }) => [parts.length, slot])).toEqual([
      [2, 0],
      [1, 1],
    ]);
  });

  test('with every connection waiting a reader waits for the first of them', async () => {
    const { cluster, log } = await made({ fetchSlots: 1, fetchWaitMs: 30 });
    log.open('ticks', 0, 0);
    await vi.waitFor(() => expect(cluster.fetches.length).toBeGreaterThan(0));
    cluster.log('s.ticks', 1).store(await batchOf(1), 1);
    expect(await log.open('ticks', 1, 0).next()).toHaveLength(1);
    expect(Math.max(...cluster.fetches.map(({ slot }) => slot))).toBe(0);
  });

  test('a small share of a reply does not keep the reply in memory', async () => {
    const { cluster, log } = await made();
    cluster.log('s.ticks', 0).store(await batchOf(1, 100_000), 1);
    cluster.log('s.ticks', 1).store(await batchOf(2, 10), 1);
    const readers = [log.open('ticks', 0, 0), log.open('ticks', 1, 0)];
    const [, small] = await Promise.all(readers.map(async (reader) => reader.next()));
    expect(small?.map(({ bytes }) => bytes.buffer.byteLength)).toEqual([20, 20]);
  });
});

function packed(batch: Buffer, pack: (bytes: Buffer) => Buffer): Buffer {
  const bytes = Buffer.concat([batch.subarray(0, batchLayout.records), pack(batch.subarray(batchLayout.records))]);
  bytes.writeInt32BE(bytes.length - batchLayout.leaderEpoch, batchLayout.length);
  bytes.writeInt16BE(1, batchLayout.attributes);
  bytes.writeUInt32BE(crc32c(bytes, batchLayout.attributes, bytes.length), batchLayout.crc);
  return bytes;
}
