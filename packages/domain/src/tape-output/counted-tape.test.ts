/** The canonical tape: what gets a number, in which segment it stands, and what the segment says of it. */
import { expect, test } from 'vitest';
import { plainTerms, scriptBaseSec, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape, timeOnly } from '../../test-kit/scripted-tape.ts';
import { CountedTape } from './counted-tape.ts';
import { segmentTicksMax } from './tape-segment.ts';

/** Number, sequence and marks of every tick on the tape. */
function told(tape: ScriptedTape, symbol = 'S'): string[] {
  return tape.segments
    .filter((segment) => segment.symbol === symbol)
    .flatMap(({ ticks, late, outOfOrder }) =>
      ticks.map((tick) => `${tick.number}:${tick.sequence}${late ? ' late' : ''}${outOfOrder ? ' out of order' : ''}`),
    );
}

test('trades, cancels and corrections are numbered in the order of counting; quotes, Voids and repeats are not', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  const first = [live.trade(0, 10), live.quote(1), live.trade(2, 11)];
  tape.append(5, live.block(...first));
  tape.append(6, live.block(...first), live.void(live.skip()));
  tape.append(7, live.block(live.cancel(7, 1), live.quote(8), live.correct(9, 3, 12)));
  expect(told(tape)).toEqual(['1:1', '2:3', '3:5', '4:7']);
  expect(tape.segments.map(({ ticks }) => ticks.map(({ attributes: { kind } }) => kind))).toEqual([
    [1, 1],
    [2, 3],
  ]);
  expect(tape.counted.map(({ amends }) => amends)).toEqual([false, true]);
});

test('each instrument is numbered for itself, whoever publishes', () => {
  const tape = new ScriptedTape();
  const [left, right] = [new ScriptedPublisher('live', 1), new ScriptedPublisher('live', 2)];
  tape.append(5, left.block(left.trade(0, 1), left.trade(0, 1, 1, { symbol: 'T' }), left.trade(0, 1)));
  tape.append(6, right.block(right.trade(0, 1), right.trade(0, 1, 1, { symbol: 'T' })));
  const numbers = tape.segments.map(({ symbol, publisherId, firstNumber, ticks }) => [
    symbol,
    publisherId === left.id,
    firstNumber,
    ticks.length,
  ]);
  expect(numbers).toEqual([
    ['S', true, 1, 2],
    ['T', true, 1, 1],
    ['S', false, 3, 1],
    ['T', false, 2, 1],
  ]);
});

test('a late tick has a number, and its segment is marked', () => {
  const tape = new ScriptedTape({ horizonMs: 1_000 });
  const live = new ScriptedPublisher('live');
  tape.append(9_000, live.block(live.trade(8_500, 1), live.trade(500, 2), live.trade(600, 2), live.trade(8_600, 3)));
  expect(told(tape)).toEqual(['1:1', '2:2 late', '3:3 late', '4:4']);
  expect(tape.segments).toHaveLength(3);
  expect(tape.fold.counters.late).toBe(2);
});

test('what comes after its absence was declared a gap is marked as out of order', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  const [one, two, three] = [live.trade(0, 1), live.trade(1, 2), live.trade(2, 3)];
  tape.append(5, live.block(one));
  tape.append(6, live.block(three));
  expect(told(tape)).toEqual(['1:1']);
  tape.pass(60_006);
  tape.append(60_010, live.block(two));
  tape.append(60_011, live.block(live.trade(60_009, 4)));
  expect(tape.codes).toEqual(['GAP_DECLARED']);
  expect(told(tape)).toEqual(['1:1', '2:3', '3:2 out of order', '4:4']);
});

test('a tick that one ingest refused and another accepted is out of order only after a later one', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  const [one, two, three, four] = [live.trade(0, 1), live.trade(1, 2), live.trade(2, 3), live.trade(3, 4)];
  tape.append(5, live.block(one), live.void({ sequence: 2, link: 1 }), live.block(two));
  tape.append(6, live.void({ sequence: 3, link: 2 }), live.block(four), live.block(three));
  expect(told(tape)).toEqual(['1:1', '2:2', '3:4', '4:3 out of order']);
});

test('a tick that was held says all that it said, where its block is not kept any more', () => {
  const tape = new ScriptedTape({ retainedBytesMax: 1 });
  const live = new ScriptedPublisher('live');
  const first = live.trade(0, 1);
  const held = [
    { ...live.trade(1, 2, 3, { venue: 'P', conditions: ['@', 'F'] }), venueSequence: 77, receiveDelayNs: 5 },
    { ...live.correct(2, 'x', 4, 5, { toMs: 1.5, tradeId: 'y' }), venueSequence: 70, receiveDelayNs: -6 },
  ];
  tape.append(5, live.block(...held));
  tape.append(6, live.block(live.trade(3, 9)));
  tape.restart();
  tape.append(7, live.block(first));
  expect(told(tape)).toEqual(['1:1', '2:2', '3:3', '4:4']);
  const baseNs = BigInt(scriptBaseSec) * 1_000_000_000n;
  expect(tape.segments[1]?.ticks).toMatchObject([
    { eventNs: baseNs + 1_000_000n, attributes: held[0]?.attributes, price: 2, size: 3, venueSequence: 77 },
    {
      price: 4,
      size: 5,
      tradeId: 'y',
      venueSequence: 70,
      original: { tradeId: 'x', correctedNs: baseNs + 1_500_000n },
    },
  ]);
  expect(tape.segments[1]?.ticks.map(({ receiveNs, eventNs }) => receiveNs - eventNs)).toEqual([5n, -6n]);
  // Without delays of its own, a tick is of another segment.
  expect(tape.segments.map(({ ticks }) => ticks.length)).toEqual([1, 2, 1]);
  expect(tape.counted[1]).toMatchObject({ firstEventNs: baseNs + 1_000_000n, lastEventNs: baseNs + 2_000_000n });
});

test('held ticks too far apart for one block go into several segments', () => {
  const tape = new ScriptedTape({ horizonMs: 86_400_000 * 365 });
  const replay = new ScriptedPublisher('replay');
  const first = replay.trade(0, 1);
  const far = [0, 100, 200].map((days) => replay.trade(days * 86_400_000, 1));
  const venueFar = [
    { ...replay.trade(200 * 86_400_000, 1), venueSequence: Number.MAX_SAFE_INTEGER },
    { ...replay.trade(200 * 86_400_000, 1), venueSequence: -1 },
  ];
  for (const row of [...far, ...venueFar]) tape.append(5, replay.block(row));
  tape.append(6, replay.block(first));
  expect(told(tape)).toEqual(['1:1', '2:2', '3:3', '4:4', '5:5', '6:6']);
  expect(tape.segments).toHaveLength(6);
  expect(tape.segments.slice(4).map(({ ticks }) => ticks[0]?.venueSequence)).toEqual([Number.MAX_SAFE_INTEGER, -1]);
});

test('a run longer than a segment may be goes on in the next one', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  const rows = Array.from({ length: segmentTicksMax + 3 }, () => live.trade(0, 1));
  tape.append(5, live.block(...rows));
  expect(tape.counted.map(({ firstNumber, count }) => [firstNumber, count])).toEqual([
    [1, segmentTicksMax],
    [segmentTicksMax + 1, 3],
  ]);
  expect(tape.segments[1]?.ticks.map(({ sequence }) => sequence)).toEqual(rows.slice(-3).map((row) => row.sequence));
});

test('two trades that only a quote between them brings within reach go into two segments', () => {
  const days = 86_400_000 * 100;
  const tape = new ScriptedTape({ horizonMs: days * 3 });
  const live = new ScriptedPublisher('live', 1, { issueDay: scriptBaseSec / 86_400 });
  const detail = { eventNano: 1 };
  tape.append(
    0,
    live.block(live.quote(0), live.trade(days, 1, 1, detail), live.quote(0), live.trade(-days, 2, 1, detail)),
  );
  expect(tape.segments.map(({ firstNumber, ticks: [tick] }) => [firstNumber, tick?.price])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  const venue = [
    { ...live.trade(1, 3), venueSequence: Number.MAX_SAFE_INTEGER },
    { ...live.quote(1), venueSequence: 0 },
    { ...live.trade(1, 4), venueSequence: -Number.MAX_SAFE_INTEGER },
  ];
  tape.append(1, live.block(...venue));
  expect(tape.segments.slice(2).map(({ firstNumber, ticks: [tick] }) => [firstNumber, tick?.venueSequence])).toEqual([
    [3, Number.MAX_SAFE_INTEGER],
    [4, -Number.MAX_SAFE_INTEGER],
  ]);
});

test('what is refused for its terms has no number, and the instrument keeps the terms that came first', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  tape.append(5, live.block(live.trade(0, 1)));
  tape.append(6, live.block(live.trade(0, 1, 1, { terms: { ...plainTerms, priceExponent: -2 } })));
  tape.append(7, live.block(live.trade(0, 1, 1, { terms: { ...plainTerms, currency: 'USD' }, link: 1 })));
  expect(told(tape)).toEqual(['1:1', '2:3']);
  expect(tape.segments.map(({ terms }) => terms)).toEqual([plainTerms, plainTerms]);
  expect(tape.fold.instruments(0)).toEqual([{ dataset: 'test', symbol: 'S', epoch: 0, terms: plainTerms }]);
});

test('numbers go on where nobody collected, and over a restart', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  tape.append(5, live.block(live.trade(0, 1), live.trade(0, 1)));
  tape.restart();
  tape.append(6, live.block(live.trade(0, 1)));
  expect(told(tape)).toEqual(['1:1', '2:2', '3:3']);
  const bare = new ScriptedTape();
  for (const record of tape.records.slice(0, 2)) bare.fold.step([record]);
  bare.records.push(...tape.records);
  bare.append(7, live.block(live.trade(0, 1)));
  expect(told(bare)).toEqual(['4:4']);
});

test('a tape that was taken is empty', () => {
  const counted = new CountedTape();
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  tape.fold.step([{ offset: 0, appendTimeMs: scriptBaseSec * 1000, bytes: new Uint8Array(0) }], counted);
  expect(counted.take()).toEqual([]);
  tape.records.push({ offset: 0, appendTimeMs: scriptBaseSec * 1000, bytes: new Uint8Array(0) });
  tape.append(1, live.block(live.trade(0, 1)), timeOnly);
  expect(tape.counted).toHaveLength(1);
});
