/**
 * The bytes of a refusal. In: refusals of any kind, and bytes of others. Out: what was put in, within its bounds, and
 * never an exception.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorDetails, factLengthMax, factsMax } from './error-details.ts';

const reason = 'PRICE_OUT_OF_RANGE';

test('what is put in comes out', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      text,
      text,
      fc.dictionary(text, text, { maxKeys: factsMax }),
      (code, message, ownReason, facts) => {
        const bytes = errorDetails.encode({ code, message, reason: ownReason, facts });
        expect(errorDetails.decode(bytes)).toEqual({ reason: ownReason, facts: { ...facts } });
      },
    ),
  );
});

test('the bytes are those of google.rpc.Status with an ErrorInfo', () => {
  const bytes = errorDetails.encode({ code: 3, message: 'no', reason: 'R', facts: { k: 'v' } });
  // 1: code 3; 2: message; 3: Any { 1: type_url, 2: value = ErrorInfo { 1: reason, 2: domain, 3: { 1: key, 2: value } } }
  const info = [
    ...field(1, text('R')),
    ...field(2, text('tapeline.dev')),
    ...field(3, [...field(1, text('k')), ...field(2, text('v'))]),
  ];
  const any = [...field(1, text('type.googleapis.com/google.rpc.ErrorInfo')), ...field(2, info)];
  expect([...bytes]).toEqual([0x08, 3, ...field(2, text('no')), ...field(3, any)]);
});

test('facts are at most 16 of at most 256 characters, and half a character is replaced', () => {
  const many = Object.fromEntries(Array.from({ length: factsMax + 1 }, (_, index) => [`fact${index}`, 'x']));
  const decoded = errorDetails.decode(errorDetails.encode({ code: 3, message: '', reason, facts: many }));
  expect(Object.keys(decoded?.facts ?? {})).toHaveLength(factsMax);
  const value = `${'x'.repeat(factLengthMax - 1)}😀`;
  const long = errorDetails.decode(errorDetails.encode({ code: 3, message: '\ud800', reason, facts: { value } }));
  expect(long?.facts['value']).toBe(`${'x'.repeat(factLengthMax - 1)}\uFFFD`);
});

test('bytes of others are undefined: any bytes, any cut, another detail, another domain', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => errorDetails.decode(bytes) === undefined));
  const whole = errorDetails.encode({ code: 3, message: 'no', reason, facts: { field: 'price' } });
  for (let length = 0; length < whole.byteLength; length += 1) {
    expect(errorDetails.decode(whole.subarray(0, length))).toBeUndefined();
  }
  const info = [...field(1, text('R')), ...field(2, text('example.com'))];
  const foreign = field(3, [...field(1, text('type.googleapis.com/google.rpc.ErrorInfo')), ...field(2, info)]);
  const other = field(3, [...field(1, text('type.googleapis.com/google.rpc.RetryInfo')), ...field(2, [])]);
  expect(errorDetails.decode(Uint8Array.from([...foreign, ...other]))).toBeUndefined();
});

test('an ErrorInfo behind another detail is found, with fields that are not known', () => {
  const other = field(3, [...field(1, text('type.googleapis.com/google.rpc.RetryInfo')), ...field(2, [])]);
  const own = errorDetails.encode({ code: 3, message: 'no', reason, facts: {} });
  expect(errorDetails.decode(Uint8Array.from([...other, ...own, ...field(9, [1, 2])]))).toEqual({ reason, facts: {} });
});

/** A length-delimited field of at most 127 bytes. */
function field(number: number, bytes: readonly number[]): number[] {
  return [(number << 3) | 2, bytes.length, ...bytes];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}
