/** Pins on a real server: they race with first terms, and whoever comes first has decided for everybody. */
import { type CassandraStore, type KeyspaceAdmin, openKeyspaceAdmin } from '@tapeline/cassandra';
import { homePartition, type InstrumentPin, livesIn, type StoredInstrument } from '@tapeline/domain';
import { type KnownInstrument, knownInStore } from '@tapeline/ingest';
import { afterEach, expect, test } from 'vitest';
import { withKeyspaceForEach } from './keyspace-for-each.ts';
import type { TestKeyspace } from './store-on-server.ts';

const partitions = 8;
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };

function pinTo(symbol: string, partition: number): InstrumentPin {
  return { dataset: 'd', symbol, partition };
}

/** A pin to where it would not live by its name. */
function elsewhere(symbol: string): InstrumentPin {
  return pinTo(symbol, (homePartition('d', symbol, partitions) + 1) % partitions);
}

let admins: KeyspaceAdmin[] = [];

afterEach(async () => {
  for (const admin of admins) await admin.close();
  admins = [];
});

async function adminOf(keyspace: TestKeyspace): Promise<KeyspaceAdmin> {
  const admin = await openKeyspaceAdmin(keyspace.options());
  admins.push(admin);
  return admin;
}

/** What an ingest is told that meets these instruments, eight with each message. */
async function claimed(
  store: CassandraStore,
  symbols: readonly string[],
): Promise<ReadonlyMap<string, KnownInstrument>> {
  const told = new Map<string, KnownInstrument>();
  for (let at = 0; at < symbols.length; at += 8) {
    const some = new Map(symbols.slice(at, at + 8).map((symbol) => [symbol, terms]));
    for (const [symbol, known] of (await knownInStore(store).claim?.('d', some)) ?? []) told.set(symbol, known);
  }
  return told;
}

withKeyspaceForEach('pins that race, with Cassandra', (rig) => {
  test('two ingests and two operators at once: each instrument lives in one place, and all are told which', async () => {
    const stores = [await rig().open(), await rig().open(), await rig().open()];
    await stores[0]?.enterStream({ basePartitions: partitions, topicIds: new Map() });
    const keepers = [await adminOf(rig()), await adminOf(rig())];
    const symbols = Array.from({ length: 64 }, (_, index) => `S${index}`);
    // Each begins elsewhere, so that all win some.
    const turned = (by: number): readonly string[] => [...symbols.slice(by), ...symbols.slice(0, by)];
    const [first, second, ofA, ofB] = await Promise.all([
      claimed(stores[0]!, symbols),
      claimed(stores[1]!, symbols.toReversed()),
      keepers[0]!.enterPins('test', turned(32).map(elsewhere)),
      keepers[1]!.enterPins(
        'test',
        turned(16).map((symbol) => pinTo(symbol, 0)),
      ),
    ]);
    expect(symbols.map((symbol) => second.get(symbol))).toEqual(symbols.map((symbol) => first.get(symbol)));
    const reader = stores[2]!;
    const listed = await reader.instruments({ limit: 100 });
    expect(listed.map(({ symbol, pin }) => [symbol, pin])).toEqual(
      symbols.toSorted().map((symbol) => [symbol, first.get(symbol)?.pin]),
    );
    const lives = new Map(
      listed.map((instrument: StoredInstrument) => [instrument.symbol, livesIn(instrument, partitions)]),
    );
    for (const { held, late } of [ofA, ofB]) {
      expect(held.length + late.length).toBe(symbols.length);
      for (const { symbol, partition } of held) expect([symbol, lives.get(symbol)]).toEqual([symbol, partition]);
      for (const { symbol, partition } of late) expect(lives.get(symbol)).not.toBe(partition);
    }
    const won = symbols.filter((symbol) => first.get(symbol)?.pin === undefined).length;
    expect([won > 0, won < symbols.length]).toEqual([true, true]);
    expect(await keepers[1]!.findPins('test', turned(32).map(elsewhere))).toEqual(ofA);
  });
});

withKeyspaceForEach('pins with Cassandra', (rig) => {
  test('a pin is found once it is entered, holds through the first tick, and is late after one', async () => {
    const store = await rig().open();
    await store.enterStream({ basePartitions: partitions, topicIds: new Map() });
    const admin = await adminOf(rig());
    const [early, late] = [elsewhere('EARLY'), elsewhere('LATE')];
    await store.writeInstruments([{ dataset: 'd', symbol: 'LATE', terms }]);
    expect(await admin.findPins('test', [early, late])).toEqual({ held: [], late: [late] });
    expect(await admin.enterPins('test', [early, late])).toEqual({ held: [early], late: [late] });
    await store.writeInstruments([{ dataset: 'd', symbol: 'EARLY', terms }]);
    expect(await admin.findPins('test', [early, late])).toEqual({ held: [early], late: [late] });
    const another = pinTo('EARLY', (early.partition + 1) % partitions);
    expect(await admin.enterPins('test', [another])).toEqual({ held: [], late: [another] });
  });

  test('an instrument of the version before lives at home: a pin to there holds, another is late', async () => {
    const store = await rig().open();
    await store.enterStream({ basePartitions: partitions, topicIds: new Map() });
    await rig().cql(
      "INSERT INTO {keyspace}.instruments_by_symbol (dataset, symbol, price_exponent, size_exponent, calendar, currency, tick_size) VALUES ('d', 'OLD', -2, 0, '24/7', 'USD', 1)",
    );
    const admin = await adminOf(rig());
    const [home, other] = [pinTo('OLD', homePartition('d', 'OLD', partitions)), elsewhere('OLD')];
    expect(await admin.enterPins('test', [home])).toEqual({ held: [home], late: [] });
    expect(await admin.enterPins('test', [other])).toEqual({ held: [], late: [other] });
    expect(await store.instrumentsNamed('OLD')).toEqual([{ dataset: 'd', symbol: 'OLD', terms }]);
  });

  test('pins before their stream, and of partitions that it was not made with, are refused and none is entered', async () => {
    const store = await rig().open();
    const admin = await adminOf(rig());
    const [near, far] = [pinTo('A', 1), pinTo('B', partitions)];
    await expect(admin.enterPins('test', [near])).rejects.toMatchObject({
      code: 'STORE_UNFIT',
      message: 'stream test is not entered in the keyspace; enter it before its pins',
    });
    await store.enterStream({ basePartitions: partitions, topicIds: new Map() });
    await expect(admin.enterPins('test', [near, far])).rejects.toMatchObject({
      code: 'STORE_UNFIT',
      message: 'the pin of B in d names partition 8, and the highest is 7, of those that stream test was made with',
    });
    expect(await admin.findPins('test', [near, far])).toEqual({ held: [], late: [] });
  });
});
