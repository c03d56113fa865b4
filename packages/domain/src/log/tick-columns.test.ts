/** Times of a block as whole seconds. */
import { expect, test } from 'vitest';
import { secondOf, TickColumns } from './tick-columns.ts';

test('a time is of the second that it lies in, to the last ns and also 100 days from the base', () => {
  const columns = new TickColumns();
  columns.baseSec = 1_700_000_000;
  columns.baseNano = 0;
  for (const sec of [0, 1, -1, 5_000_000, 8_640_000, -8_640_000]) {
    const ns = sec * 1_000_000_000;
    expect([ns - 1, ns, ns + 999_999_999].map((at) => secondOf(columns, at) - columns.baseSec)).toEqual([
      sec - 1,
      sec,
      sec,
    ]);
  }
});
