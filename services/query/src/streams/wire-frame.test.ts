/** Responses put together by hand are those of the generated encoder. */
import { wireMarket, wireQuery } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { batchFrame } from './wire-frame.ts';

test.each([1, 2, 127, 128, 1_000])('a response with %i bars is what the generated encoder makes', (count) => {
  const bars = Array.from({ length: count }, (_, index) =>
    wireMarket.Bar.fromPartial({ interval: 'x'.repeat(index % 300), trades: BigInt(index) }),
  );
  const whole = wireQuery.StreamBarsResponse.encode({ event: { $case: 'bars', value: { bars } } }).finish();
  const parts = batchFrame(bars.map((bar) => wireMarket.Bar.encode(bar).finish()));
  expect(Buffer.from(parts).equals(Buffer.from(whole))).toBe(true);
});
