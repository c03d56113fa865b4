/**
 * What every store must do with instruments and snapshots, and at its end. In: a way to make a store that is new. Out:
 * tests of the seam `Store`.
 */
import { type Store, StoreError, type StoredInstrument, type StoredSnapshot } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { allTape, barAt, chunkOf, everything, type StartStore } from './store-under-test.ts';

/** Tests of instruments, snapshots and closing. */
export function storeCatalogueSuite(start: StartStore): void {
  instrumentPages(start);
  snapshots(start);
  claims(start);
  closing(start);
}

function instrument(dataset: string, symbol: string, tickSize = 1): StoredInstrument {
  return {
    dataset,
    symbol,
    terms: { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize },
  };
}

function instrumentPages(start: StartStore): void {
  // By code point; by UTF-16 units the last two would change places.
  const symbols = ['A', 'AA', 'AB', 'B', 'BA', 'a', '\uFFFD', '\u{1F4C8}'];
  const listed = ['d', 'e'].flatMap((dataset) => symbols.map((symbol) => instrument(dataset, symbol)));

  test('instruments come in the order of dataset and symbol by code point, in pages of any size', async () => {
    const { store } = await start();
    await store.writeInstruments(new Random(6).shuffle(listed));
    for (const limit of [1, 3, 16, 17]) {
      const found: StoredInstrument[] = [];
      for (let page = await store.instruments({ limit }); page.length > 0;) {
        found.push(...page);
        const { dataset, symbol } = page.at(-1) as StoredInstrument;
        page = await store.instruments({ limit, after: { dataset, symbol } });
      }
      expect(found).toEqual(listed);
    }
  });

  test('a dataset and a prefix leave out the others, also page by page', async () => {
    const { store } = await start();
    await store.writeInstruments(listed);
    const symbolsOf = async (query: Parameters<Store['instruments']>[0]): Promise<readonly string[]> =>
      (await store.instruments(query)).map(({ dataset, symbol }) => `${dataset}/${symbol}`);
    expect(await symbolsOf({ dataset: 'e', limit: 2 })).toEqual(['e/A', 'e/AA']);
    expect(await symbolsOf({ symbolPrefix: 'A', limit: 10 })).toEqual(['d/A', 'd/AA', 'd/AB', 'e/A', 'e/AA', 'e/AB']);
    const after = { dataset: 'd', symbol: 'AA' };
    expect(await symbolsOf({ symbolPrefix: 'A', after, limit: 2 })).toEqual(['d/AB', 'e/A']);
    expect(await symbolsOf({ dataset: 'd', symbolPrefix: 'B', after, limit: 10 })).toEqual(['d/B', 'd/BA']);
    expect(await symbolsOf({ dataset: 'd', after: { dataset: 'e', symbol: 'A' }, limit: 10 })).toEqual([]);
    expect(await symbolsOf({ dataset: 'none', limit: 10 })).toEqual([]);
  });

  test('the first terms of an instrument stay, and bars before its terms do not make it one', async () => {
    const { store, reopen } = await start();
    await store.writeBars([barAt(0, { dataset: 'd', symbol: 'A' })]);
    expect(await store.instruments({ limit: 10 })).toEqual([]);
    await store.writeInstruments([instrument('d', 'A', 5)]);
    await store.writeInstruments([instrument('d', 'A', 7), instrument('d', 'B', 1)]);
    expect(await store.instruments({ limit: 10 })).toEqual([instrument('d', 'A', 5), instrument('d', 'B', 1)]);
    expect(await (await reopen()).instrumentsNamed('A')).toEqual([instrument('d', 'A', 5)]);
  });

  test('a symbol is found in every dataset that has it, or in the one named', async () => {
    const { store } = await start();
    await store.writeInstruments([...listed, instrument('f', 'Z')]);
    expect(await store.instrumentsNamed('AB')).toEqual([instrument('d', 'AB'), instrument('e', 'AB')]);
    expect(await store.instrumentsNamed('AB', 'e')).toEqual([instrument('e', 'AB')]);
    expect(await store.instrumentsNamed('Z', 'd')).toEqual([]);
    expect(await store.instrumentsNamed('ab')).toEqual([]);
  });
}

function snapshotAt(nextOffset: number, partition = 0): StoredSnapshot {
  return { partition, nextOffset, bytes: new Uint8Array(1_000).fill(nextOffset) };
}

function snapshots(start: StartStore): void {
  test('the two newest snapshots of a partition are kept, the newest first, also after a restart', async () => {
    const { store, reopen } = await start();
    expect(await store.snapshots(0)).toEqual([]);
    const claim = await store.claimSnapshots(0);
    for (const nextOffset of [10, 20, 30]) await store.saveSnapshot(snapshotAt(nextOffset), claim);
    await store.saveSnapshot(snapshotAt(5, 1), await store.claimSnapshots(1));
    expect(await store.snapshots(0)).toEqual([snapshotAt(30), snapshotAt(20)]);
    const again = await reopen();
    expect(await again.snapshots(0)).toEqual([snapshotAt(30), snapshotAt(20)]);
    expect(await again.snapshots(1)).toEqual([snapshotAt(5, 1)]);
  });

  test('of the kept snapshots some can be chosen: so many, or those after one', async () => {
    const { store } = await start();
    const claim = await store.claimSnapshots(0);
    for (const nextOffset of [30, 10, 20]) await store.saveSnapshot(snapshotAt(nextOffset), claim);
    expect(await store.snapshots(0, { limit: 1 })).toEqual([snapshotAt(20)]);
    expect(await store.snapshots(0, { after: 20, limit: 1 })).toEqual([snapshotAt(10)]);
    expect(await store.snapshots(0, { after: 20 })).toEqual([snapshotAt(10)]);
    expect(await store.snapshots(0, { after: 10, limit: 2 })).toEqual([]);
    expect(await store.snapshots(1, { after: 10 })).toEqual([]);
  });

  test('a snapshot of the same offset takes the place of the one before', async () => {
    const { store } = await start();
    const claim = await store.claimSnapshots(0);
    for (const nextOffset of [10, 20, 20]) await store.saveSnapshot(snapshotAt(nextOffset), claim);
    expect(await store.snapshots(0)).toEqual([snapshotAt(20), snapshotAt(10)]);
  });

  test('what was written before a snapshot is there when the snapshot is', async () => {
    const { store, reopen } = await start();
    const claim = await store.claimSnapshots(0);
    const bars = store.writeBars([barAt(0)]);
    const chunks = store.writeTape([chunkOf(0)]);
    await Promise.all([bars, chunks, store.saveSnapshot(snapshotAt(1), claim)]);
    const again = await reopen();
    expect(await again.snapshots(0)).toHaveLength(1);
    expect(await again.bars(everything)).toEqual([barAt(0)]);
    expect(await again.tape(allTape)).toEqual([chunkOf(0)]);
  });
}

function claims(start: StartStore): void {
  test('claims of a partition rise from 1, also over a restart, and partitions have their own', async () => {
    const { store, reopen } = await start();
    expect(await store.claimSnapshots(0)).toEqual({ partition: 0, epoch: 1 });
    expect(await store.claimSnapshots(0)).toEqual({ partition: 0, epoch: 2 });
    expect(await store.claimSnapshots(7)).toEqual({ partition: 7, epoch: 1 });
    expect(await store.snapshots(0)).toEqual([]);
    expect(await (await reopen()).claimSnapshots(0)).toEqual({ partition: 0, epoch: 3 });
  });

  test('claims made at once are all different', async () => {
    const { store } = await start();
    const made = await Promise.all(Array.from({ length: 5 }, async () => store.claimSnapshots(0)));
    expect(made.map(({ epoch }) => epoch).sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5]);
  });

  test('once a later claim was made the earlier one saves nothing more and is told so', async () => {
    const { store, reopen } = await start();
    const first = await store.claimSnapshots(0);
    await store.saveSnapshot(snapshotAt(10), first);
    await store.claimSnapshots(0);
    const lost: unknown = await store.saveSnapshot(snapshotAt(90), first).catch((reason: unknown) => reason);
    expect(lost).toBeInstanceOf(StoreError);
    expect(lost).toMatchObject({ code: 'CLAIM_LOST' });
    // What the earlier claim saved before is still there to begin from.
    expect(await store.snapshots(0)).toEqual([snapshotAt(10)]);
    expect(await (await reopen()).snapshots(0)).toEqual([snapshotAt(10)]);
  });

  test("a later claim's snapshot stands before the earlier one's, also with a lower offset", async () => {
    const { store, reopen } = await start();
    const first = await store.claimSnapshots(0);
    for (const nextOffset of [100, 200]) await store.saveSnapshot(snapshotAt(nextOffset), first);
    const second = await store.claimSnapshots(0);
    await store.saveSnapshot(snapshotAt(50), second);
    expect(await store.snapshots(0)).toEqual([snapshotAt(50), snapshotAt(200)]);
    await store.saveSnapshot(snapshotAt(60), second);
    expect(await (await reopen()).snapshots(0)).toEqual([snapshotAt(60), snapshotAt(50)]);
  });

  test('a claim is good after its store was opened again, as long as nobody claimed since', async () => {
    const { store, reopen } = await start();
    const claim = await store.claimSnapshots(3);
    await store.saveSnapshot(snapshotAt(1, 3), claim);
    const again = await reopen();
    await again.saveSnapshot(snapshotAt(2, 3), claim);
    expect(await again.snapshots(3)).toEqual([snapshotAt(2, 3), snapshotAt(1, 3)]);
  });

  test('writers that claim against each other leave a snapshot of the last claim first', async () => {
    const { store } = await start();
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, async (_, place) => {
        const claim = await store.claimSnapshots(0);
        return store.saveSnapshot(snapshotAt(place + 1), claim).then(
          () => ({ epoch: claim.epoch, saved: snapshotAt(place + 1) }),
          (error: unknown) => ({ epoch: claim.epoch, error }),
        );
      }),
    );
    const last = outcomes.find(({ epoch }) => epoch === 6);
    expect(last).toHaveProperty('saved');
    expect((await store.snapshots(0))[0]).toEqual(last !== undefined && 'saved' in last ? last.saved : undefined);
    const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
    for (const error of errors) expect(error).toMatchObject({ code: 'CLAIM_LOST' });
  });
}

function closing(start: StartStore): void {
  test('closing settles what was begun, and then every call is refused', async () => {
    const { store, reopen } = await start();
    const written = store.writeBars([barAt(0)]);
    await store.close();
    await written;
    const calls: (() => Promise<unknown>)[] = [
      async () => store.writeBars([barAt(60)]),
      async () => store.writeTape([]),
      async () => store.writeInstruments([]),
      async () => store.claimSnapshots(0),
      async () => store.saveSnapshot(snapshotOfNothing, { partition: 0, epoch: 1 }),
      async () => store.snapshots(0),
      async () => store.bars(everything),
      async () => store.tape(allTape),
      async () => store.instruments({ limit: 1 }),
      async () => store.instrumentsNamed('A'),
    ];
    for (const call of calls) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code: 'STORE_CLOSED' });
    }
    await store.close();
    expect(await (await reopen()).bars(everything)).toEqual([barAt(0)]);
  });
}

const snapshotOfNothing = { partition: 0, nextOffset: 0, bytes: new Uint8Array(0) };
