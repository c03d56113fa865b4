/** Cancels, corrections and late rows: what the final bar shows, worked out by hand, and what is told of the others. */
import { expect, test } from 'vitest';
import { recordingFolder } from './recording-folder.ts';
import { barsInWords } from './tapeline-process.ts';

const folder = recordingFolder();
const { path: cwd } = folder;
const header = 'ts_event,symbol,price,size,trade_id,kind,original_trade_id';

function trade(time: string, price: string, size: number, id: string): string {
  return `2024-01-02T${time}Z,ACME,${price},${size},${id},trade,`;
}

function cancel(time: string, original: string): string {
  return `2024-01-02T${time}Z,ACME,,,,cancel,${original}`;
}

function correction(time: string, price: string, size: number, id: string, original: string): string {
  return `2024-01-02T${time}Z,ACME,${price},${size},${id},correction,${original}`;
}

async function barsOf(
  name: string,
  rows: readonly string[],
  args: readonly string[] = [],
): ReturnType<typeof barsInWords> {
  return barsInWords([folder.csv(name, header, rows), ...args], { cwd });
}

const day = [
  trade('14:30:00', '10', 1, 'open'),
  trade('14:30:20', '15', 2, 'high'),
  trade('14:30:40', '9', 4, 'low'),
  trade('14:30:59', '11', 8, 'close'),
  trade('14:31:00', '12', 16, 'next'),
];
const next = 'ACME 14:31:00 12 12 12 12 v16 n1 r2 closed';

test.each([
  // Each cancel is one event more, and the bar had closed before it: 4 trades, closing, cancel.
  ['open', 'ACME 14:30:00 15 15 9 11 v14 n3 r6 revised'],
  ['high', 'ACME 14:30:00 10 11 9 11 v13 n3 r6 revised'],
  ['low', 'ACME 14:30:00 10 15 10 11 v11 n3 r6 revised'],
  ['close', 'ACME 14:30:00 10 15 9 9 v7 n3 r6 revised'],
])('a cancel of the %s rebuilds the bar without it', async (id, bar) => {
  const { bars, ending } = await barsOf(`cancel-${id}.csv`, [...day, cancel('14:31:30', id)]);
  expect(bars).toEqual([bar, next]);
  expect(ending.code).toBe(0);
  expect(ending.err).toContain('read 6, accepted 6, rejected 0');
  expect(ending.err).toContain('among them cancels and corrections 1\n');
});

test('a bar whose only trade is cancelled stays, without prices', async () => {
  const { bars } = await barsOf('cancel-only.csv', [trade('14:30:00', '10', 1, 'a'), cancel('14:30:30', 'a')]);
  expect(bars).toEqual(['ACME 14:30:00 - - - - v0 n0 r3 closed']);
});

test('a correction counts at the time of the trade that it corrects', async () => {
  const { bars } = await barsOf('correction.csv', [...day, correction('14:31:30', '14', 3, 'high2', 'high')]);
  expect(bars).toEqual(['ACME 14:30:00 10 14 9 11 v16 n4 r6 revised', next]);
});

test('a cancel that names no trade changes nothing, and is told of and counted', async () => {
  const { bars, ending } = await barsOf('cancel-unknown.csv', [...day, cancel('14:31:30', 'who')]);
  expect(bars).toEqual(['ACME 14:30:00 10 15 9 11 v15 n4 r5 closed', next]);
  expect(ending.err).toMatch(/^cancel-unknown\.csv:7: ACME cannot be amended: .*trade id 'who'/m);
  expect(ending.err).toContain('cancels and corrections 1, of these without a trade 1\n');
});

test('a row out of order within the horizon revises its bar', async () => {
  const { bars, ending } = await barsOf('late.csv', [...day, trade('14:30:10', '20', 32, 'late')]);
  expect(bars).toEqual(['ACME 14:30:00 10 20 9 11 v47 n5 r6 revised', next]);
  expect(ending.err).toContain('late 0');
});

test('a row is too late from the moment when its file is past the end of its bar by the horizon', async () => {
  const rowsUntil = (last: string): string[] => [
    ...day,
    trade(last, '12', 1, 'last'),
    trade('14:30:10', '20', 32, 'late'),
  ];
  const [before, at] = await Promise.all([
    barsOf('before-horizon.csv', rowsUntil('14:35:59.999'), ['--horizon', '5m']),
    barsOf('at-horizon.csv', rowsUntil('14:36:00'), ['--horizon', '5m']),
  ]);
  expect(before.bars[0]).toBe('ACME 14:30:00 10 20 9 11 v47 n5 r6 revised');
  expect(before.ending.err).toContain('read 7, accepted 7, rejected 0, late 0');
  expect(at.bars[0]).toBe('ACME 14:30:00 10 15 9 11 v15 n4 r5 closed');
  expect(at.ending.err).toMatch(/^at-horizon\.csv:8: ACME comes too late: .*; a larger --horizon lets it count$/m);
  expect(at.ending.err).toContain('read 7, accepted 6, rejected 0, late 1, duplicates 0, bars 3\n');
  expect(at.ending.code).toBe(0);
});
