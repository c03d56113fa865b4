/**
 * The hand-written codec of tick blocks against the code generated from log.proto. In: random ticks. Out: both decoders
 * give back what was encoded, and damaged bytes are refused, never misread into a crash.
 */
import {
  decodeTickBlock,
  encodeLogRecord,
  encodeTickBlock,
  LogDictionary,
  MalformedError,
  publisherId,
  TickColumns,
  TimeDomain,
  type TickRow,
} from '@tapeline/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsByContract, rowsByHand } from './rows-of-columns.ts';
import { tickRows } from './tick-row-arbitrary.ts';

const header = {
  publisherId: publisherId(16_000, TimeDomain.live, 42n),
  timeDomain: TimeDomain.live,
  mapEpoch: 3,
  dataset: 'us.consolidated',
  receiveTimeNs: 1_381_190_400_123_456_789n,
};

/** Rows in the publisher's order; blocks have them by instrument. */
function inSequence(rows: readonly TickRow[]): TickRow[] {
  return rows.toSorted((left, right) => left.sequence - right.sequence);
}

test('both decoders give back every field of every tick that was encoded', () => {
  fc.assert(
    fc.property(tickRows, (rows) => {
      const record = encodeLogRecord([{ kind: 'tickBlock', bytes: encodeTickBlock(header, rows) }]);
      expect(inSequence(rowsByHand(record))).toEqual(rows);
      expect(inSequence(rowsByContract(record))).toEqual(rows);
    }),
    { numRuns: 1500 },
  );
});

test('a damaged block is refused with a MalformedError or read as some block, and nothing else happens', () => {
  const columns = new TickColumns();
  const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 });
  let refused = 0;
  fc.assert(
    fc.property(tickRows, damage, fc.nat(30), (rows, changes, cut) => {
      const bytes = encodeTickBlock(header, rows);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      try {
        decodeTickBlock(
          bytes,
          0,
          bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0),
          new LogDictionary(),
          columns,
        );
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        refused += 1;
      }
    }),
    { numRuns: 3000 },
  );
  expect(refused).toBeGreaterThan(500);
});
