/** What happens at each bound: a problem, a new batch or a lost sameness, never memory that grows with the file. */
import { AggressorSide, Tape, TickKind } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { problemOf, read, written } from '../test-kit/recording-files.ts';
import { AttributeCache, combinationsMax } from './attribute-cache.ts';
import { recordingSymbolsMax } from './symbol-text.ts';

function symbolNamed(index: number): string {
  return `S${index}`;
}

test('a CSV file with more symbols than the limit is refused', async () => {
  const rows = Array.from(
    { length: recordingSymbolsMax + 1 },
    (_, index) => `1381239000000000000,${symbolNamed(index)},1,1`,
  );
  const problem = await problemOf(written('many.csv', ['ts_event,symbol,price,size', ...rows].join('\n')));
  expect([problem.code, problem.value]).toEqual(['SYMBOLS_TOO_MANY', '100000']);
  expect(problem.message).toContain('has more than 100000 symbols, the limit of one file');
});

test('a Binance recording with more symbols than the limit is refused', async () => {
  const data = (index: number): string =>
    JSON.stringify({ e: 'trade', s: symbolNamed(index), t: 1, p: '1', q: '1', T: 1, m: true });
  const rows = Array.from({ length: recordingSymbolsMax + 1 }, (_, index) => `1723161254087896568 ${data(index)}`);
  expect((await problemOf(written('many', rows.join('\n')))).code).toBe('SYMBOLS_TOO_MANY');
});

test('thousands of kinds of ignored lines fill batches too', async () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => `1723161254087896568 {"e":"kind-${index}"}`);
  const { batchSizes, ignored } = await read(written('kinds', rows.join('\n')));
  expect(batchSizes.length).toBe(3);
  expect(Object.keys(ignored).length).toBe(5_000);
});

test('beyond the limit of combinations the cache starts anew and still answers', () => {
  const cache = new AttributeCache();
  const attributes = (venue: string) =>
    ({ kind: TickKind.trade, venue, tape: Tape.a, conditions: ['?'], side: AggressorSide.unknown, flags: 0 }) as const;
  for (let index = 0; index <= combinationsMax; index += 1) cache.keep(String(index), attributes(String(index)), 0);
  expect(cache.get('0')).toBeUndefined();
  expect(cache.get(String(combinationsMax))?.attributes.venue).toBe(String(combinationsMax));
  expect(cache.get(String(combinationsMax))?.unknownConditions).toEqual(['?']);
});
