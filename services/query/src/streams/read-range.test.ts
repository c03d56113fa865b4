/** Reading for one stream: what a stream holds whose reader is slow, whose turn it is, and logs that end too early. */
import { type LogRecordInput } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { HandedLog } from '../../test-kit/handed-log.ts';
import { ReadTurns } from './read-turns.ts';
import { readBatchBytes, readRange, type RangeRead, type ReadBatch } from './read-range.ts';
import { restMsMax } from './record-walk.ts';
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
      partitions: new Set([0]),
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

async function next(batches: AsyncGenerator<ReadBatch<StreamItem>>): Promise<ReadBatch<StreamItem>> {
  const { value, done } = await batches.next();
  if (done === true) throw new Error('there is no further batch');
  return value;
}

test('small records go out together, as far as the log hands them out and not past the end of the stretch', async () => {
  const { range } = worldOf([[record(0, 1), record(1, 2)], [record(2, 3)], [record(3, 1), record(4, 9)]]);
  const found: unknown[] = [];
  for await (const { batch, latenessMs } of readRange(range, 0, 0, 4)) {
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
  const batches = readRange(world.range, 0, 0, 2);
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
    [1, 1n, 0],
    [2, 2n, 189],
  ]);
  expect((await batches.next()).done).toBe(true);
  expect(world.log.openReaders).toBe(0);
});

test('a reader that takes nothing for a while holds one batch and no place at the log, and then goes on', async () => {
  const world = worldOf([[record(0, 1), record(1, 300), record(2, 1)], [record(3, 1)]]);
  const batches = readRange(world.range, 0, 0, 4);
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

test('no more streams read at once than have a turn; who waited longest is next, and one hand-out is a turn', async () => {
  const turns = new ReadTurns(1);
  const handOuts = [[record(0, 1)], [record(1, 1)]];
  const worlds = [worldOf(handOuts, turns), worldOf(handOuts, turns), worldOf(handOuts, turns)];
  const order: string[] = [];
  const reading = worlds.map(async ({ range }, stream) => {
    for await (const { batch } of readRange(range, 0, 0, 2)) {
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
  await expect(next(readRange(worldOf([]).range, 0, 3, 4))).rejects.toMatchObject(problem);
  const { range, log } = worldOf([[record(0, 1)], [record(9, 1)]]);
  const batches = readRange(range, 0, 0, 5);
  expect((await next(batches)).batch.nextOffset).toBe(1);
  await expect(next(batches)).rejects.toMatchObject(problem);
  expect(log.openReaders).toBe(0);
});

test('a signal ends the stretch without an error', async () => {
  const stop = new AbortController();
  const { range, log } = worldOf([[record(0, 1)], [record(1, 1)]]);
  const batches = readRange({ ...range, signal: stop.signal }, 0, 0, 2);
  await next(batches);
  stop.abort();
  expect((await batches.next()).done).toBe(true);
  expect(log.openReaders).toBe(0);
});
