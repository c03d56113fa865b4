/**
 * Records of `control` as bytes: there and back they are the same, in one record or in parts in any order, and whatever bytes and keys
 * come is answered, never thrown. fast-check prints the seed of a failure.
 */
import {
  type ControlRecord,
  InstrumentMap,
  parseControlKey,
  controlKeyText,
  type PartitionReport,
  reportedRatesMax,
  reportedStepsMax,
} from '@tapeline/domain';
import {
  decodeControl,
  encodeControl,
  encodePartitionReport,
  encodeRatesReport,
  encodeWriterReport,
  type MapPart,
} from '@tapeline/control';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MapParts } from '../../packages/control/src/map-parts.ts';
import { decodeMap } from '../../packages/control/src/control-codec.ts';
import { drawnMap, drawnName, drawnToken } from './drawn-maps.ts';

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

test('a claim and a map in one record come back as they were', () => {
  fc.assert(
    fc.property(drawnToken, drawnMap, (token, map) => {
      const [claim] = encodeControl({ kind: 'claim', token });
      expect(claim?.key).toBe(`claim/${token}`);
      expect(decodeControl(claim?.key ?? '', claim?.bytes ?? new Uint8Array())).toEqual({
        kind: 'record',
        record: { kind: 'claim', token },
      });
      const records = encodeControl({ kind: 'map', token, map });
      expect(records.map(({ key }) => key)).toEqual([`map/${token}/${map.epoch}`]);
      const record: ControlRecord = { kind: 'map', token, map };
      expect(records.map(({ key, bytes }) => decodeControl(key, bytes))).toEqual([{ kind: 'record', record }]);
    }),
    { numRuns: 300 },
  );
});

test('a map in parts comes back at its last part, whatever their order, repeats and older parts among them', () => {
  let several = 0;
  fc.assert(
    fc.property(
      drawnToken,
      drawnMap,
      drawnMap,
      fc.integer({ min: 8, max: 200 }),
      fc.nat(),
      (token, map, older, size, pick) => {
        // Of a map of 256 parts at most.
        const partBytes = Math.max(size, 40);
        const records = encodeControl({ kind: 'map', token, map }, partBytes);
        if (records.length === 1) return;
        several += 1;
        const parts = records.map(({ key, bytes }) => partOf(decodeControl(key, bytes)));
        const shuffled = parts.toSorted((one, other) => ((one.part * 7 + pick) % 13) - ((other.part * 7 + pick) % 13));
        const gathering = new MapParts();
        const before = older.epoch < map.epoch ? encodeControl({ kind: 'map', token, map: older }, partBytes) : [];
        const first = before.length > 1 ? before[0] : undefined;
        const stream = [...shuffled];
        // Of an older map of the same coordinator, before or between.
        if (first !== undefined)
          stream.splice(pick % shuffled.length, 0, partOf(decodeControl(first.key, first.bytes)));
        // The first part of the map once more.
        stream.splice(stream.indexOf(shuffled[0] as MapPart) + 1, 0, shuffled[0] as MapPart);
        const taken = stream.map((part) => gathering.take(part));
        expect(taken.map(({ kind }) => kind)).toEqual([...stream.slice(1).map(() => 'waiting'), 'whole']);
        const last = taken.at(-1);
        expect(last?.kind === 'whole' ? decodeMap(map.epoch, last.bytes) : last).toEqual(map);
      },
    ),
    { numRuns: 300 },
  );
  expect(several).toBeGreaterThan(100);
});

function partOf(entry: ReturnType<typeof decodeControl>): MapPart {
  if (entry.kind !== 'part') throw new RangeError(`a ${entry.kind} is no part`);
  return entry.part;
}

test('equal maps give equal bytes, whatever order their overrides come in', () => {
  fc.assert(
    fc.property(drawnToken, drawnMap, (token, map) => {
      const turned = { ...map, overrides: map.overrides.toReversed(), moves: map.moves.toReversed() };
      expect(encodeControl({ kind: 'map', token, map: turned })).toEqual(encodeControl({ kind: 'map', token, map }));
    }),
  );
});

const count = fc.maxSafeNat();
const amount = fc.double({ min: 0, max: 1e15, noNaN: true });
const drawnReport: fc.Arbitrary<PartitionReport> = fc
  .record({
    partition: fc.nat(1_048_575),
    worker: drawnName,
    nextOffset: count,
    lagMs: amount,
    form: drawnName,
    steps: fc.array(
      fc.record({
        dataset: drawnName,
        symbol: drawnName,
        epoch: fc.integer({ min: 1, max: 2_147_483_647 }),
        step: fc.constantFrom('prepared' as const, 'left' as const, 'arrived' as const),
        logTimeMs: count,
      }),
      { maxLength: 5 },
    ),
    declaredGaps: count,
    orderViolations: count,
    strays: count,
    parkedEntries: count,
    parkedBytes: count,
    heldTicks: count,
    rates: fc.record({
      logTimeMs: count,
      sinceMs: count,
      halfLifeMs: amount.map((ms) => ms + 1),
      forgottenTicks: amount,
    }),
    ticks: fc.array(fc.tuple(drawnName, drawnName, amount), { maxLength: 20 }),
  })
  .map(({ rates, ticks, ...report }) => {
    const counted = new InstrumentMap<number>();
    for (const [dataset, symbol, value] of ticks) counted.set(dataset, symbol, value);
    return { ...report, rates: { ...rates, partition: report.partition, ticks: counted } };
  });

const ticksOfOne = new InstrumentMap<number>();
ticksOfOne.set('d', 'S', 7);
const someRates = { partition: 3, logTimeMs: 9, sinceMs: 1, halfLifeMs: 30_000, ticks: ticksOfOne, forgottenTicks: 1 };

test('reports come back as they were', () => {
  fc.assert(
    fc.property(drawnReport, drawnName, fc.nat(2_147_483_647), (report, writer, mapEpoch) => {
      const { key, bytes } = encodePartitionReport(report);
      const read = decodeControl(key, bytes);
      if (read.kind !== 'partition') throw new RangeError(JSON.stringify(read));
      const plain = (some: PartitionReport): object => ({
        ...some,
        rates: { ...some.rates, ticks: some.rates.ticks.sorted() },
      });
      expect(plain(read.report)).toEqual(plain(report));
      const all = encodeRatesReport(report.rates);
      const rates = decodeControl(all.key, all.bytes);
      if (rates.kind !== 'rates') throw new RangeError(JSON.stringify(rates));
      expect(plain({ ...report, rates: rates.rates })).toEqual(plain(report));
      const others = { ...report.rates, partition: (report.partition + 1) % 8 };
      expect(decodeControl(all.key, encodeRatesReport(others).bytes)).toMatchObject({ kind: 'malformed' });
      const said = encodeWriterReport({ writer, mapEpoch });
      expect(decodeControl(said.key, said.bytes)).toEqual({ kind: 'writer', report: { writer, mapEpoch } });
    }),
    { numRuns: 300 },
  );
});

test('of more instruments and steps than a report has, the heaviest and the newest go out, and the sum stays', () => {
  const ticks = new InstrumentMap<number>();
  for (let index = 0; index < reportedRatesMax + 10; index += 1) ticks.set('d', `S${index}`, index < 10 ? 1 : 4);
  const steps = Array.from({ length: reportedStepsMax + 3 }, (_, index) => ({
    dataset: 'd',
    symbol: 'S',
    epoch: index + 1,
    step: 'left' as const,
    logTimeMs: index,
  }));
  const rates = { partition: 2, logTimeMs: 1, sinceMs: 0, halfLifeMs: 1, ticks, forgottenTicks: 5 };
  const none = { declaredGaps: 0, orderViolations: 0, strays: 0, parkedEntries: 0, parkedBytes: 0, heldTicks: 0 };
  const report = { partition: 2, worker: 'w', nextOffset: 0, lagMs: 0, form: '1-2', rates, steps, ...none };
  const { key, bytes } = encodePartitionReport(report);
  const read = decodeControl(key, bytes);
  if (read.kind !== 'partition') throw new RangeError(read.kind);
  expect([
    read.report.rates.ticks.size,
    read.report.rates.forgottenTicks,
    read.report.rates.ticks.get('d', 'S3'),
  ]).toEqual([reportedRatesMax, 15, undefined]);
  expect(read.report.steps.map(({ epoch }) => epoch)).toEqual(steps.slice(-reportedStepsMax).map(({ epoch }) => epoch));
});

test('bytes that are garbled, and keys that are none, are answered and never thrown', () => {
  const kinds = { record: 0, part: 0, partition: 0, rates: 0, writer: 0, malformed: 0 };
  const garbling = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
  fc.assert(
    fc.property(
      drawnToken,
      drawnMap,
      garbling,
      fc.nat(400),
      fc.constantFrom('', 'claim/0', 'map/1', 'x/1'),
      (token, map, garbled, cut, key) => {
        for (const { key: own, bytes } of [
          ...encodeControl({ kind: 'map', token, map }),
          encodeWriterReport({ writer: 'w', mapEpoch: 7 }),
          encodeRatesReport(someRates),
        ]) {
          const bad = Uint8Array.from(bytes);
          for (const [place, byte] of garbled) bad[place % bad.length] = byte;
          kinds[decodeControl(own, cut < bad.length ? bad.subarray(0, cut) : bad).kind] += 1;
          expect(decodeControl(key, bytes).kind).toBe('malformed');
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect([kinds.malformed > 100, kinds.record + kinds.writer > 50]).toEqual([true, true]);
});

test('keys as text come back, and nothing else is one', () => {
  for (const key of [
    'claim/7',
    'map/7/0',
    'map/9007199254740991/2147483647',
    'map/7/12/255',
    'partition/1048575',
    'rates/0',
    'rates/1048575',
    'writer/a/b',
  ]) {
    const parsed = parseControlKey(key);
    expect(parsed && controlKeyText(parsed)).toBe(key);
  }
  const none = [
    'claim/0',
    'claim/07',
    'claim/7/1',
    'claim/',
    'map/7',
    'map/7/-1',
    'map/7/1/256',
    'map/7/1/2/3',
    'map/9007199254740992/1',
  ];
  for (const key of [
    ...none,
    'partition/1048576',
    'partition/1e3',
    'writer/',
    `writer/${'x'.repeat(65)}`,
    '/',
    'map',
    '',
  ]) {
    expect([key, parseControlKey(key)]).toEqual([key, undefined]);
  }
});

test('what the key says and what the bytes say has to be the same', () => {
  const [claim] = encodeControl({ kind: 'claim', token: 7 });
  const bytes = claim?.bytes ?? new Uint8Array();
  expect(decodeControl('claim/8', bytes)).toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('token is 7') as string,
  });
  expect(decodeControl('map/7/1', bytes)).toMatchObject({ kind: 'malformed' });
  const report = encodeWriterReport({ writer: 'a', mapEpoch: 1 });
  expect(decodeControl('writer/b', report.bytes)).toMatchObject({ kind: 'malformed' });
});

test('the bytes of a claim and a map stay as they are', () => {
  const map = {
    basePartitions: 4,
    partitions: 16,
    epoch: 3,
    overrides: [
      { dataset: 'us-equities', symbol: 'AAPL', partition: 2, epoch: 1, standing: 'spread' as const },
      { dataset: 'us-equities', symbol: 'SPY', partition: 15, epoch: 3, standing: 'dedicated' as const },
    ],
    moves: [{ dataset: 'us-equities', symbol: 'SPY', epoch: 3, fromEpoch: 0, from: 1, to: 15 }],
    epochTimes: [{ epoch: 3, logTimeMs: 1_767_614_400_000 }],
  };
  const hex = encodeControl({ kind: 'map', token: 5, map }).map(({ bytes }) => Buffer.from(bytes).toString('hex'));
  expect(hex).toMatchInlineSnapshot(`
    [
      "08051a5108041010180322240a0b75732d657175697469657312044141504c12035350591a02020f220201032a0201022a180a0b75732d6571756974696573120353505918032801300f3209080310808c9df0b833",
    ]
  `);
  expect(decodeControl('map/5/3', bytesOf(hex[0] ?? ''))).toEqual({
    kind: 'record',
    record: { kind: 'map', token: 5, map },
  });
  expect(encodeControl({ kind: 'claim', token: 5 })).toEqual([{ key: 'claim/5', bytes: bytesOf('08051200') }]);
});
