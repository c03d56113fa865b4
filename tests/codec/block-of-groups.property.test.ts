/**
 * Blocks cut out of blocks by bytes. In: random ticks of several instruments in one block. Out: the cut holds the instrument's
 * ticks in every field, is byte for byte what the generated encoder makes of them under the same units, and is found again
 * wherever the block lies and in whatever order its fields stand.
 */
import {
  BlockCutter,
  cutInstrument,
  decodeTickBlock,
  encodeLogRecord,
  encodeTickBlock,
  type InstrumentCut,
  LogDictionary,
  MalformedError,
  ProtoReader,
  publisherId,
  TickColumns,
  TickKind,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';
import { wireLog } from '@tapeline/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutByContract } from './cut-by-contract.ts';
import { rowsByContract, rowsByHand } from './rows-of-columns.ts';
import { tickRows } from './tick-row-arbitrary.ts';

const header = {
  publisherId: publisherId(16_000, TimeDomain.live, 42n),
  timeDomain: TimeDomain.live,
  mapEpoch: 3,
  dataset: 'us.consolidated',
  receiveTimeNs: 1_381_190_400_123_456_789n,
};

function recordOf(block: Uint8Array): Uint8Array {
  return encodeLogRecord([{ kind: 'tickBlock', bytes: block }]);
}

function rowsOf(block: Uint8Array): TickRow[] {
  return rowsByHand(recordOf(block));
}

function symbolsOf(rows: readonly TickRow[]): string[] {
  return [...new Set(rows.map(({ symbol }) => symbol))];
}

/** The cut of an instrument that the block has. */
function cutOf(block: Uint8Array, symbol: string, start = 0, end = block.length): InstrumentCut {
  const cut = cutInstrument(symbol, block, start, end, new LogDictionary(), new TickColumns());
  if (cut === undefined) throw new RangeError(`the block has no ${symbol}`);
  return cut;
}

function rangesOf(places: readonly number[]): [from: number, to: number][] {
  return Array.from({ length: places.length / 2 }, (_, range) => [places[2 * range] ?? 0, places[2 * range + 1] ?? 0]);
}

/** The top-level fields of a block, each with its tag. */
function fieldsOf(block: Uint8Array): { tag: number; bytes: Uint8Array }[] {
  const reader = new ProtoReader(block, 0, block.length);
  const fields: { tag: number; bytes: Uint8Array }[] = [];
  while (!reader.done()) {
    const { at } = reader;
    const tag = reader.uint();
    reader.skip(tag % 8);
    fields.push({ tag, bytes: block.subarray(at, reader.at) });
  }
  return fields;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test('a cut holds the ticks of its instrument in every field, and says where they stood', () => {
  fc.assert(
    fc.property(tickRows, (rows) => {
      const whole = encodeTickBlock(header, rows);
      const all = rowsOf(whole);
      for (const symbol of symbolsOf(rows)) {
        const { bytes, places, sequenceLow, sequenceHigh } = cutOf(whole, symbol);
        const own = all.filter((row) => row.symbol === symbol);
        expect(rowsOf(bytes)).toEqual(own);
        expect(rowsByContract(recordOf(bytes))).toEqual(own);
        expect(rangesOf(places).flatMap(([from, to]) => all.slice(from, to))).toEqual(own);
        const sequences = own.map(({ sequence }) => sequence);
        expect([sequenceLow, sequenceHigh]).toEqual([Math.min(...sequences), Math.max(...sequences)]);
      }
    }),
    { numRuns: 600 },
  );
});

test('a cut is byte for byte what the generated encoder makes of its groups', () => {
  fc.assert(
    fc.property(tickRows, (rows) => {
      const whole = encodeTickBlock(header, rows);
      for (const symbol of symbolsOf(rows)) expect(cutOf(whole, symbol).bytes).toEqual(cutByContract(whole, symbol));
    }),
    { numRuns: 600 },
  );
});

test('a cut of what was cut, and of a block that has nothing else, is the same block', () => {
  fc.assert(
    fc.property(tickRows, (rows) => {
      const [symbol = ''] = symbolsOf(rows);
      const alone = encodeTickBlock(
        header,
        rows.filter((row) => row.symbol === symbol),
      );
      expect(cutOf(alone, symbol).bytes).toEqual(alone);
      const { bytes } = cutOf(encodeTickBlock(header, rows), symbol);
      expect(cutOf(bytes, symbol).bytes).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

test('some groups of a block that was decoded as a whole are cut as those of one instrument are', () => {
  const [dictionary, columns] = [new LogDictionary(), new TickColumns()];
  fc.assert(
    fc.property(tickRows, fc.infiniteStream(fc.boolean()), (rows, draws) => {
      const whole = encodeTickBlock(header, rows);
      const all = rowsOf(whole);
      decodeTickBlock(whole, 0, whole.length, dictionary, columns);
      const cutter = new BlockCutter(columns, 0, whole.length);
      const groups = [...columns.symbols.keys()];
      for (const symbol of symbolsOf(rows)) {
        const own = groups.filter((group) => columns.symbols[group] === symbol);
        expect(cutter.blockOf(own)).toEqual(cutOf(whole, symbol).bytes);
      }
      const chosen = groups.filter(() => draws.next().value);
      if (chosen.length === 0) return;
      const ticks = chosen.flatMap((group) => all.slice(columns.groupStart[group], columns.groupStart[group + 1]));
      expect(rowsOf(cutter.blockOf(chosen))).toEqual(ticks);
    }),
    { numRuns: 500 },
  );
});

test('a block is cut wherever it lies, in whatever order its fields stand, and fields of a later version stay behind', () => {
  const seeds = fc.array(fc.nat(), { minLength: 200, maxLength: 200 });
  const later = Uint8Array.of(0xc2, 0x02, 3, 1, 2, 3);
  fc.assert(
    fc.property(tickRows, seeds, fc.nat(20), (rows, order, before) => {
      const whole = encodeTickBlock(header, rows);
      const fields = [...fieldsOf(whole), { tag: 322, bytes: later }].map((field, index) => ({
        ...field,
        rank: order[index % order.length] as number,
      }));
      // Entries of one repeated field keep their order: it is their meaning.
      const ranks = new Map<number, number[]>();
      for (const { tag, rank } of fields)
        ranks.set(
          tag,
          [...(ranks.get(tag) ?? []), rank].sort((a, b) => a - b),
        );
      const shuffled = fields
        .map(({ tag, bytes }) => ({ bytes, rank: ranks.get(tag)?.shift() as number }))
        .toSorted((left, right) => left.rank - right.rank);
      const block = joined(shuffled.map(({ bytes }) => bytes));
      const record = joined([new Uint8Array(before).fill(7), block, new Uint8Array(9).fill(9)]);
      for (const symbol of symbolsOf(rows)) {
        expect(cutOf(record, symbol, before, before + block.length).bytes).toEqual(cutOf(whole, symbol).bytes);
      }
    }),
    { numRuns: 500 },
  );
});

test('a block without the instrument is not cut', () => {
  const rows = fc.sample(tickRows, 1)[0] as TickRow[];
  const whole = encodeTickBlock(header, rows);
  expect(cutInstrument('NONE', whole, 0, whole.length, new LogDictionary(), new TickColumns())).toBeUndefined();
});

test('a block whose ticks name attributes that are not there is refused', () => {
  const [row] = fc.sample(
    tickRows
      .map((rows) => rows.find(({ attributes }) => attributes.kind === TickKind.trade))
      .filter((one) => one !== undefined),
    1,
  ) as [TickRow];
  const whole = wireLog.TickBlock.decode(encodeTickBlock(header, [row]));
  const damaged = wireLog.TickBlock.encode({ ...whole, tickAttributes: [1] }).finish();
  expect(() => cutOf(damaged, row.symbol)).toThrow(new MalformedError('a dictionary has no entry 1'));
});

test('a damaged block is refused with a MalformedError or cut somehow, and nothing else happens', () => {
  const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const [dictionary, columns] = [new LogDictionary(), new TickColumns()];
  let refused = 0;
  fc.assert(
    fc.property(tickRows, damage, (rows, changes) => {
      const bytes = encodeTickBlock(header, rows);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      try {
        cutInstrument((rows[0] as TickRow).symbol, bytes, 0, bytes.length, dictionary, columns);
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        refused += 1;
      }
    }),
    { numRuns: 3_000 },
  );
  expect(refused).toBeGreaterThan(300);
});
