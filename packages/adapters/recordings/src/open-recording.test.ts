/** Files that are no recording: one clear problem each, by code and facts. And how a format is told. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { problemOf, read, readFrom, written, zipOf } from '../test-kit/recording-files.ts';

const leanLine = '34200000,1818300,100,N,1,0';
const csvText = 'ts_event,symbol,price,size\n1381239000000000000,SPY,1.5,1\n';
const leanZip = zipOf({ name: '20131008_spy_Trade_Tick.csv', text: leanLine });

test('a missing file, a directory and an empty file are told apart', async () => {
  const file = written('here.csv', csvText);
  const missing = await problemOf(`${file}.not`);
  expect(missing).toEqual({
    code: 'RECORDING_MISSING',
    path: `${file}.not`,
    line: 0,
    value: 'ENOENT',
    message: `${file}.not: there is no such file; check the name`,
  });
  const directory = await problemOf(dirname(file));
  expect([directory.code, directory.message]).toEqual([
    'RECORDING_IS_DIRECTORY',
    `${dirname(file)}: is a directory; name the files in it`,
  ]);
  const empty = await problemOf(written('empty.csv', ''));
  expect(empty.code).toBe('RECORDING_EMPTY');
  expect(empty.message).toContain('is empty (0 bytes); get the file again');
  expect((await problemOf('/dev/null')).code).toBe('RECORDING_NOT_A_FILE');
});

test('a zip that is none is refused by its first bytes', async () => {
  const problem = await problemOf(written('spy_20131008_trade.zip', 'this is text'));
  expect([problem.code, problem.value]).toEqual(['ZIP_MALFORMED', 'plain']);
  expect(problem.message).toContain('is named .zip and does not begin like a zip');
});

test('a zip that begins like one and goes on otherwise is refused with the reason', async () => {
  const problem = await problemOf(
    written('1/spy_20131008_trade.zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(8)])),
  );
  expect(problem.code).toBe('ZIP_MALFORMED');
  expect(problem.value).toContain('central directory');
});

test('a zip must hold exactly one file', async () => {
  const none = await problemOf(written('2/spy_20131008_trade.zip', zipOf()));
  expect(none.code).toBe('ZIP_WITHOUT_RECORDING');
  const folderOnly = await problemOf(written('3/spy_20131008_trade.zip', zipOf({ name: 'a/', text: '' })));
  expect(folderOnly.code).toBe('ZIP_WITHOUT_RECORDING');
  const two = zipOf({ name: 'a.csv', text: leanLine }, { name: 'b.csv', text: leanLine });
  const several = await problemOf(written('4/spy_20131008_trade.zip', two));
  expect([several.code, several.value]).toEqual(['ZIP_WITH_SEVERAL_ENTRIES', 'b.csv']);
  expect(several.message).toContain('holds several files, among them "a.csv" and "b.csv"');
  const inFolder = zipOf({ name: 'a/', text: '' }, { name: 'a/x.csv', text: leanLine });
  expect((await read(written('5/spy_20131008_trade.zip', inFolder))).ticks.length).toBe(1);
});

test('an encrypted entry, an unknown method and an empty entry are refused', async () => {
  const encrypted = await problemOf(
    written('6/spy_20131008_trade.zip', zipOf({ name: 'a.csv', text: leanLine, isEncrypted: true })),
  );
  expect([encrypted.code, encrypted.value]).toEqual(['ZIP_ENCRYPTED', 'a.csv']);
  const method = await problemOf(
    written('7/spy_20131008_trade.zip', zipOf({ name: 'a.csv', text: leanLine, method: 93 })),
  );
  expect([method.code, method.value]).toEqual(['ZIP_METHOD_UNKNOWN', '93']);
  const empty = await problemOf(written('8/spy_20131008_trade.zip', zipOf({ name: 'a.csv', text: '' })));
  expect([empty.code, empty.value]).toEqual(['RECORDING_EMPTY', 'a.csv']);
});

test('a zip of another name, and text of no known form, are refused with what is known', async () => {
  const zip = await problemOf(written('daily_spy.zip', leanZip));
  expect(zip.code).toBe('RECORDING_FORMAT_UNKNOWN');
  expect(zip.message).toContain(
    'known are SYMBOL_YYYYMMDD_trade.zip or SYMBOL_YYYYMMDD_quote.zip (Lean), .csv or .csv.gz',
  );
  const text = await problemOf(written('notes.txt', 'dear diary\n'));
  expect([text.code, text.line, text.value]).toEqual(['RECORDING_FORMAT_UNKNOWN', 1, 'dear diary']);
});

test('a file named .gz that is none is refused', async () => {
  const problem = await problemOf(written('x.csv.gz', csvText));
  expect(problem.code).toBe('GZIP_MALFORMED');
  expect(problem.message).toContain('is named .gz and does not begin like a gzip file');
});

test('a gzip of nothing is empty', async () => {
  expect((await problemOf(written('nothing.gz', gzipSync('')))).code).toBe('RECORDING_EMPTY');
  expect((await problemOf(written('nothing.csv.gz', gzipSync('')))).code).toBe('RECORDING_EMPTY');
});

test('packing is told by the bytes and CSV by its header, whatever the name', async () => {
  expect((await read(written('packed.csv', gzipSync(csvText)))).ticks.length).toBe(1);
  expect((await read(written('unnamed', csvText))).recording.format).toBe('csv');
  expect((await read(written('unnamed.gz', gzipSync(csvText)))).recording.format).toBe('csv');
});

test('the hash is the first 64 bits of the SHA-256 of the bytes on disk', async () => {
  const packed = gzipSync(csvText);
  const { recording } = await read(written('hash.csv.gz', packed));
  expect(recording.contentHash).toBe(BigInt(`0x${createHash('sha256').update(packed).digest('hex').slice(0, 16)}`));
});

test('a file that goes away after it was opened ends with a problem and no crash', async () => {
  for (const [name, content] of [
    ['gone.csv', csvText],
    ['gone.csv.gz', gzipSync(csvText)],
    ['gone_20131008_trade.zip', leanZip],
  ] as const) {
    const path = written(name, content);
    const { recording } = await read(path);
    rmSync(path);
    const { ticks, problem } = await readFrom(recording);
    expect([ticks.length, problem?.code, problem?.line]).toEqual([0, 'RECORDING_UNREADABLE', 0]);
  }
});

test('no part of a whole file cut at any byte is read as something else or crashes', async () => {
  const whole = gzipSync(csvText);
  for (let bytes = 1; bytes < whole.length; bytes += 1) {
    const path = written(`any-${bytes}.csv.gz`, whole.subarray(0, bytes));
    const outcome = await read(path).then(
      ({ ticks, problem }) => (problem === undefined ? `${ticks.length} ticks and no problem` : problem.code),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    expect(outcome).toMatch(/RECORDING_TRUNCATED|breaks off here|does not begin like a gzip/);
  }
});
