/** Tokens: what was sealed comes back, and nothing else is taken. */
import { expect, test } from 'vitest';
import { digestOf, openToken, sealToken } from './sealed-text.ts';

const values = ['digest', [1, 'two'], [0, 12_345_678_901]];

test('what was sealed comes back, in letters that need no encoding in a URL', () => {
  const token = sealToken('bars', values);
  expect(token).toMatch(/^[\w-]+$/);
  expect(openToken('bars', token)).toEqual({ values });
});

test('a change of any letter is found', () => {
  const token = sealToken('bars', values);
  for (let at = 0; at < token.length - 1; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(openToken('bars', token.slice(0, at) + other + token.slice(at + 1))).toHaveProperty('problem');
  }
});

test('a token of another kind says of which, other texts say what is wrong', () => {
  expect(openToken('trades', sealToken('bars', values))).toEqual({ problem: 'is one of bars, not of trades' });
  expect(openToken('bars', 'a b')).toEqual({ problem: 'has characters that no token has' });
  expect(openToken('bars', 'AAAA')).toEqual({ problem: 'is damaged: its checksum does not fit' });
  expect(openToken('bars', 'A'.repeat(65_537))).toEqual({ problem: 'has over 65536 characters' });
});

test('a token for 256 partitions is short enough to come back', () => {
  const positions = Array.from({ length: 256 }, () => Number.MAX_SAFE_INTEGER);
  expect(openToken('bar-stream', sealToken('bar-stream', ['digest', positions]))).toEqual({
    values: ['digest', positions],
  });
});

test('digests differ with any value and its place', () => {
  const digests = [['a', 'b'], ['b', 'a'], ['ab'], ['a', 'b', ''], [['a'], 'b']].map(digestOf);
  expect(new Set(digests).size).toBe(digests.length);
});
