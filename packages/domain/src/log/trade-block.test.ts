/** Blocks gathered trade by trade are, byte for byte, what the encoder of rows makes, for drawn trades of every sort. */
import { expect, test } from 'vitest';
import { drawFrom } from '../../test-kit/draw-from.ts';
import { plainTerms, scriptedId } from '../../test-kit/scripted-publisher.ts';
import { AggressorSide, Tape, type TickAttributes, TickKind } from '../market/tick.ts';
import { LogDictionary } from './log-dictionary.ts';
import { tradeIdsOf } from './rare-columns.ts';
import { decodeTickBlock } from './tick-block-decode.ts';
import { encodeTickBlock, type TickRow } from './tick-block-encode.ts';
import { TickColumns, TimeDomain } from './tick-columns.ts';
import { TradeBlock } from './trade-block.ts';

const header = {
  publisherId: scriptedId('live', 7),
  timeDomain: TimeDomain.live,
  mapEpoch: 0,
  dataset: 'test',
  receiveTimeNs: 0n,
};
const baseSec = 1_706_572_800;
const far = 4_503_599_627_370_496;

type Style = { readonly ids: 'none' | 'numbers' | 'texts' | 'some'; readonly unit: number; readonly far: boolean };

function idOf(draw: (below: number) => number, { ids }: Style): string {
  if (ids === 'numbers') return String(draw(1_000_000));
  if (ids === 'texts') return ['A-1', '007', '1234567890123456', '5'][draw(4)]!;
  return ids === 'some' && draw(2) === 0 ? '9' : '';
}

/** Trades in the order in which they are gathered: now and then one through a hole, of a lower sequence. */
function drawTrades(draw: (below: number) => number, style: Style): TickRow[] {
  let sequence = 100 + draw(1_000);
  let last = 0;
  return Array.from({ length: 1 + draw(40) }, (): TickRow => {
    sequence = Math.max(1, sequence + (draw(9) === 0 ? -draw(50) : 1 + (draw(3) === 0 ? draw(9) : 0)));
    const attributes: TickAttributes = {
      kind: TickKind.trade,
      venue: ['', 'Q', 'Ł'][draw(3)]!,
      tape: Tape.c,
      conditions: draw(2) === 0 ? [] : ['@', 'I'],
      side: AggressorSide.unknown,
      flags: 0,
    };
    const price = style.far && draw(4) === 0 ? far + draw(9) : (draw(400) - 200) * 25;
    // A price that far away begins a group as well.
    const isFar = Math.abs(price) >= far;
    const link = sequence > last && !isFar ? last : 0;
    last = isFar ? Number.MAX_SAFE_INTEGER : sequence;
    return {
      symbol: 'S',
      terms: plainTerms,
      sequence,
      link,
      eventSec: baseSec + draw(2_000) - 1_000,
      eventNano: draw(Math.round(1e9 / style.unit)) * style.unit,
      attributes,
      price,
      size: (1 + draw(5)) * 100,
      tradeId: idOf(draw, style),
    };
  });
}

const styles: readonly Style[] = [
  { ids: 'none', unit: 1_000_000_000, far: false },
  { ids: 'numbers', unit: 1_000_000, far: false },
  { ids: 'texts', unit: 1_000, far: true },
  { ids: 'some', unit: 1, far: true },
];

test.each(styles)('with ids $ids and times in steps of $unit ns', (style) => {
  const columns = new TickColumns();
  for (let seed = 1; seed <= 150; seed += 1) {
    const rows = drawTrades(drawFrom(seed), style);
    const block = new TradeBlock(rows.length);
    // Numbers may come as such, as a block of numbers has them.
    for (const row of rows) {
      const isNumber = style.ids === 'numbers' && row.sequence % 2 === 0;
      block.add({ ...row, tradeId: isNumber ? Number(row.tradeId) : (row.tradeId ?? '') });
    }
    const bytes = block.encode(header, 'S', plainTerms);
    expect([seed, Buffer.from(bytes).toString('hex')]).toEqual([
      seed,
      Buffer.from(encodeTickBlock(header, rows)).toString('hex'),
    ]);
    decodeTickBlock(bytes, 0, bytes.length, new LogDictionary(), columns);
    expect([block.isFull, { publisherId: header.publisherId, ...block.bounds() }]).toEqual([true, columns.extent()]);
    expect(tradeIdsOf(columns) ?? rows.map(() => '')).toEqual(rows.map(({ tradeId }) => tradeId));
  }
});
