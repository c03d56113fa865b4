/**
 * Maps of instruments as a record may hold them. In: fast-check's choices. Out: parts of maps, tokens and names, each within the bounds
 * of its field; what the parts say of each other is for the invariants of placement.
 */
import { compareNames, epochTimesMax, type PlacementParts } from '@tapeline/domain';
import fc from 'fast-check';

const name: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('SPY', 'AAPL', 'BTC-USD', 'Ünï', '𝛑'),
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).filter((text) => !text.includes('\ufffd')),
);

const epoch = fc.integer({ min: 1, max: 2_147_483_647 });
const partition = fc.integer({ min: 0, max: 1_048_575 });
const instrument = { dataset: fc.oneof(fc.constantFrom('a', 'b'), name), symbol: name };

/** A map; its numbers are in their types' ranges, and say nothing of each other. */
export const drawnMap: fc.Arbitrary<PlacementParts> = fc
  .record({
    basePartitions: fc.integer({ min: 1, max: 1_048_576 }),
    partitions: fc.integer({ min: 1, max: 1_048_576 }),
    epoch,
    overrides: fc.uniqueArray(
      fc.record({
        ...instrument,
        partition,
        epoch,
        standing: fc.constantFrom('spread' as const, 'dedicated' as const, 'pinned' as const),
      }),
      { selector: ({ dataset, symbol }) => JSON.stringify([dataset, symbol]), maxLength: 40 },
    ),
    moves: fc.uniqueArray(
      fc.record({ ...instrument, epoch, fromEpoch: fc.nat(2_147_483_646), from: partition, to: partition }),
      { selector: ({ dataset, symbol }) => JSON.stringify([dataset, symbol]), maxLength: 5 },
    ),
    epochTimes: fc.array(fc.record({ epoch, logTimeMs: fc.maxSafeNat() }), { maxLength: 5 }),
  })
  .map((map) => ({
    ...map,
    overrides: map.overrides.toSorted(compareNames),
    moves: map.moves.toSorted(compareNames),
    epochTimes: map.epochTimes.slice(0, epochTimesMax),
  }));

/** A token. */
export const drawnToken: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.maxSafeNat().map((value) => value || 1),
);

/** Names of instruments and writers. */
export const drawnName: fc.Arbitrary<string> = name;
