/** Blocks split by partition: each group is in the block of its partition, in order, with all that its ticks said. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainTerms, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { LogDictionary } from '../log/log-dictionary.ts';
import { originalsOf, quotesOf, tradeIdsOf } from '../log/rare-columns.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import { encodeTickBlock, type TickRow } from '../log/tick-block-encode.ts';
import { TickColumns, TimeDomain } from '../log/tick-columns.ts';
import { splitBlock } from './split-block.ts';

const publisher = new ScriptedPublisher('live');
const header = {
  publisherId: publisher.id,
  timeDomain: TimeDomain.live,
  mapEpoch: 5,
  dataset: 'test',
  receiveTimeNs: 9n,
};
const cents = { ...plainTerms, priceExponent: -2, calendar: 'XNYS' };

/** What a tick is: its kind and its instrument, of which every other one has terms of its own. */
const drafts = fc.array(
  fc.record({
    symbol: fc.constantFrom('A', 'B', 'C', 'D'),
    kind: fc.constantFrom('trade', 'quote', 'cancel', 'correct'),
  }),
  { minLength: 1, maxLength: 30 },
);

function rowsOf(ticks: readonly { readonly symbol: string; readonly kind: string }[]): TickRow[] {
  const own = new ScriptedPublisher('live');
  return ticks.map(({ symbol, kind }, index) => {
    const detail = { symbol, terms: symbol < 'C' ? plainTerms : cents, venue: 'PQ'[index % 2] ?? '' };
    if (kind === 'quote') return own.quote(index, detail);
    if (kind === 'cancel') return own.cancel(index, `X${index}`, detail);
    if (kind === 'correct') return own.correct(index, index + 1, 100 + index, 7, { ...detail, tradeId: `C${index}` });
    return own.trade(index, 50 + index * index, 1 + index, { ...detail, tradeId: `T${index}` });
  });
}

/** Ticks of a block in the order of its columns. */
function ticksOf(bytes: Uint8Array): unknown[] {
  const columns = new TickColumns();
  decodeTickBlock(bytes, 0, bytes.length, new LogDictionary(), columns);
  const [ids, originals, quotes] = [tradeIdsOf(columns), originalsOf(columns), quotesOf(columns)];
  const { publisherId, mapEpoch, dataset, receiveTimeNs } = columns;
  const ticks: unknown[] = [];
  for (const [group, symbol] of columns.symbols.entries()) {
    let link = columns.groupLink[group];
    for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
      const sequence = columns.sequenceAt(group, index);
      const { terms } = columns.terms[columns.groupTerms[group]!]!;
      const { attributes } = columns.attributes[columns.attribute[index]!]!;
      const said = { price: columns.price[index], size: columns.size[index], timeNs: columns.timeNs[index] };
      const rare = { id: ids?.[index] ?? '', original: originals[index], quote: quotes[index] };
      const block = { publisherId, mapEpoch, dataset, receiveTimeNs };
      ticks.push({ ...block, symbol, sequence, link, terms, attributes, ...said, ...rare });
      link = sequence;
    }
  }
  return ticks;
}

test('the blocks of all partitions hold what the whole block held, each the groups that are its own', () => {
  fc.assert(
    fc.property(drafts, fc.array(fc.nat(2), { minLength: 30, maxLength: 30 }), (ticks, draws) => {
      const whole = encodeTickBlock(header, rowsOf(ticks));
      const columns = new TickColumns();
      decodeTickBlock(whole, 0, whole.length, new LogDictionary(), columns);
      const partitions = draws.slice(0, columns.groupCount);
      const all = ticksOf(whole);
      const blocks = splitBlock(columns, header, partitions);
      expect([...blocks.keys()]).toEqual([...new Set(partitions)]);
      for (const [partition, block] of blocks) {
        const own = partitions.flatMap((of, group) =>
          of === partition ? all.slice(columns.groupStart[group], columns.groupStart[group + 1]) : [],
        );
        expect(ticksOf(block)).toEqual(own);
      }
    }),
    { numRuns: 300 },
  );
});
