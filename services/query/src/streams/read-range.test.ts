/** Reading for one stream: what a stream holds whose reader is slow, whose turn it is, and logs that end too early. */
import type { LogRecordInput, TickLog } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { HandedLog } from '../../test-kit/handed-log.ts';
import { ReadTurns } from './read-turns.ts';
import { readBatchBytes, readRange, type RangeRead, type ReadBatch, type ReadPart } from './read-range.ts';
import { readyBytesMax, restMsMax, type Stretch } from './record-walk.ts';
import type { StreamItem } from './stream-item.ts';

const itemBytes = 1_024;

/** A record of so many items of 1 KiB. */
function record(offset: number, items: number): LogRecordInput {
  return { offset, appendTimeMs: 0, bytes: new Uint8Array(new Uint32Array([offset, items]).buffer) };
}

type World = { readonly log: HandedLog; readonly clock: ManualClock; made: number; range: RangeRead<StreamItem> };

function worldOf(handOuts: readonly (readonly LogRecordInput[])[], turns: ReadTurns = new ReadTurns(1)): World {
  const [log, clock] = [new HandedLog(handOuts), new ManualClock()];
  const range: RangeRead<StreamItem> = {
    log,
    topic: 'tape',
    turns,
    clock,
    signal: new AbortController().signal,
    read: (bytes) => {
      const [offset = 0, items = 0] = new Uint32Array(bytes.buffer);
      return { items: itemsOf(items), clockNs: BigInt(offset + 1), latenessMs: offset };
    },
    followed: {
      digest: 'all',
      instruments: undefined,
      wantsInstrument: () => true,
      wants: () => true,
    },
  };
  function* itemsOf(count: number): Generator<StreamItem> {
    for (let item = 0; item < count; item += 1) {
      world.made += 1;
      yield { dataset: 'd', instrument: 'i', bytes: new Uint8Array(itemBytes) };
    }
  }
  const world = { log, clock, made: 0, range };
  return world;
}

/** A batch of one part, as those of one partition are. */
type OnePart = Pick<ReadBatch<StreamItem>, 'latenessMs'> & { readonly batch: ReadPart<StreamItem> };

function onePart({ parts, latenessMs }: ReadBatch<StreamItem>): OnePart {
  const [batch] = parts;
  if (batch === undefined || parts.length > 1) throw new Error(`${parts.length} parts of one partition`);
  return { batch, latenessMs };
}

async function next(batches: AsyncGenerator<ReadBatch<StreamItem>>): Promise<OnePart> {
  const { value, done } = await batches.next();
  if (done === true) throw new Error('there is no further batch');
  return onePart(value);
}

/** The records of partition 0 from one offset up to another. */
function stretch(from: number, to: number): Stretch[] {
  return [{ partition: 0, from, to }];
}

test('small records go out together, as far as the log hands them out and not past the end of the stretch', async () => {
  const { range } = worldOf([[record(0, 1), record(1, 2)], [record(2, 3)], [record(3, 1), record(4, 9)]]);
  const found: unknown[] = [];
  for await (const read of readRange(range, stretch(0, 4))) {
    const { batch, latenessMs } = onePart(read);
    found.push([batch.items.length, batch.nextOffset, batch.clockNs, latenessMs]);
  }
  expect(found).toEqual([
    [3, 2, 2n, 1],
    [3, 3, 3n, 2],
    [1, 4, 4n, 3],
  ]);
});

test('a large record goes out in batches of 256 KiB, made when they are asked for, and counts as read with the last', async () => {
  const world = worldOf([[record(0, 1), record(1, 700)]]);
  const batches = readRange(world.range, stretch(0, 2));
  const found: unknown[] = [];
  for (let made = 256; made <= 512; made += 256) {
    const { batch, latenessMs } = await next(batches);
    expect(batch.items.length * itemBytes).toBe(readBatchBytes);
    expect(world.made).toBe(made);
    found.push([batch.nextOffset, batch.clockNs, latenessMs]);
  }
  const { batch } = await next(batches);
  found.push([batch.nextOffset, batch.clockNs, batch.items.length]);
  expect(found).toEqual([
    [1, 1n, 0],
    // Its clock was told.
    [1, 0n, 0],
    [2, 2n, 189],
  ]);
  expect((await batches.next()).done).toBe(true);
  expect(world.log.openReaders).toBe(0);
});

test('a reader that takes nothing for a while holds one batch and no place at the log, and then goes on', async () => {
  const world = worldOf([[record(0, 1), record(1, 300), record(2, 1)], [record(3, 1)]]);
  const batches = readRange(world.range, stretch(0, 4));
  await next(batches);
  expect([world.log.openReaders, world.made]).toEqual([1, 256]);
  await world.clock.advance(restMsMax);
  expect(world.log.openReaders).toBe(0);
  const rest = [await next(batches), await next(batches), await next(batches)];
  expect(rest.map(({ batch }) => [batch.items.length, batch.nextOffset])).toEqual([
    [45, 2],
    [1, 3],
    [1, 4],
  ]);
  expect(world.log.opened).toEqual([0, 2]);
});

/** A log of as many partitions as there are of these. */
function logOf(partitions: readonly HandedLog[]): TickLog {
  const [first] = partitions as [HandedLog];
  const open: TickLog['open'] = (topic, partition, from) =>
    (partitions[partition] as HandedLog).open(topic, partition, from);
  return new Proxy<TickLog>(first, { get: (target, name: keyof TickLog) => (name === 'open' ? open : target[name]) });
}

test('partitions are merged by the clocks of their records, each in its own order', async () => {
  const { range } = worldOf([]);
  const logs = [
    new HandedLog([[record(0, 1), record(4, 1)], [record(9, 1)]]),
    new HandedLog([
      [record(1, 1), record(2, 1)],
      [record(6, 1), record(7, 1)],
    ]),
  ];
  const found: [number, number][] = [];
  const stretches = [
    { partition: 0, from: 0, to: 10 },
    { partition: 1, from: 1, to: 8 },
  ];
  for await (const { parts } of readRange({ ...range, log: logOf(logs) }, stretches)) {
    for (const { partition, nextOffset, items } of parts) if (items.length > 0) found.push([partition, nextOffset]);
  }
  expect(found).toEqual([
    [0, 1],
    [1, 3],
    [0, 5],
    [1, 8],
    [0, 10],
  ]);
  expect(logs.map(({ openReaders }) => openReaders)).toEqual([0, 0]);
});

test('what lies ready of many partitions is bounded; what comes last by clock is read again', async () => {
  const { range } = worldOf([]);
  const large = (offset: number): LogRecordInput => {
    const bytes = new Uint8Array(readyBytesMax / 4);
    new Uint32Array(bytes.buffer).set([offset, 0]);
    return { offset, appendTimeMs: 0, bytes };
  };
  const logs = [0, 1, 2, 3].map((index) => new HandedLog([[large(10 - index), large(20 + index)]]));
  const stretches = logs.map((_, partition) => ({ partition, from: 0, to: 21 + partition }));
  const walked: number[] = [];
  for await (const { parts } of readRange({ ...range, log: logOf(logs) }, stretches)) {
    for (const { nextOffset } of parts) walked.push(nextOffset - 1);
  }
  // 10 and 20 are of one partition, one after the other.
  expect(walked).toEqual([7, 8, 9, 20, 21, 22, 23]);
  expect(logs.some(({ opened }) => opened.length > 1)).toBe(true);
  expect(logs.map(({ openReaders }) => openReaders)).toEqual([0, 0, 0, 0]);
});

test('no more streams read at once than have a turn; who waited longest is next, and one hand-out is a turn', async () => {
  const turns = new ReadTurns(1);
  const handOuts = [[record(0, 1)], [record(1, 1)]];
  const worlds = [worldOf(handOuts, turns), worldOf(handOuts, turns), worldOf(handOuts, turns)];
  const order: string[] = [];
  const reading = worlds.map(async ({ range }, stream) => {
    for await (const read of readRange(range, stretch(0, 2))) {
      const { batch } = onePart(read);
      order.push(`${stream} to ${batch.nextOffset}`);
      expect(worlds.reduce((open, { log }) => open + log.openReaders, 0)).toBe(1);
    }
  });
  await Promise.all(reading);
  expect(order).toEqual(['0 to 1', '1 to 1', '2 to 1', '0 to 2', '1 to 2', '2 to 2']);
});

test('a stream that ends while it waits leaves its place in the queue', async () => {
  const turns = new ReadTurns(1);
  const endTurn = await turns.take(new AbortController().signal);
  const leaving = new AbortController();
  const left = turns.take(leaving.signal);
  const stays = turns.take(new AbortController().signal);
  leaving.abort();
  expect(await left).toBeUndefined();
  expect(await turns.take(leaving.signal)).toBeUndefined();
  endTurn?.();
  endTurn?.();
  expect(await stays).toBeDefined();
  expect(turns.isWanted).toBe(false);
});

test('a log that ends before the stretch is told, as is one that goes on after it', async () => {
  const problem = { reason: 'LOG_UNAVAILABLE', facts: { partition: '0' } };
  await expect(next(readRange(worldOf([]).range, stretch(3, 4)))).rejects.toMatchObject(problem);
  const { range, log } = worldOf([[record(0, 1)], [record(9, 1)]]);
  const batches = readRange(range, stretch(0, 5));
  expect((await next(batches)).batch.nextOffset).toBe(1);
  await expect(next(batches)).rejects.toMatchObject(problem);
  expect(log.openReaders).toBe(0);
});

test('a signal ends the stretch without an error', async () => {
  const stop = new AbortController();
  const { range, log } = worldOf([[record(0, 1)], [record(1, 1)]]);
  const batches = readRange({ ...range, signal: stop.signal }, stretch(0, 2));
  await next(batches);
  stop.abort();
  expect((await batches.next()).done).toBe(true);
  expect(log.openReaders).toBe(0);
});
