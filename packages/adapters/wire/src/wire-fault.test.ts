/**
 * Faults say what to do, and are told apart from answers. In: faults and values. Out: sentences, yes and no.
 */
import { expect, test } from 'vitest';
import { enumUnknown, fieldMalformed, fieldMissing, fieldOutOfRange, isWireFault } from './wire-fault.ts';

test('every fault names its field in a sentence', () => {
  const faults = [
    fieldMissing('volume'),
    fieldOutOfRange('volume', 5n, 0n, 4n),
    fieldMalformed('volume', 'x', 'digits'),
    enumUnknown('volume', 7),
  ];
  for (const fault of faults) {
    expect(fault.message).toContain('volume');
    expect(isWireFault(fault)).toBe(true);
  }
});

test('a long value is shortened in the sentence and whole in the facts', () => {
  const fault = fieldMalformed('volume', '9'.repeat(1_000), 'digits');
  expect(fault.message.length).toBeLessThan(200);
  expect(fault).toMatchObject({ value: '9'.repeat(1_000) });
});

test('a bar is no fault', () => {
  expect(isWireFault({ symbol: 'SPY', state: 'closed' })).toBe(false);
});
