/**
 * Records of the canonical tape against the code generated from output.proto. In: random ticks through a fold, in order
 * or held first. Out: both decoders give back every field of every trade, cancel and correction that was counted.
 */
import {
  CountedTape,
  decodeTapeRecord,
  encodeLogRecord,
  encodeTapeRecord,
  encodeTickBlock,
  foldConfigDefaults,
  MalformedError,
  PartitionFold,
  publisherId,
  type TapeTick,
  TickKind,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';
import { wireOutput } from '@tapeline/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOfBlock } from './rows-of-columns.ts';
import { tickRows } from './tick-row-arbitrary.ts';

const issueDay = 16_000;
const clockMs = issueDay * 86_400_000;
const receiveTimeNs = 1_381_190_400_123_456_789n;
const header = {
  publisherId: publisherId(issueDay, TimeDomain.live, 42n),
  timeDomain: TimeDomain.live,
  mapEpoch: 3,
  dataset: 'us.consolidated',
  receiveTimeNs,
};
const config = { ...foldConfigDefaults, partition: 5, intervals: ['1h'] };

/** The rows as one publisher's chains, of instruments that keep their terms. */
function chained(rows: readonly TickRow[]): TickRow[] {
  const known = new Map<string, TickRow>();
  return rows.map((row) => {
    const before = known.get(row.symbol);
    const next = { ...row, terms: before?.terms ?? row.terms, link: before?.sequence ?? 0 };
    known.set(row.symbol, next);
    return next;
  });
}

/** Records that hold parts of the rows: in order, or so that all but the first part must wait for it. */
function recordsOf(rows: readonly TickRow[], parts: number, heldFirst: boolean): Uint8Array[] {
  const size = Math.ceil(rows.length / parts);
  const blocks = Array.from({ length: parts }, (_, part) => rows.slice(part * size, (part + 1) * size))
    .filter((part) => part.length > 0)
    .map((part) => encodeLogRecord([{ kind: 'tickBlock', bytes: encodeTickBlock(header, part) }]));
  return heldFirst ? [...blocks.slice(1), ...blocks.slice(0, 1)] : blocks;
}

/** The tape records of a fold that reads the log records one by one. */
function tapeOf(records: readonly Uint8Array[]): Uint8Array[] {
  const fold = PartitionFold.start(config);
  const counted = new CountedTape();
  return records.map((bytes, offset) => {
    fold.step([{ offset, appendTimeMs: clockMs + offset, bytes }], counted);
    return encodeTapeRecord(counted.take(), fold.clockMs, fold.nextOffset);
  });
}

function hasNumber({ attributes: { kind } }: TickRow): boolean {
  return kind !== TickKind.quote && kind !== TickKind.status;
}

/** What both decoders must say of a tick, of which links are not told. */
function saidOf(row: TickRow): unknown {
  const { symbol, terms, sequence, eventSec, eventNano, attributes, price, size, tradeId = '', original } = row;
  const eventNs = BigInt(eventSec) * 1_000_000_000n + BigInt(eventNano);
  const { venueSequence, receiveDelayNs } = row;
  const receiveNs = receiveDelayNs === undefined ? receiveTimeNs : eventNs + BigInt(receiveDelayNs);
  const { correctedSec, correctedNano = 0 } = original ?? {};
  const correctedNs =
    correctedSec === undefined ? undefined : BigInt(correctedSec) * 1_000_000_000n + BigInt(correctedNano);
  const amended = original && { sequence: original.sequence, tradeId: original.tradeId, correctedNs };
  const { kind, venue, tape, conditions, side, flags } = attributes;
  const said = { kind, venue, tape, conditions, side, flags };
  return { symbol, terms, sequence, eventNs, ...said, price, size, tradeId, venueSequence, receiveNs, amended };
}

function saidByHand(bytes: Uint8Array): unknown[] {
  return decodeTapeRecord(bytes).segments.flatMap(({ symbol, terms, ticks }) =>
    ticks.map((tick: TapeTick) => {
      const { sequence, eventNs, attributes, price, size, tradeId, venueSequence, receiveNs, original } = tick;
      const amended = original && { correctedNs: undefined, ...original };
      return {
        symbol,
        terms,
        sequence,
        eventNs,
        ...attributes,
        price,
        size,
        tradeId,
        venueSequence,
        receiveNs,
        amended,
      };
    }),
  );
}

function saidByContract(bytes: Uint8Array): unknown[] {
  return wireOutput.TapeRecord.decode(bytes).segments.flatMap(({ block }) => {
    if (block === undefined) throw new RangeError('a segment has no block');
    expect(block.publisherId).toBe(header.publisherId);
    expect(block.dataset).toBe(header.dataset);
    expect(block.receiveTimeNs).toBe(receiveTimeNs);
    return rowsOfBlock(block).map(saidOf);
  });
}

test('both decoders give back every field of every trade, cancel and correction, also of ticks that were held', () => {
  fc.assert(
    fc.property(tickRows, fc.integer({ min: 1, max: 4 }), fc.boolean(), (loose, parts, heldFirst) => {
      const rows = chained(loose);
      const tape = tapeOf(recordsOf(rows, parts, heldFirst));
      const bySymbol = (said: readonly unknown[]): unknown[] =>
        (said as { symbol: string; sequence: number }[]).toSorted((left, right) => left.sequence - right.sequence);
      const expected = bySymbol(rows.filter(hasNumber).map(saidOf));
      expect(bySymbol(tape.flatMap(saidByHand))).toEqual(expected);
      expect(bySymbol(tape.flatMap(saidByContract))).toEqual(expected);
    }),
    { numRuns: 1_000 },
  );
});

test('both decoders tell the same of segments, and of the clock and the next offset', () => {
  fc.assert(
    fc.property(tickRows, fc.integer({ min: 1, max: 4 }), fc.boolean(), (loose, parts, heldFirst) => {
      for (const [offset, bytes] of tapeOf(recordsOf(chained(loose), parts, heldFirst)).entries()) {
        const byHand = decodeTapeRecord(bytes);
        const byContract = wireOutput.TapeRecord.decode(bytes);
        expect(byHand.nextOffset).toBe(offset + 1);
        expect(byContract.nextOffset).toBe(BigInt(offset) + 1n);
        expect(byHand.clockMs).toBe(clockMs + offset);
        expect(byContract.clockTimeNs).toBe(BigInt(clockMs + offset) * 1_000_000n);
        const told = byHand.segments.map(({ firstNumber, late, outOfOrder, position: { partition, epoch } }) => ({
          firstNumber: BigInt(firstNumber),
          late,
          outOfOrder,
          position: { partition, epoch, offset: BigInt(offset) },
        }));
        expect(byContract.segments.map(({ block, ...rest }) => (block === undefined ? block : rest))).toEqual(told);
        // The generated encoder writes the same segments.
        expect(decodeTapeRecord(wireOutput.TapeRecord.encode(byContract).finish())).toEqual(byHand);
      }
    }),
    { numRuns: 300 },
  );
});

test('a damaged record is refused with a MalformedError or read as some record, and nothing else happens', () => {
  const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 });
  let refused = 0;
  fc.assert(
    fc.property(tickRows, damage, (rows, changes) => {
      for (const bytes of tapeOf(recordsOf(chained(rows), 1, false))) {
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          decodeTapeRecord(bytes);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
          refused += 1;
        }
      }
    }),
    { numRuns: 1_000 },
  );
  expect(refused).toBeGreaterThan(200);
});
