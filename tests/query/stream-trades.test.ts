/** Streams of trades: numbers in order and once, snapshot by time, resume, bounds. */
import { wireQuery } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { failure, QueryRig, type RigOptions, TestCall } from './query-rig.ts';
import { chunkOf, type SceneTick, tapeRecordOf, tapeStartNs } from './tape-scenes.ts';
import { TradeReader } from './trade-reader.ts';

const rigs: QueryRig[] = [];

async function rigWith(options: RigOptions = {}): Promise<QueryRig> {
  const rig = await QueryRig.start({ partitions: 1, ...options });
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

function trade(sequence: number, atNs: number): SceneTick {
  return { kind: 'trade', publisher: 1n, sequence, atNs, price: sequence };
}

/** Puts ticks out as a worker does: into the store, then into the topic. */
async function count(
  rig: QueryRig,
  ticks: readonly SceneTick[],
  firstNumber: number,
  clockMs: number = 0,
): Promise<void> {
  await rig.store.writeTape([chunkOf(ticks, firstNumber)]);
  await rig.log.append('tape', 0, tapeRecordOf(ticks, firstNumber, clockMs));
}

test('without a start there is no snapshot, then ticks come by number, none twice', async () => {
  const rig = await rigWith();
  await count(rig, [trade(1, 10)], 1);
  const reader = new TradeReader(rig);
  expect(await reader.snapshot()).toEqual([]);
  await count(rig, [trade(2, 5), trade(3, 30)], 2);
  await count(rig, [trade(3, 30), trade(4, 40)], 3);
  expect(await reader.numbers(3)).toEqual([2, 3, 4]);
  await reader.leave();
});

test('the snapshot has entries of the start and later by number, then what follows without a gap', async () => {
  const rig = await rigWith();
  await count(rig, [trade(1, 10), trade(2, 20)], 1);
  await rig.store.writeTape([chunkOf([trade(2, 20), trade(3, 15), trade(4, 40)], 2)]);
  const reader = new TradeReader(rig, { startTimeNs: tapeStartNs + 15n });
  expect(await reader.snapshot()).toEqual([2, 3, 4]);
  await rig.log.append('tape', 0, tapeRecordOf([trade(3, 15), trade(4, 40), trade(5, 1)], 3));
  expect(await reader.numbers(1)).toEqual([5]);
  await reader.leave();
});

test('an instrument that is pinned is followed where it lives, also with a token', async () => {
  const rig = await rigWith({ partitions: 2 });
  const pinned = { dataset: 'd', symbol: 'PIN' };
  const pin = 1 - rig.homeOf(pinned);
  await rig.addInstruments([{ ...pinned, pin }]);
  const put = async (number: number): Promise<unknown> =>
    rig.log.append('tape', pin, tapeRecordOf([trade(number, number)], number, 0, 'PIN'));
  const reader = new TradeReader(rig, { instruments: [pinned] });
  expect(await reader.snapshot()).toEqual([]);
  await put(1);
  expect(await reader.numbers(1)).toEqual([1]);
  await reader.leave();
  await put(2);
  const again = new TradeReader(rig, { instruments: [pinned], resumeToken: reader.token });
  expect((await again.snapshot()).at(-1)).toBe(2);
  await again.leave();
});

test('a record with more than an event may hold comes in several', async () => {
  const rig = await rigWith();
  const reader = new TradeReader(rig);
  await reader.snapshot();
  const ticks = Array.from({ length: 4_500 }, (_, index) => trade(index + 1, index));
  await rig.log.append('tape', 0, tapeRecordOf(ticks, 1));
  const sizes: number[] = [];
  while (sizes.reduce((sum, size) => sum + size, 0) < ticks.length) sizes.push((await reader.numbers(1)).length);
  expect(sizes).toEqual([2_000, 2_000, 500]);
  await reader.leave();
});

test('a stream goes on from its token, and from that of a read', async () => {
  const rig = await rigWith();
  const reader = new TradeReader(rig);
  await reader.snapshot();
  await reader.leave();
  const instrument = { dataset: 'd', symbol: 'SPY' };
  const read = await rig.query.service.getTrades(
    wireQuery.GetTradesRequest.fromPartial({ instrument }),
    new TestCall(),
  );
  await count(rig, [trade(1, 10), trade(2, 20)], 1);
  for (const resumeToken of [reader.token, read.resumeToken]) {
    const again = new TradeReader(rig, { resumeToken });
    expect(await again.snapshot()).toEqual([1, 2]);
    await again.leave();
  }
  const bars = rig.streamBars();
  await bars.snapshot();
  await bars.leave();
  const error = await failure(new TradeReader(rig, { resumeToken: bars.token }).next());
  expect(error).toMatchObject({ reason: 'RESUME_TOKEN_INVALID' });
  expect(error.message).toContain('one of bar-stream, not of trade-stream');
});

test('the heartbeat tells the clock of the tape', async () => {
  const rig = await rigWith();
  await count(rig, [trade(1, 10)], 1, 5_000);
  const reader = new TradeReader(rig);
  await reader.snapshot();
  const event = await reader.next();
  expect(event).toMatchObject({ $case: 'heartbeat', value: { watermarkTimeNs: 5_000_000_000n } });
  await reader.leave();
});

test('a reader that takes nothing is ended at its bound', async () => {
  const rig = await rigWith({ config: { waitingBytesMax: 10_000 } });
  const reader = new TradeReader(rig);
  await reader.snapshot();
  const first = reader.next();
  for (let number = 1; number <= 500; number += 1) await count(rig, [trade(number, number)], number);
  await first;
  await expect.poll(() => reader.call.aborted?.reason).toBe('READER_TOO_SLOW');
  expect(await failure(reader.numbers(500))).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'READER_TOO_SLOW' });
});

test('a chunk of the store that is damaged ends the snapshot rather than leave a gap', async () => {
  const rig = await rigWith();
  await rig.store.writeTape([{ ...chunkOf([trade(1, 10)], 1), bytes: Uint8Array.of(10, 200, 1) }]);
  const error = await failure(new TradeReader(rig, { startTimeNs: 0n }).next());
  expect(error).toMatchObject({ reason: 'STORE_UNAVAILABLE', facts: { number: '1' } });
});
