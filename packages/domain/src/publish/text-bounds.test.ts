/**
 * The contract bounds texts in characters. What that means is the same for ingest's checks and for the log's decoder:
 * Unicode code points, however many bytes or UTF-16 units each takes.
 */
import { expect, test } from 'vitest';
import { plainTerms, scriptBaseSec, scriptedId } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';
import { charactersIn, isLongerThan } from '../log/text.ts';
import { encodeTickBlock, type TickRow } from '../log/tick-block-encode.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { TickKind } from '../market/tick.ts';
import { givenInstrument } from './given-instrument.ts';
import { nameProblem } from './names.ts';
import { faultOfTick } from './tick-faults.ts';

/** Of 1, 2, 3 and 4 bytes; the last has two UTF-16 units. */
const characters = ['x', 'é', '€', '🙂'] as const;

const attributes = { kind: TickKind.trade, venue: '', tape: 0, conditions: [] as string[], side: 0, flags: 0 } as const;
const trade: TickRow = {
  symbol: 'S',
  terms: plainTerms,
  sequence: 1,
  link: 0,
  eventSec: scriptBaseSec,
  eventNano: 0,
  attributes,
  price: 1,
  size: 1,
};

const fields: readonly [string, number, (text: string) => TickRow][] = [
  ['trade_id', 64, (tradeId) => ({ ...trade, tradeId })],
  ['venue', 64, (venue) => ({ ...trade, attributes: { ...attributes, venue } })],
  ['conditions', 16, (code) => ({ ...trade, attributes: { ...attributes, conditions: [code] } })],
  [
    'original_trade_id',
    64,
    (tradeId) => ({
      ...trade,
      attributes: { ...attributes, kind: TickKind.cancel },
      original: { sequence: 0, tradeId },
    }),
  ],
];

const cases = fields.flatMap(([field, max, rowOf]) =>
  characters.map((character) => ({ field, max, rowOf, character })),
);

/** What the fold makes of a block with this row: the codes of its notices. */
function codesOf(row: TickRow): string[] {
  const tape = new ScriptedTape();
  const publisherId = scriptedId('live', 1);
  const header = { publisherId, timeDomain: TimeDomain.live, mapEpoch: 0, dataset: 'd', receiveTimeNs: 0n };
  tape.append(0, { kind: 'tickBlock', bytes: encodeTickBlock(header, [row]) });
  return tape.codes;
}

test.each(cases)('$field takes $max characters such as $character, in the log and at ingest', (one) => {
  const row = one.rowOf(one.character.repeat(one.max));
  expect(faultOfTick(row)).toBeUndefined();
  expect(codesOf(row)).toEqual([]);
});

test.each(cases)('$field takes no more characters such as $character, in the log and at ingest', (one) => {
  const row = one.rowOf(one.character.repeat(one.max + 1));
  expect(faultOfTick(row)).toMatchObject({
    code: 'FIELD_INVALID',
    message: expect.stringContaining(`has ${one.max + 1} characters; the limit is ${one.max}`),
    facts: { field: one.field, max: String(one.max) },
  });
  expect(codesOf(row)).toEqual(['RECORD_MALFORMED']);
});

test.each(characters)(
  'dataset, symbol, calendar and currency take 64 characters such as %s and no more',
  (character) => {
    const [full, over] = [character.repeat(64), character.repeat(65)];
    expect([nameProblem(full), nameProblem(over)]).toEqual([undefined, 'has 65 characters; give 1 to 64']);
    const given = { ...plainTerms, currency: full };
    expect(givenInstrument('d', full, given).terms.currency).toBe(full);
    expect(() => givenInstrument('d', 'S', { ...given, currency: over })).toThrow(/has 65 characters/);
    expect(codesOf({ ...trade, symbol: full, terms: { ...plainTerms, currency: full } })).toEqual([]);
    expect(codesOf({ ...trade, terms: { ...plainTerms, currency: over } })).toEqual(['RECORD_MALFORMED']);
  },
);

test('a character is a code point, and a lone surrogate is one', () => {
  expect(['', 'aé€🙂', '🙂\ud83d', '\ude42🙂'].map(charactersIn)).toEqual([0, 4, 2, 2]);
  expect([isLongerThan('🙂🙂', 2), isLongerThan('🙂🙂a', 2), isLongerThan('aaaaa', 2), isLongerThan('', 0)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
