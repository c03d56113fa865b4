/**
 * What every store must do with chunks of counted ticks. In: a way to make a store that is new. Out: tests of the seam
 * `Store`.
 */
import type { Store, TapeChunk, TapeQuery } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { allTape, chunkOf, type StartStore } from './store-under-test.ts';

/** Tests of chunks. */
export function storeTapeSuite(start: StartStore): void {
  tapeOrder(start);
  tapeFilters(start);
  tapeMonths(start);
}

function tapeOrder(start: StartStore): void {
  test('chunks come by number, by earliest time, or by latest time with the latest first', async () => {
    const { store } = await start();
    const chunks = [
      chunkOf(0, { firstEventNs: 50n, lastEventNs: 60n }),
      chunkOf(10, { firstEventNs: 10n, lastEventNs: 90n }),
      chunkOf(20, { firstEventNs: -5n, lastEventNs: 20n }),
    ];
    await store.writeTape([chunks[2], chunks[0], chunks[1]] as TapeChunk[]);
    expect(await store.tape(allTape)).toEqual(chunks);
    expect(await store.tape({ ...allTape, order: 'first-event' })).toEqual([chunks[2], chunks[1], chunks[0]]);
    expect(await store.tape({ ...allTape, order: 'last-event' })).toEqual([chunks[1], chunks[0], chunks[2]]);
  });

  test('a longer chunk replaces a shorter one of the same first number, never the other way round', async () => {
    const { store } = await start();
    await store.writeTape([chunkOf(0, { lastNumber: 4 })]);
    await store.writeTape([chunkOf(0, { lastNumber: 8, amends: true })]);
    await store.writeTape([chunkOf(0, { lastNumber: 5 })]);
    expect(await store.tape(allTape)).toEqual([chunkOf(0, { lastNumber: 8, amends: true })]);
    expect(await store.tape({ ...allTape, amending: true })).toHaveLength(1);
  });

  test('skip and limit cut the order into pages', async () => {
    const { store } = await start();
    const chunks = Array.from({ length: 25 }, (_, place) => chunkOf(place * 10));
    await store.writeTape(new Random(5).shuffle(chunks));
    const paged: TapeChunk[] = [];
    for (let skip = 0; skip < 30; skip += 7) {
      paged.push(...(await store.tape({ ...allTape, order: 'first-event', skip, limit: 7 })));
    }
    expect(paged).toEqual(chunks);
  });

  test('the store keeps what the bytes were when they were written', async () => {
    const { store, reopen } = await start();
    const bytes = Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 4);
    const written = store.writeTape([chunkOf(0, { bytes })]);
    bytes.fill(0);
    await written;
    const [kept] = await (await reopen()).tape(allTape);
    expect([...(kept?.bytes ?? [])]).toEqual([2, 3, 4]);
  });
}

function tapeFilters(start: StartStore): void {
  test('a range has the chunks with an entry at its start or later and one before its end', async () => {
    const { store } = await start();
    const chunks = [0, 10, 20, 30].map((first) =>
      chunkOf(first, { firstEventNs: BigInt(first), lastEventNs: BigInt(first + 9) }),
    );
    await store.writeTape(chunks);
    const firsts = async (startNs?: bigint, endNs?: bigint): Promise<readonly number[]> => {
      const range = { ...(startNs === undefined ? {} : { startNs }), ...(endNs === undefined ? {} : { endNs }) };
      return (await store.tape({ ...allTape, ...range })).map(({ firstNumber }) => firstNumber);
    };
    expect(await firsts(19n, 20n)).toEqual([10]);
    expect(await firsts(19n, 21n)).toEqual([10, 20]);
    expect(await firsts(20n)).toEqual([20, 30]);
    expect(await firsts(undefined, 10n)).toEqual([0]);
    expect(await firsts(40n)).toEqual([]);
    expect(await firsts(15n, 16n)).toEqual([10]);
  });

  test('chunks of any length are found by any range, in any order', async () => {
    const { store } = await start();
    const random = new Random(8);
    const chunks = Array.from({ length: 60 }, (_, place) => {
      const first = random.int(-500, 500);
      const span = random.chance(0.1) ? random.int(0, 800) : random.int(0, 20);
      const [firstEventNs, lastEventNs] = [BigInt(first), BigInt(first + span)];
      return chunkOf(place * 10, { firstEventNs, lastEventNs, amends: random.chance(0.3) });
    });
    await store.writeTape(chunks);
    for (let time = 0; time < 200; time += 1) {
      const startNs = random.chance(0.8) ? BigInt(random.int(-600, 600)) : undefined;
      const endNs = random.chance(0.8) ? BigInt(random.int(-600, 600)) : undefined;
      const order = random.choice(['first-event', 'last-event', 'number'] as const);
      const amending = random.chance(0.3);
      const expected = chunks
        .filter((chunk) => startNs === undefined || chunk.lastEventNs >= startNs)
        .filter((chunk) => endNs === undefined || chunk.firstEventNs < endNs)
        .filter((chunk) => !amending || chunk.amends);
      const range = { ...(startNs === undefined ? {} : { startNs }), ...(endNs === undefined ? {} : { endNs }) };
      const found = await store.tape({ ...allTape, ...range, order, amending });
      expect(numbersOf(found).sort(byNumber)).toEqual(numbersOf(expected));
      expect(found).toEqual(await pages(store, { ...allTape, ...range, order, amending }));
      for (const [place, chunk] of found.slice(1).entries()) expect(isBehind(order, found[place], chunk)).toBe(true);
    }
  });

  test('a range may reach as far as numbers go', async () => {
    const { store } = await start();
    await store.writeTape([chunkOf(0)]);
    const far = { startNs: -(2n ** 63n), endNs: 2n ** 63n - 1n };
    expect(await store.tape({ ...allTape, ...far })).toHaveLength(1);
  });

  test('amending chunks can be asked for alone, and instruments are told apart', async () => {
    const { store } = await start();
    const amending = chunkOf(10, { amends: true });
    await store.writeTape([chunkOf(0), amending, chunkOf(20), chunkOf(0, { symbol: 'QQQ', amends: true })]);
    expect(await store.tape({ ...allTape, amending: true })).toEqual([amending]);
    expect(await store.tape({ ...allTape, amending: false })).toHaveLength(3);
    expect(await store.tape({ ...allTape, symbol: 'IWM' })).toEqual([]);
  });
}

function tapeMonths(start: StartStore): void {
  test('chunks of seconds, months and years are found by any range and in any order, also once they have grown', async () => {
    const { store } = await start();
    const random = new Random(11);
    const day = 86_400_000_000_000n;
    const grown = Array.from({ length: 40 }, (_, place) => {
      const first = 1_380_000_000_000_000_000n + BigInt(random.int(-400, 400)) * day;
      const span = random.choice([0, 1, 40, 200, 500, 4_000]);
      return chunkOf(place * 100, {
        lastNumber: place * 100 + 50,
        firstEventNs: first,
        lastEventNs: first + BigInt(span) * day + 7n,
        amends: random.chance(0.3),
      });
    });
    const short = grown.map((chunk) => ({
      ...chunk,
      lastNumber: chunk.firstNumber + 5,
      lastEventNs: chunk.firstEventNs,
    }));
    await store.writeTape(short.map((chunk) => ({ ...chunk, amends: false })));
    await store.writeTape(grown);
    for (let time = 0; time < 40; time += 1) {
      const startNs = 1_380_000_000_000_000_000n + BigInt(random.int(-900, 900)) * day;
      const endNs = startNs + BigInt(random.int(1, 900)) * day;
      const order = random.choice(['first-event', 'last-event', 'number'] as const);
      const amending = random.chance(0.3);
      const query = { ...allTape, startNs, endNs, order, amending };
      const expected = grown
        .filter((chunk) => chunk.lastEventNs >= startNs && chunk.firstEventNs < endNs)
        .filter((chunk) => !amending || chunk.amends);
      const found = await store.tape(query);
      expect(numbersOf(found).sort(byNumber)).toEqual(numbersOf(expected));
      expect(found).toEqual(await pages(store, query));
      for (const [place, chunk] of found.slice(1).entries()) expect(isBehind(order, found[place], chunk)).toBe(true);
    }
  });
}

function numbersOf(chunks: readonly TapeChunk[]): number[] {
  return chunks.map(({ firstNumber }) => firstNumber);
}

function byNumber(left: number, right: number): number {
  return left - right;
}

async function pages(store: Store, query: TapeQuery): Promise<readonly TapeChunk[]> {
  const found: TapeChunk[] = [];
  for (;;) {
    const page = await store.tape({ ...query, skip: found.length, limit: 9 });
    found.push(...page);
    if (page.length < 9) return found;
  }
}

function isBehind(order: TapeQuery['order'], before: TapeChunk | undefined, chunk: TapeChunk): boolean {
  if (before === undefined) return false;
  if (order === 'first-event') return before.firstEventNs <= chunk.firstEventNs;
  if (order === 'last-event') return before.lastEventNs >= chunk.lastEventNs;
  return before.firstNumber < chunk.firstNumber;
}
