/** First terms on a real server: ingests that claim the same new instruments at once are all told the same ones. */
import { knownInStore } from '@tapeline/ingest';
import { expect, test } from 'vitest';
import { withKeyspaceForEach } from './keyspace-for-each.ts';

withKeyspaceForEach('with Cassandra', (rig) => {
  test('three ingests that claim 64 new instruments at once hear one set of terms', async () => {
    const stores = [await rig().open(), await rig().open(), await rig().open()];
    const symbols = Array.from({ length: 64 }, (_, index) => `S${index}`);
    const told = await Promise.all(
      stores.map(async (store, ingest) => {
        const terms = { priceExponent: -2 - ingest, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };
        return knownInStore(store).claim?.('d', new Map(symbols.map((symbol) => [symbol, terms])));
      }),
    );
    expect([told[0]?.size, told[1], told[2]]).toEqual([64, told[0], told[0]]);
    const found = await Promise.all(symbols.map(async (symbol) => knownInStore(stores[1]!).find('d', symbol)));
    expect(found).toEqual(symbols.map((symbol) => told[0]?.get(symbol)));
  });
});
