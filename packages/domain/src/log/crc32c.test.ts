/**
 * The checksum of snapshots. In: bytes of every length around the step of four. Out: the published values.
 */
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { encodeText } from './text.ts';

test.each([
  ['', 0],
  ['a', 0xc1d04330],
  ['123456789', 0xe3069283],
])('the CRC-32C of %j is the published one', (text, checksum) => {
  expect(crc32c(encodeText(text))).toBe(checksum);
});

test('32 bytes of zero, of ones, rising and falling give the values of RFC 3720 B.4', () => {
  const rising = Uint8Array.from({ length: 32 }, (_, index) => index);
  expect([
    crc32c(new Uint8Array(32)),
    crc32c(new Uint8Array(32).fill(0xff)),
    crc32c(rising),
    crc32c(rising.toReversed()),
  ]).toEqual([0x8a9136aa, 0x62a8ab43, 0x46dd794e, 0x113fdb5c]);
});
