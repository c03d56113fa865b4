/**
 * The domain's numbers and the contract's are the same. In: both lists. Out: a failure for any name that only one of
 * them has or that has two numbers, because log records carry these numbers.
 */
import { AggressorSide, Tape, TickFlag, TickKind } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { TickFlag as WireTickFlag, TickKind as WireTickKind } from './gen/tapeline/v1/log.ts';
import { AggressorSide as WireAggressorSide, Tape as WireTape } from './gen/tapeline/v1/market.ts';

/** `quoteBid: 2` as the contract writes it: `TICK_FLAG_QUOTE_BID: 2`. */
function contractNames(prefix: string, numbers: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(numbers).map(([name, number]) => {
    const words = name === 'unknown' ? 'unspecified' : name.replace(/[A-Z]/g, (letter) => `_${letter}`);
    return [`${prefix}_${words.toUpperCase()}`, number] as const;
  });
  return Object.fromEntries(entries);
}

test('kinds of tick have the numbers of the contract', () => {
  expect({ TICK_KIND_UNSPECIFIED: 0, ...contractNames('TICK_KIND', TickKind) }).toEqual(WireTickKind);
});

test('tapes have the numbers of the contract', () => {
  expect(contractNames('TAPE', Tape)).toEqual(WireTape);
});

test('aggressor sides have the numbers of the contract', () => {
  expect(contractNames('AGGRESSOR_SIDE', AggressorSide)).toEqual(WireAggressorSide);
});

test('flags of ticks have the numbers of the contract', () => {
  expect({ TICK_FLAG_UNSPECIFIED: 0, ...contractNames('TICK_FLAG', TickFlag) }).toEqual(WireTickFlag);
});
