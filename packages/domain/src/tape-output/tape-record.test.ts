/** Records of the tape: what goes in comes out, and bytes that are none are refused with what is wrong. */
import { expect, test } from 'vitest';
import { plainTerms, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import { encodeTickBlock, type TickRow } from '../log/tick-block-encode.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { decodeTapeRecord, encodeTapeRecord } from './tape-record.ts';

const live = new ScriptedPublisher('live');

function blockOf(...rows: readonly TickRow[]): Uint8Array {
  const header = { publisherId: live.id, timeDomain: TimeDomain.live, mapEpoch: 0, dataset: 'test', receiveTimeNs: 9n };
  return encodeTickBlock(header, rows);
}

/** A record with one segment of these parts; number 0 or no block = left out. */
function recordOf(firstNumber: number, block: Uint8Array | undefined): Uint8Array {
  const segment = new ProtoWriter().uint(1, firstNumber);
  if (block !== undefined) segment.message(5, block);
  return encodeTapeRecord([{ bytes: segment.finish() }]);
}

test('a record keeps its clock and next offset; a chunk has none', () => {
  const clockMs = 1_706_572_800_123;
  expect(decodeTapeRecord(encodeTapeRecord([], clockMs, 7))).toEqual({ segments: [], clockMs, nextOffset: 7 });
  expect(decodeTapeRecord(encodeTapeRecord([]))).toEqual({ segments: [], clockMs: 0, nextOffset: 0 });
});

test('a segment says whose its ticks are, what decided them and when they were received', () => {
  const tape = new ScriptedTape({ partition: 3 });
  const publisher = new ScriptedPublisher('live', 5);
  tape.append(1, { kind: 'tickBlock', bytes: blockOf(publisher.trade(0, -4, 2)) });
  tape.append(2, { kind: 'tickBlock', bytes: blockOf(publisher.trade(1, -4, 2), publisher.cancel(2, 1)) });
  expect(tape.segments[1]).toMatchObject({
    dataset: 'test',
    symbol: 'S',
    terms: plainTerms,
    publisherId: live.id,
    firstNumber: 2,
    late: false,
    outOfOrder: false,
    position: { partition: 3, epoch: 0, offset: 1 },
    ticks: [
      { number: 2, sequence: 2, price: -4, size: 2, tradeId: '', receiveNs: 9n },
      { number: 3, sequence: 3, price: 0, size: 0, original: { sequence: 1, tradeId: '' } },
    ],
  });
});

test.each([
  ['no first number', 0, blockOf(live.trade(0, 1)), 'a segment has no first number or no ticks'],
  ['no ticks', 1, undefined, 'a segment has no first number or no ticks'],
  [
    'two instruments',
    1,
    blockOf(live.trade(0, 1), live.trade(0, 1, 1, { symbol: 'T' })),
    'a segment is not of one instrument',
  ],
  ['a quote', 1, blockOf(live.quote(0)), 'a segment holds a tick that has no number'],
  ['an empty block', 1, new Uint8Array(0), 'tick block format 0 is not 1'],
])('a segment with %s is refused', (_, firstNumber, block, message) => {
  expect(() => decodeTapeRecord(recordOf(firstNumber, block))).toThrow(new MalformedError(message));
});

test('fields of a later version are passed over', () => {
  const bytes = new ProtoWriter().message(
    1,
    new ProtoWriter()
      .uint(1, 4)
      .uint(15, 9)
      .message(5, blockOf(live.trade(0, 1)))
      .finish(),
  );
  expect(decodeTapeRecord(bytes.uint(15, 3).finish()).segments).toMatchObject([{ firstNumber: 4 }]);
});

test('a record cut short is refused', () => {
  const bytes = recordOf(1, blockOf(live.trade(0, 1)));
  expect(() => decodeTapeRecord(bytes.subarray(0, bytes.length - 1))).toThrow(MalformedError);
});
