/** Terms are the same object whatever the scales, and stand for what the bytes say in whatever order. */
import { expect, test } from 'vitest';
import { plainTerms } from '../../test-kit/scripted-publisher.ts';
import { ProtoWriter } from './proto-writer.ts';
import { TermsDictionary } from './terms-dictionary.ts';
import { encodeTerms } from './tick-block-encode.ts';

function read(dictionary: TermsDictionary, bytes: Uint8Array): ReturnType<TermsDictionary['read']> {
  return dictionary.read(bytes, 0, bytes.length);
}

test('equal terms are one object, whatever the scales beside them', () => {
  const dictionary = new TermsDictionary();
  const [left, right] = [7, 11].map((price) => read(dictionary, encodeTerms(plainTerms, { price, size: price * 3 })));
  expect(left).toEqual({ terms: plainTerms, priceScale: 7, sizeScale: 21 });
  expect(right).toEqual({ terms: plainTerms, priceScale: 11, sizeScale: 33 });
  expect(right?.terms).toBe(left?.terms);
});

test('terms that differ in an exponent alone are two', () => {
  const dictionary = new TermsDictionary();
  const scales = { price: 1, size: 1 };
  const left = read(dictionary, encodeTerms({ ...plainTerms, priceExponent: -2, sizeExponent: 0 }, scales));
  const right = read(dictionary, encodeTerms({ ...plainTerms, priceExponent: 0, sizeExponent: -2 }, scales));
  expect([left.terms.priceExponent, left.terms.sizeExponent]).toEqual([-2, 0]);
  expect([right.terms.priceExponent, right.terms.sizeExponent]).toEqual([0, -2]);
});

test('a field that stands after the texts counts, as the last of several does', () => {
  const bytes = new ProtoWriter().sint(1, -1).uint(3, 5).text(5, 'XNYS').sint(1, -4).uint(3, 9).sint(2, -3).finish();
  expect(read(new TermsDictionary(), bytes)).toEqual({
    terms: { priceExponent: -4, sizeExponent: -3, calendar: 'XNYS', currency: '', tickSize: 0 },
    priceScale: 9,
    sizeScale: 1,
  });
});

test('an exponent or a text beyond its limit is refused each time, also where the rest was seen before', () => {
  const dictionary = new TermsDictionary();
  read(dictionary, encodeTerms(plainTerms, { price: 1, size: 1 }));
  const far = encodeTerms({ ...plainTerms, priceExponent: -19 }, { price: 1, size: 1 });
  const long = encodeTerms({ ...plainTerms, currency: 'x'.repeat(65) }, { price: 1, size: 1 });
  for (let time = 0; time < 2; time += 1) {
    expect(() => read(dictionary, far)).toThrow('exponent -19 is not between -18 and 0');
    expect(() => read(dictionary, long)).toThrow('over 64 characters');
  }
});

test('past its bound it forgets, and reads on as before', () => {
  const dictionary = new TermsDictionary();
  const first = read(dictionary, encodeTerms(plainTerms, { price: 1, size: 1 }));
  for (let tickSize = 1; tickSize <= 16_384; tickSize += 1) {
    dictionary.makeRoom();
    read(dictionary, encodeTerms({ ...plainTerms, tickSize }, { price: 1, size: 1 }));
  }
  dictionary.makeRoom();
  const again = read(dictionary, encodeTerms(plainTerms, { price: 1, size: 1 }));
  expect(again).toEqual(first);
  expect(again.terms).not.toBe(first.terms);
});
