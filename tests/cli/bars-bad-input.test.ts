/**
 * Bad input to `tapeline bars`: one clear message each, with file, line, value, limit and remedy; good records beside
 * bad ones come through, and the exit code says that something was wrong.
 */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { zipOf } from '../../packages/adapters/recordings/test-kit/recording-files.ts';
import { recordingFolder } from './recording-folder.ts';
import { barsInWords, tapeline } from './tapeline-process.ts';

const folder = recordingFolder();
const { path: cwd } = folder;
const header = 'ts_event,symbol,price,size';
const good = '2024-01-02T14:30:00Z,ACME,10.50,100';
const goodFile = folder.csv('good.csv', header, [good]);
const goodBar = 'ACME 14:30:00 10.5 10.5 10.5 10.5 v100 n1 r2 closed';

test('bad rows are told by file and line, and the good rows around them make their bars', async () => {
  const file = folder.csv('rows.csv', header, [
    good,
    '2024-01-02T14:30:01Z,ACME,10.50,0',
    '2024-01-02T14:30:02Z,ACME,10.50,-5',
    '2024-01-02T14:30:03Z,ACME,10.50,NaN',
    '2024-01-02T14:30:04Z,ACME,ten,1',
    '2024-01-02T14:30:05,ACME,10.50,1',
    `2024-01-02T14:30:06Z,${'A'.repeat(300)},10.50,1`,
    '2024-01-02T14:30:07Z,ACME,10.50',
    '2024-01-02T14:30:08Z,ACME,99999999999999999999,1',
    '2024-01-02T14:30:09Z,ACME,10.60,1',
  ]);
  const { bars, ending } = await barsInWords([file], { cwd });
  expect(ending.code).toBe(1);
  expect(bars).toEqual(['ACME 14:30:00 10.5 10.6 10.5 10.6 v101 n2 r3 closed']);
  const lines = ending.err.trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^rows\.csv:3: size "0" is not above 0; .*take the line out/),
    expect.stringMatching(/^rows\.csv:4: size "-5" is not above 0; /),
    expect.stringMatching(/^rows\.csv:5: size "NaN" is no number; /),
    expect.stringMatching(/^rows\.csv:6: price "ten" is no number; /),
    expect.stringMatching(/^rows\.csv:7: ts_event ".*" has no time zone; put Z /),
    expect.stringMatching(/^rows\.csv:8: symbol "A+…" \(300 characters\) is longer than 64 characters, the limit; /),
    expect.stringMatching(/^rows\.csv:9: the line has 3 fields and the header 4; /),
    expect.stringMatching(/^rows\.csv:10: price "99999999999999999999" .*; /),
    'tapeline bars: read 10, accepted 2, rejected 8, late 0, duplicates 0, bars 1',
  ]);
});

test('of many bad rows the first twenty are told, and how many more there are', async () => {
  const bad = Array.from({ length: 25 }, () => '2024-01-02T14:30:01Z,ACME,10.50,0');
  const { code, err } = await tapeline(['bars', folder.csv('many.csv', header, [good, ...bad])], { cwd });
  expect(code).toBe(1);
  expect(err.match(/^many\.csv:\d+: /gm)).toHaveLength(20);
  expect(err).toContain('tapeline bars: and 5 more rejected rows\n');
  expect(err).toContain('read 26, accepted 1, rejected 25');
});

folder.makeFolder('sub');
folder.write('empty.csv', '');
folder.csv('header-only.csv', header, []);
folder.csv('unknown-column.csv', `${header},prize`, [`${good},1`]);
folder.csv('missing-column.csv', 'ts_event,symbol,price', ['2024-01-02T14:30:00Z,ACME,10.50']);
folder.write('ACME_20240102_trade.zip', 'this is no zip');
folder.write('ACME_20240103_trade.zip', zipOf());
folder.write('other.zip', zipOf({ name: 'readme.txt', text: 'hello' }));
folder.write('notes.txt', 'dear diary\n');
folder.write('bad.csv.gz', 'this is no gzip');

test.each([
  ['nothing.csv', /nothing\.csv: there is no such file; check the name/],
  ['sub', /sub: is a directory; name the files in it/],
  ['empty.csv', /empty\.csv: is empty \(0 bytes\); get the file again/],
  ['header-only.csv', /header-only\.csv, line 1: has a header and no row under it; /],
  [
    'unknown-column.csv',
    /unknown-column\.csv, line 1: column "prize" is not known; rename it or take it out; columns are ts_event,/,
  ],
  ['missing-column.csv', /missing-column\.csv, line 1: the header has no column size; add it/],
  ['ACME_20240102_trade.zip', /ACME_20240102_trade\.zip: is named \.zip and does not begin like a zip; /],
  ['ACME_20240103_trade.zip', /ACME_20240103_trade\.zip: .*; /],
  ['other.zip', /other\.zip: is a zip whose name is not that of a recording; known are /],
  ['notes.txt', /notes\.txt, line 1: is no recording that is known; its first line is "dear diary"; known are /],
  ['bad.csv.gz', /bad\.csv\.gz: is named \.gz and does not begin like a gzip file; /],
])('%s is refused with its reason, and the file beside it is read', async (name, message) => {
  const { bars, ending } = await barsInWords([name, goodFile], { cwd });
  expect(ending.code).toBe(1);
  expect(bars).toEqual([goodBar]);
  expect(ending.err).toMatch(message);
  expect(ending.err.trimEnd().split('\n')).toHaveLength(2);
});

test('where no file can be read, nothing is written and the exit code is 2', async () => {
  const { code, out, err } = await tapeline(['bars', 'nothing.csv', 'sub', '--out', 'none.csv'], { cwd });
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('tapeline bars: none of the 2 files can be read\n');
  expect(folder.names().filter((name) => name.includes('none.csv'))).toEqual([]);
});

test('a file that breaks off gives its whole lines, and says where it broke off', async () => {
  // Random digits do not pack well, so that half of the packed bytes are about half of the lines.
  let state = 1;
  const rows = Array.from({ length: 4_000 }, (_, index) => {
    state = (state * 48_271) % 2_147_483_647;
    const second = String(index % 60).padStart(2, '0');
    return `2024-01-02T14:${String(Math.floor(index / 100)).padStart(2, '0')}:${second}Z,ACME,10.5,${state}`;
  });
  const whole = gzipSync(`${[header, ...rows].join('\n')}\n`);
  const file = folder.write('broken.csv.gz', whole.subarray(0, whole.length / 2));
  const { code, out, err } = await tapeline(['bars', file], { cwd });
  expect(code).toBe(1);
  expect(out.split('\n').length).toBeGreaterThan(10);
  expect(err).toMatch(
    /^tapeline bars: broken\.csv\.gz, line \d+: the recording breaks off here .*; get the file again/m,
  );
  const accepted = Number(/accepted (\d+),/.exec(err)?.[1]);
  expect(accepted).toBeGreaterThan(1_000);
  expect(accepted).toBeLessThan(3_000);
});

test('two files that disagree about an instrument are not mixed, and the remedy mends it', async () => {
  const withTape = folder.csv('tape.csv', `${header},tape`, ['2024-01-02T14:30:01Z,ACME,10.70,7,A']);
  const { bars, ending } = await barsInWords([goodFile, withTape], { cwd });
  expect(ending.code).toBe(1);
  expect(bars).toEqual([goodBar]);
  expect(ending.err).toMatch(
    /^tape\.csv:2: ACME has the calendar XNYS here and 24\/7 in a file before; .* --calendar 24\/7$/m,
  );
  const mended = await barsInWords([goodFile, withTape, '--calendar', '24/7'], { cwd });
  expect(mended.ending.code).toBe(0);
  expect(mended.bars).toEqual(['ACME 14:30:00 10.5 10.7 10.5 10.7 v107 n2 r3 closed']);
});
