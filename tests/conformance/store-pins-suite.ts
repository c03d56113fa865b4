/**
 * What every store must do with pins: take them, or say that it takes none by not having the call. In: a way to make a store
 * that is new. Out: tests of the seam `Store`.
 */
import type { InstrumentPin, ListedInstrument, Store, StoredInstrument } from '@tapeline/domain';
import { expect, test } from 'vitest';
import type { StartStore } from './store-under-test.ts';

type PinningStore = Required<Pick<Store, 'enterPins'>> & Store;

function instrument(symbol: string, changes: Partial<StoredInstrument> = {}): StoredInstrument {
  const terms = { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 1 };
  return { dataset: 'd', symbol, terms, ...changes };
}

function pinTo(symbol: string, partition: number): InstrumentPin {
  return { dataset: 'd', symbol, partition };
}

/** Tests of a store that takes pins. */
export function storePinsSuite(start: StartStore): void {
  const started = async (): Promise<{ readonly store: PinningStore; readonly reopen: () => Promise<Store> }> => {
    const { store, reopen } = await start();
    if (store.enterPins === undefined) throw new Error('the store takes no pins');
    return { store: store as PinningStore, reopen };
  };

  test('the first pin stays, and what is pinned and has no terms is no instrument yet', async () => {
    const { store } = await started();
    expect(await store.enterPins([pinTo('A', 3), pinTo('B', 0)])).toEqual([3, 0]);
    expect(await store.enterPins([pinTo('A', 5), pinTo('B', 0), pinTo('C', 1)])).toEqual([3, 0, 1]);
    expect(await store.instruments({ limit: 10 })).toEqual([]);
    expect(await store.instrumentsNamed('A')).toEqual([]);
  });

  test('terms that come after a pin live where it says, and terms without a pin take none later', async () => {
    const { store, reopen } = await started();
    await store.enterPins([pinTo('A', 3), pinTo('B', 0)]);
    await store.writeInstruments([instrument('A'), instrument('B', { pin: 7 }), instrument('C')]);
    expect(await store.enterPins([pinTo('A', 9), pinTo('C', 2)])).toEqual([3, undefined]);
    await store.writeInstruments([instrument('C', { pin: 2 })]);
    const expected = [instrument('A', { pin: 3 }), instrument('B', { pin: 0 }), instrument('C')];
    const reopened = await reopen();
    expect(await reopened.instruments({ limit: 10 })).toEqual(expected);
    for (const each of expected) expect(await reopened.instrumentsNamed(each.symbol)).toEqual([each]);
  });

  test('terms that come with a pin, as a log has them that its store lost, are kept with it', async () => {
    const { store } = await started();
    await store.writeInstruments([instrument('A', { pin: 3 })]);
    expect(await store.enterPins([pinTo('A', 1)])).toEqual([3]);
    expect(await store.instrumentsNamed('A')).toEqual([instrument('A', { pin: 3 })]);
  });

  test('a worker that has ticks of an instrument that lives elsewhere is told so, and one that has it where it lives is not', async () => {
    const { store } = await started();
    const elsewhere = (from: number, where: string): object => ({
      code: 'STORE_UNFIT',
      message: expect.stringMatching(
        new RegExp(`in partition ${from}, and by the store it lives ${where}.*take its pin out`, 's'),
      ),
    });
    await store.enterPins([pinTo('A', 3), pinTo('B', 1)]);
    const seen = (symbol: string, seenIn: number, changes: Partial<StoredInstrument> = {}): ListedInstrument => ({
      ...instrument(symbol, changes),
      seenIn,
    });
    await expect(store.writeInstruments([seen('A', 1)])).rejects.toMatchObject(elsewhere(1, 'in partition 3'));
    await expect(store.writeInstruments([seen('A', 2, { pin: 2 })])).rejects.toMatchObject(
      elsewhere(2, 'in partition 3'),
    );
    // A pin may name the home, too.
    await store.writeInstruments([seen('A', 3, { pin: 3 }), seen('B', 1), seen('C', 0)]);
    await store.writeInstruments([instrument('A'), instrument('C'), seen('C', 0)]);
    await expect(store.writeInstruments([seen('A', 1)])).rejects.toMatchObject(elsewhere(1, 'in partition 3'));
    await expect(store.writeInstruments([seen('C', 2, { pin: 2 })])).rejects.toMatchObject(elsewhere(2, 'at home'));
    const expected = [instrument('A', { pin: 3 }), instrument('B', { pin: 1 }), instrument('C')];
    expect(await store.instruments({ limit: 10 })).toEqual(expected);
  });

  test('a pin of one dataset is none of another that has the symbol', async () => {
    const { store } = await started();
    await store.enterPins([pinTo('A', 3)]);
    await store.writeInstruments([instrument('A', { dataset: 'e' }), instrument('A')]);
    expect(await store.instrumentsNamed('A')).toEqual([instrument('A', { pin: 3 }), instrument('A', { dataset: 'e' })]);
  });
}

/** Tests of a store that takes none. */
export function storeWithoutPinsSuite(start: StartStore): void {
  test('a store that takes no pins does not offer to, and everything in it lives at home', async () => {
    const { store } = await start();
    await store.writeInstruments([instrument('A', { pin: 3 })]);
    expect('enterPins' in store).toBe(false);
    expect(await store.instrumentsNamed('A')).toEqual([instrument('A')]);
  });
}
