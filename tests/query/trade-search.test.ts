/** The search for trades that corrections mean: what was not found is not looked for twice, and what comes later is found. */
import type { Store, TapeQuery } from '@tapeline/domain';
import type { SimulatedStore } from '@tapeline/simulation';
import { wireQuery } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { failure, QueryRig, TestCall } from './query-rig.ts';
import { chunkOf, type SceneTick, tapeRecordOf, tapeStartNs } from './tape-scenes.ts';

const rigs: QueryRig[] = [];

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

/** A rig that counts what is read of the tape, in chunks. */
class CountedRig {
  rig!: QueryRig;
  chunksRead = 0;
  /** Which chunks retention took, by first number. */
  hides: (firstNumber: number) => boolean = () => false;
  #next = 1;

  static async start(): Promise<CountedRig> {
    const counted = new CountedRig();
    const storeSeen = (store: SimulatedStore): Store =>
      new Proxy(store, {
        get: (target, name) => {
          if (name !== 'tape') return Reflect.get(target, name, target).bind(target) as unknown;
          return async (query: TapeQuery) => {
            const { skip = 0, limit } = query;
            const all = await store.tape({ ...query, skip: 0, limit: 10_000 });
            const chunks = all.filter(({ firstNumber }) => !counted.hides(firstNumber)).slice(skip, skip + limit);
            counted.chunksRead += chunks.length;
            return chunks;
          };
        },
      });
    counted.rig = await QueryRig.start({ partitions: 1, storeSeen });
    rigs.push(counted.rig);
    return counted;
  }

  /** Puts a chunk out as a worker does. */
  async put(ticks: readonly SceneTick[]): Promise<void> {
    const { log, store } = this.rig;
    await store.writeTape([chunkOf(ticks, this.#next)]);
    await log.append('tape', 0, tapeRecordOf(ticks, this.#next));
    this.#next += ticks.length;
    for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Prices of the page up to 12 ns, and how many chunks were read for it. */
  async page(fromNs: bigint = 0n): Promise<readonly [prices: number[], chunksRead: number]> {
    const before = this.chunksRead;
    const request = {
      instrument: { dataset: 'd', symbol: 'SPY' },
      startTimeNs: tapeStartNs + fromNs,
      endTimeNs: tapeStartNs + 12n,
    };
    const { entries } = await this.rig.query.service.getTrades(
      wireQuery.GetTradesRequest.fromPartial(request),
      new TestCall(),
    );
    const prices = entries.map(({ tick }) => (tick?.$case === 'trade' ? Number(tick.value.price) : 0));
    return [prices, this.chunksRead - before];
  }
}

function trade(sequence: number, atNs: number): SceneTick {
  return { kind: 'trade', publisher: 1n, sequence, atNs, price: sequence, tradeId: `t${sequence}` };
}

function correction(sequence: number, atNs: number, original: string): SceneTick {
  return { kind: 'correction', publisher: 1n, sequence, atNs, original, price: sequence, correctedAtNs: 11 };
}

test('a trade that is not there is looked for once, then only where the tape grew, and found when it comes', async () => {
  const counted = await CountedRig.start();
  for (let number = 1; number <= 300; number += 1) await counted.put([trade(number, number)]);
  await counted.put(Array.from({ length: 20 }, (_, index) => correction(1_000 + index, 301, `lost${index}`)));
  const expected = Array.from({ length: 11 }, (_, index) => index + 1);
  // Each looks through all 301 chunks, and that is too much for one request.
  expect(await failure(counted.page())).toMatchObject({ reason: 'STORE_UNAVAILABLE', facts: { limit: '4096' } });
  expect(counted.chunksRead).toBeLessThanOrEqual(4_096 + 2 * 301 + 64);
  const [prices] = await counted.page();
  expect(prices).toEqual(expected);
  const [, kept] = await counted.page();
  expect(kept).toBeLessThanOrEqual(32);
  await counted.put([trade(400, 400)]);
  const [, grown] = await counted.page();
  expect(grown).toBeLessThanOrEqual(32 + 20 * 2);
  await counted.put([{ ...trade(500, 302), tradeId: 'lost7' }]);
  expect((await counted.page())[0]).toEqual([...expected, 1_007]);
});

test('a chunk that grows is looked through again', async () => {
  const counted = await CountedRig.start();
  const lost = correction(2, 20, 'lost');
  await counted.put([trade(1, 1)]);
  await counted.rig.store.writeTape([chunkOf([lost], 2)]);
  expect((await counted.page())[0]).toEqual([1]);
  const grown = [lost, { ...trade(3, 15), tradeId: 'lost' }];
  await counted.rig.store.writeTape([chunkOf(grown, 2)]);
  await counted.rig.log.append('tape', 0, tapeRecordOf(grown.slice(1), 3));
  await expect.poll(async () => (await counted.page())[0]).toEqual([1, 2]);
});

test('once the oldest chunks are gone, what was not found is looked for anew', async () => {
  const counted = await CountedRig.start();
  const hidden = new Set<number>();
  counted.hides = (firstNumber) => hidden.has(firstNumber);
  for (let number = 1; number <= 5; number += 1) await counted.put([trade(number, number)]);
  await counted.put([correction(6, 20, 'lost')]);
  await counted.page();
  hidden.add(1).add(2).add(3);
  await counted.put([{ ...trade(7, 19), tradeId: 'lost' }]);
  expect((await counted.page())[0]).toEqual([4, 5, 6]);
});

test('past 1,024 chunks a trade counts as not there, and one that comes later nearby is still found', async () => {
  const counted = await CountedRig.start();
  await counted.put([{ ...trade(1, 1), tradeId: 'far' }]);
  for (let number = 2; number <= 1_040; number += 1) await counted.put([trade(number, number + 20)]);
  await counted.put([correction(2_000, 1_100, 'far'), correction(2_001, 1_101, 'near')]);
  expect((await counted.page(5n))[0]).toEqual([]);
  const [, again] = await counted.page(5n);
  expect(again).toBeLessThanOrEqual(32);
  await counted.put([{ ...trade(2_002, 1_099), tradeId: 'near' }]);
  expect((await counted.page(5n))[0]).toEqual([2_001]);
});
