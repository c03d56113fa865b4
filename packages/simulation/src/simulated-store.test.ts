/** The simulated store fails as a real one does, and judges its writers. */
import type { StoreErrorCode, StoredInstrument } from '@tapeline/domain';
import { expect, test } from 'vitest';
import type { WriteFate } from './simulated-faults.ts';
import { SimulatedStore } from './simulated-store.ts';

const instrument: StoredInstrument = {
  dataset: 'd',
  symbol: 'A',
  terms: { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 1 },
};

test.each<[Exclude<WriteFate, 'done'>, StoreErrorCode, number]>([
  ['full', 'STORE_FULL', 0],
  ['unavailable', 'STORE_UNAVAILABLE', 0],
  ['landed-unknown', 'STORE_UNAVAILABLE', 1],
])('a write whose fate is %s is %s and leaves %d', async (fate, code, left) => {
  const store = new SimulatedStore();
  store.faults.break(fate);
  await expect(store.writeInstruments([instrument])).rejects.toMatchObject({ code });
  store.faults.break(undefined);
  expect(await store.instruments({ limit: 9 })).toHaveLength(left);
});

test('a store that is down answers no query', async () => {
  const store = new SimulatedStore();
  store.faults.break('unavailable');
  await expect(store.snapshots(0)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(store.instruments({ limit: 1 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('writes that are held land in their order once they are let go', async () => {
  const store = new SimulatedStore();
  const claim = await store.claimSnapshots(0);
  const release = store.faults.hold();
  const writes = [1, 2, 3].map(async (nextOffset) =>
    store.saveSnapshot({ partition: 0, nextOffset, bytes: new Uint8Array(0) }, claim),
  );
  expect(await store.snapshots(0)).toEqual([]);
  release();
  await Promise.all(writes);
  expect((await store.snapshots(0)).map(({ nextOffset }) => nextOffset)).toEqual([3, 2]);
});

test('the judge of its bars is the store in memory', async () => {
  const store = new SimulatedStore();
  await store.writeBars([]);
  expect(store.judged.violations).toEqual([]);
  expect(store.reopened().judged).toBe(store.judged);
});
