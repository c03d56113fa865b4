/** A tick counts once, however often it is read: files that are given twice, files that overlap, ids that come again. */
import { expect, test } from 'vitest';
import { recordingFolder } from './recording-folder.ts';
import { barsInWords } from './tapeline-process.ts';

const folder = recordingFolder();
const { path: cwd } = folder;

/** Trades of 1 share, one every 20 seconds, with ids from `from` up to and without `to`. */
function tradesFrom(from: number, to: number, idOf: (id: number) => string = String): string[] {
  return Array.from({ length: to - from }, (_, index) => {
    const id = from + index;
    const at = new Date(Date.UTC(2024, 0, 2, 14, 30) + id * 20_000).toISOString();
    return `${at},ACME,${10 + id},1,V,${idOf(id)}`;
  });
}

const withId = 'ts_event,symbol,price,size,venue,trade_id';
const withSequence = 'ts_event,symbol,price,size,venue,sequence';
const whole = folder.csv('whole.csv', withId, tradesFrom(0, 9));
const bars = [
  'ACME 14:30:00 10 12 10 12 v3 n3 r4 closed',
  'ACME 14:31:00 13 15 13 15 v3 n3 r4 closed',
  'ACME 14:32:00 16 18 16 18 v3 n3 r4 closed',
];

test('the same file twice, under one name or two, adds nothing and is counted', async () => {
  const copy = folder.write('copy.csv', folder.read(whole));
  const noIds = folder.csv(
    'no-ids.csv',
    'ts_event,symbol,price,size,venue,trade_id',
    tradesFrom(0, 9, () => ''),
  );
  for (const files of [
    [whole, whole],
    [copy, whole],
    [noIds, noIds],
  ]) {
    const run = await barsInWords(files, { cwd });
    expect(run.bars).toEqual(bars);
    expect(run.ending.code).toBe(0);
    expect(run.ending.err).toContain('read 18, accepted 9, rejected 0, late 0, duplicates 9, bars 3\n');
  }
});

test('files that overlap count each trade once, by its trade id', async () => {
  const early = folder.csv('early.csv', withId, tradesFrom(0, 7));
  const late = folder.csv('late.csv', withId, tradesFrom(2, 9));
  for (const [files, duplicates] of [
    [[early, late], 5],
    [[late, early], 5],
    [[late, whole, early], 14],
  ] as const) {
    const run = await barsInWords(files, { cwd });
    expect(run.bars).toEqual(bars);
    expect(run.ending.err).toContain(`accepted 9, rejected 0, late 0, duplicates ${duplicates}, bars 3\n`);
  }
});

test('without a trade id the sequence of the venue tells trades apart', async () => {
  const early = folder.csv('early-sequence.csv', withSequence, tradesFrom(0, 7));
  const late = folder.csv('late-sequence.csv', withSequence, tradesFrom(2, 9));
  const run = await barsInWords([late, early], { cwd });
  expect(run.bars).toEqual(bars);
  expect(run.ending.err).toContain('duplicates 5');
});

test('rows that look alike and have no identity are separate trades', async () => {
  const row = '2024-01-02T14:30:00Z,ACME,10,1,V,';
  const run = await barsInWords([folder.csv('alike.csv', withId, [row, row, row])], { cwd });
  expect(run.bars).toEqual(['ACME 14:30:00 10 10 10 10 v3 n3 r4 closed']);
  expect(run.ending.err).toContain('duplicates 0');
});

test('an id that comes again in one file is a duplicate; on another venue or symbol it is not', async () => {
  const at = '2024-01-02T14:30:00Z';
  const rows = [`${at},ACME,10,1,V,7`, `${at},ACME,99,1,V,7`, `${at},ACME,11,1,W,7`, `${at},ECMA,12,1,V,7`];
  const run = await barsInWords([folder.csv('again.csv', withId, rows)], { cwd });
  expect(run.bars).toEqual(['ACME 14:30:00 10 11 10 11 v2 n2 r3 closed', 'ECMA 14:30:00 12 12 12 12 v1 n1 r2 closed']);
  expect(run.ending.err).toContain('read 4, accepted 3, rejected 0, late 0, duplicates 1, bars 2\n');
});
