/**
 * The hand-written codec of the entries of moves against the code generated from log.proto. In: random entries within their
 * bounds. Out: both encoders write the same bytes, both decoders read from them what was written, and of damaged bytes the
 * hand-written one says at most that they are malformed.
 */
import {
  type BlockToShip,
  cutInstrument,
  decodeEntryOfMoves,
  decodeLogRecord,
  encodeLogRecord,
  encodeTickBlock,
  type EntryOfMoves,
  type EntryOfMovesToWrite,
  type ForwardedEntry,
  type ForwardedToWrite,
  handoverPartsMax,
  LogDictionary,
  type LogEntryToWrite,
  MalformedError,
  publisherId,
  TickColumns,
  TimeDomain,
} from '@tapeline/domain';
import { decodeLogRecord as decodeByContract, encodeLogRecord as encodeByContract, type wireLog } from '@tapeline/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tickRows } from './tick-row-arbitrary.ts';

const dataset = 'us.consolidated';
const id = publisherId(16_000, TimeDomain.replay, 42n);
const header = { publisherId: id, timeDomain: TimeDomain.replay, mapEpoch: 3, dataset, receiveTimeNs: 0n } as const;
const safeMax = Number.MAX_SAFE_INTEGER;
const eventSecMax = 9_223_372_036;

const sequences = fc.oneof(fc.nat(300), fc.maxSafeNat());
const epochs = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2_147_483_647 }));
const mapEpoch = fc.oneof(fc.constant(0), epochs);
const partitions = fc.oneof(fc.nat(300), fc.nat(1_048_575));
const uint32 = fc.integer({ min: 0, max: 4_294_967_295 });
const timesMs = fc.oneof(fc.constant(0), fc.integer({ min: 1_381_190_400_000, max: safeMax }));
const names = fc.record({
  dataset: fc.constantFrom('d', 'Ł', dataset, '\u{10ffff}'.repeat(64)),
  symbol: fc.constantFrom('SPY', 'Ü', 'x'.repeat(64)),
});

/** A block of one instrument, with its names and how many ticks it has. */
const blocksOfOne = tickRows.map((rows) => {
  const whole = encodeTickBlock(header, rows);
  const symbol = rows[0]?.symbol ?? '';
  const cut = cutInstrument(symbol, whole, 0, whole.length, new LogDictionary(), new TickColumns());
  if (cut === undefined) throw new RangeError(`the block has no ${symbol}`);
  return { symbol, bytes: cut.bytes, ticks: rows.filter((row) => row.symbol === symbol).length };
});

const moves = fc
  .tuple(names, epochs, fc.nat(), partitions)
  .map(([name, epoch, draw, to]) => ({ kind: 'move' as const, ...name, epoch, fromEpoch: draw % epoch, to }));

const handovers = fc
  .record({
    name: names,
    epoch: epochs,
    parts: fc.integer({ min: 1, max: handoverPartsMax }),
    draw: fc.nat(),
    form: fc.record({ stateVersion: uint32, configChecksum: uint32, foldVersion: uint32 }),
    state: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    tradeBlocks: sequences,
    movedAtMs: timesMs,
  })
  .map(({ name, parts, draw, form, ...rest }) => {
    return { kind: 'handover' as const, ...name, ...form, ...rest, parts, part: draw % parts };
  });

const origins = fc.tuple(names, partitions).map(([name, partition]) => ({
  kind: 'origin' as const,
  ...name,
  partition,
}));

const prepares = fc
  .tuple(names, epochs, partitions)
  .map(([name, epoch, to]) => ({ kind: 'prepare' as const, ...name, epoch, to }));

const said = { publisherId: id, dataset };

function forwarded(symbol: string, block: Uint8Array): fc.Arbitrary<ForwardedToWrite> {
  const places = fc.tuple(sequences, sequences, mapEpoch);
  return fc.oneof(
    fc.constant({ kind: 'tickBlock' as const, bytes: block }),
    fc.tuple(places, fc.constantFrom('', 'SIZE_OUT_OF_RANGE')).map(([[sequence, link, epoch], reason]) => {
      return { kind: 'void' as const, ...said, symbol, sequence, link, reason, mapEpoch: epoch };
    }),
    fc.tuple(places, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map(([[, link, epoch], timeNs]) => {
      return { kind: 'progress' as const, ...said, instruments: [{ symbol, link, timeNs }], mapEpoch: epoch };
    }),
    places.map(([, link, epoch]) => {
      return { kind: 'endOfReplay' as const, ...said, instruments: [{ symbol, link }], mapEpoch: epoch };
    }),
  );
}

const forwards = blocksOfOne.chain(({ symbol, bytes }) =>
  fc
    .tuple(mapEpoch, timesMs, fc.array(forwarded(symbol, bytes), { minLength: 1, maxLength: 5 }))
    .map(([epoch, firstAppendTimeMs, entries]) => {
      return { kind: 'forward' as const, dataset, symbol, epoch, firstAppendTimeMs, entries };
    }),
);

function shipped(bytes: Uint8Array, ticks: number) {
  return fc
    .record({
      sequences: fc.tuple(sequences, sequences),
      seconds: fc.tuple(fc.nat(eventSecMax), fc.nat(eventSecMax)),
      cuts: fc.uniqueArray(fc.nat(ticks), { maxLength: 8 }),
    })
    .map(({ sequences: [one, two], seconds: [early, late], cuts }) => ({
      bytes,
      sequenceLow: Math.max(1, Math.min(one, two)),
      sequenceHigh: Math.max(1, one, two),
      lowSec: Math.min(early, late),
      highSec: Math.max(early, late),
      excluded: cuts.toSorted((left, right) => left - right).slice(0, cuts.length - (cuts.length % 2)),
    }));
}

const trades = blocksOfOne.chain(({ symbol, bytes, ticks }) =>
  fc
    .record({
      epoch: epochs,
      stateVersion: uint32,
      configChecksum: uint32,
      first: fc.oneof(fc.nat(300), fc.nat(safeMax - 3)),
      blocks: fc.array(shipped(bytes, ticks), { minLength: 1, maxLength: 3 }),
    })
    .map((rest) => ({ kind: 'trades' as const, dataset, symbol, ...rest })),
);

const entriesOfMoves: fc.Arbitrary<EntryOfMovesToWrite> = fc.oneof(
  moves,
  handovers,
  origins,
  prepares,
  forwards,
  trades,
);

/** An entry as it was written, from an entry as it was read. */
function written(entry: EntryOfMoves, record: Uint8Array): EntryOfMovesToWrite {
  if (entry.kind === 'forward') return { ...entry, entries: entry.entries.map((one) => sentOn(one, record)) };
  if (entry.kind !== 'trades') return entry;
  const blocks = entry.blocks.map(({ start, end, publisherId: publisher, ticks, ...bounds }) => {
    expect(publisher).toBe(id);
    expect(ticks).toBeGreaterThan(0);
    return { ...bounds, bytes: record.slice(start, end) };
  });
  return { ...entry, blocks };
}

function sentOn(entry: ForwardedEntry, record: Uint8Array): ForwardedToWrite {
  if (entry.kind === 'tickBlock') return { kind: 'tickBlock', bytes: record.slice(entry.start, entry.end) };
  if (entry.kind !== 'endOfReplay') return entry;
  return { ...entry, instruments: entry.instruments.map(({ symbol, link }) => ({ symbol, link })) };
}

function readByHand(record: Uint8Array): EntryOfMovesToWrite[] {
  return decodeLogRecord(record).map((entry) => {
    if (!('start' in entry) || entry.kind === 'tickBlock') throw new RangeError(`${entry.kind} is no entry of moves`);
    return written(decodeEntryOfMoves(record, entry), record);
  });
}

/** An entry as the generated code has it; blocks as that code reads them, since other tests compare what is in them. */
function toWire(entry: LogEntryToWrite): wireLog.LogEntry['entry'] {
  switch (entry.kind) {
    case 'move': {
      const { kind: $case, to: toPartition, ...rest } = entry;
      return { $case, value: { ...rest, toPartition } };
    }
    case 'prepare': {
      const { kind: $case, to: toPartition, ...rest } = entry;
      return { $case, value: { ...rest, toPartition } };
    }
    case 'handover': {
      const { kind: $case, tradeBlocks, movedAtMs, ...rest } = entry;
      return { $case, value: { ...rest, tradeBlocks: BigInt(tradeBlocks), movedAtMs: BigInt(movedAtMs) } };
    }
    case 'origin': {
      const { kind: $case, ...value } = entry;
      return { $case, value };
    }
    case 'forward': {
      const { kind: $case, entries, firstAppendTimeMs, ...rest } = entry;
      const sent = entries.map((one) => ({ entry: smallToWire(one) }));
      return { $case, value: { ...rest, firstAppendTimeMs: BigInt(firstAppendTimeMs), entries: sent } };
    }
    case 'trades': {
      const { kind: $case, first, blocks, ...rest } = entry;
      return { $case, value: { ...rest, first: BigInt(first), blocks: blocks.map(shippedToWire) } };
    }
    default:
      throw new RangeError(`${entry.kind} is no entry of moves`);
  }
}

function shippedToWire({ bytes, excluded, ...bounds }: BlockToShip): wireLog.RetainedTrades {
  const { sequenceLow, sequenceHigh, lowSec, highSec } = bounds;
  return {
    block: bytes,
    sequenceLow: BigInt(sequenceLow),
    sequenceHigh: BigInt(sequenceHigh),
    lowSec: BigInt(lowSec),
    highSec: BigInt(highSec),
    excluded: [...excluded],
  };
}

function smallToWire(entry: ForwardedToWrite): wireLog.LogEntry['entry'] {
  switch (entry.kind) {
    case 'tickBlock': {
      const record = decodeByContract(encodeLogRecord([entry]));
      if ('code' in record) throw new RangeError(record.message);
      return record.entries[0]?.entry;
    }
    case 'void': {
      const { kind: $case, sequence, link, mapEpoch: epoch = 0, ...rest } = entry;
      return { $case, value: { ...rest, sequence: BigInt(sequence), link: BigInt(link), mapEpoch: epoch } };
    }
    case 'progress': {
      const { kind: $case, instruments, mapEpoch: epoch = 0, ...rest } = entry;
      const times = instruments.map((one) => ({ ...one, link: BigInt(one.link) }));
      return { $case, value: { ...rest, instruments: times, mapEpoch: epoch } };
    }
    case 'endOfReplay': {
      const { kind: $case, instruments, mapEpoch: epoch = 0, ...rest } = entry;
      const ends = instruments.map((one) => ({ ...one, link: BigInt(one.link) }));
      return { $case, value: { ...rest, instruments: ends, mapEpoch: epoch } };
    }
  }
}

test('both encoders write the same bytes, and the hand-written decoder reads what was written', () => {
  fc.assert(
    fc.property(fc.array(entriesOfMoves, { minLength: 1, maxLength: 3 }), (entries) => {
      const record = encodeLogRecord(entries);
      expect(encodeByContract({ entries: entries.map((entry) => ({ entry: toWire(entry) })) })).toEqual(record);
      expect(readByHand(record)).toEqual(entries);
    }),
    { numRuns: 1_500 },
  );
});

test('the generated decoder reads what was written', () => {
  fc.assert(
    fc.property(entriesOfMoves, (entry) => {
      const record = decodeByContract(encodeLogRecord([entry]));
      expect('code' in record ? record : record.entries).toEqual([{ entry: toWire(entry) }]);
    }),
    { numRuns: 500 },
  );
});

test('a damaged entry is refused with a MalformedError or read as some entry, and nothing else happens', () => {
  const damage = fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 3 });
  let refused = 0;
  fc.assert(
    fc.property(entriesOfMoves, damage, (entry, changes) => {
      const record = encodeLogRecord([entry]);
      for (const [at, value] of changes) record[at % record.length] = value;
      try {
        for (const found of decodeLogRecord(record)) {
          if ('start' in found && found.kind !== 'tickBlock') decodeEntryOfMoves(record, found);
        }
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        refused += 1;
      }
    }),
    { numRuns: 3_000 },
  );
  expect(refused).toBeGreaterThan(500);
});
