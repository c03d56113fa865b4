/**
 * What every store must do, whatever it stands on. In: a way to make a store that is new. Out: tests of the seam
 * `Store`. Nothing here knows an implementation, so a store on a network passes it too.
 */
import { afterEach, describe } from 'vitest';
import { storeBarsSuite } from './store-bars-suite.ts';
import { storeCatalogueSuite } from './store-catalogue-suite.ts';
import { storePinsSuite, storeWithoutPinsSuite } from './store-pins-suite.ts';
import { storeTapeSuite } from './store-tape-suite.ts';
import type { StoreUnderTest } from './store-under-test.ts';

/** Tests of a kind of store, which takes pins or does not. */
export function storeSuite(name: string, takesPins: boolean, make: () => Promise<StoreUnderTest>): void {
  let made: StoreUnderTest | undefined;
  const start = async (): Promise<StoreUnderTest> => (made = await make());
  afterEach(async () => {
    await made?.end();
    made = undefined;
  });
  describe(`${name} as a store`, () => {
    storeBarsSuite(start);
    storeTapeSuite(start);
    storeCatalogueSuite(start);
    (takesPins ? storePinsSuite : storeWithoutPinsSuite)(start);
  });
}
