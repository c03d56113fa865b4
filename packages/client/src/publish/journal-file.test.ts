/**
 * A journal on disk. In: appends, crashes, a second user, a full disk. Out: what was appended is there; the file stays
 * small; what cannot be is said in one sentence.
 */
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JournalFile, type JournalWrite } from './journal-file.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { UnsettledQueue } from './unsettled-queue.ts';

let folder = '';
let file = '';
const purpose = { dataset: 'test', timeDomain: 1 };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tapeline-journal-'));
  file = path.join(folder, 'journal');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function batch(first: number, bytes = 10): { first: number; last: number; ticks: number; block: Uint8Array } {
  return { first, last: first, ticks: 1, block: new Uint8Array(bytes).fill(first % 256) };
}

test.each(['os', 'always'] as const)('what was appended is there after a crash: %s', async (sync) => {
  const journal = new JournalFile({ path: file, sync }, purpose);
  journal.append({ kind: 'identity', publisherId: 5n, expireTimeNs: 6n });
  journal.append({ kind: 'batch', links: [['A', 1]], batch: batch(1) });
  journal.append({ kind: 'batch', links: [['B', 2]], batch: batch(2) });
  journal.append({ kind: 'settled', sequence: 1 });
  await journal.synced();
  // A crash leaves the lock, and half of a record.
  appendFileSync(file, new Uint8Array([40, 0, 0, 0, 1, 2, 3]));
  writeFileSync(`${file}.lock`, '999999999');
  const { opened } = new JournalFile({ path: file, sync }, purpose);
  expect(opened).toEqual({
    identity: { publisherId: 5n, expireTimeNs: 6n },
    links: new Map([
      ['A', 1],
      ['B', 2],
    ]),
    last: 2,
    unsettled: [batch(2)],
  });
});

test('a journal in use is refused with who uses it', () => {
  const journal = new JournalFile({ path: file }, purpose);
  expect(() => new JournalFile({ path: file }, purpose)).toThrow(`in use by process ${process.pid}`);
  journal.close();
  new JournalFile({ path: file }, purpose).close();
});

test('a damaged journal is refused and left as it is', () => {
  const journal = new JournalFile({ path: file }, purpose);
  journal.append({ kind: 'batch', links: [['A', 1]], batch: batch(1, 100) });
  journal.append({ kind: 'batch', links: [['A', 2]], batch: batch(2, 100) });
  journal.close();
  const bytes = readFileSync(file);
  bytes[120] = 0xff;
  writeFileSync(file, bytes);
  expect(() => new JournalFile({ path: file }, purpose)).toThrow('is damaged at byte');
  expect(readFileSync(file)).toEqual(bytes);
});

test('a journal that cannot be made is refused with the reason', () => {
  expect(() => new JournalFile({ path: path.join(folder, 'no', 'journal') }, purpose)).toThrow(
    /cannot be written.*ENOENT/,
  );
});

test('the file stays small while most of it is settled, and keeps what is not', async () => {
  const queue = new UnsettledQueue();
  const keeper = new JournalKeeper(new JournalFile({ path: file, rewriteBytes: 10_000 }, purpose), queue);
  keeper.identity({ publisherId: 5n, expireTimeNs: 6n });
  let largest = 0;
  for (let sequence = 1; sequence <= 500; sequence += 1) {
    await keeper.batch(batch(sequence, 500), new Map([['A', sequence]]));
    queue.add(batch(sequence, 500));
    if (sequence > 2) {
      queue.settle(sequence - 2);
      keeper.settled(sequence - 2);
    }
    largest = Math.max(largest, statSync(file).size);
  }
  expect(largest).toBeLessThan(12_000);
  keeper.abandon();
  const { opened } = new JournalFile({ path: file }, purpose);
  expect(opened.unsettled.map(({ first }) => first)).toEqual([499, 500]);
  expect([opened.last, opened.links.get('A'), opened.identity?.publisherId]).toEqual([500, 500, 5n]);
});

test('a file that was cut to nothing is a new journal', () => {
  new JournalFile({ path: file }, purpose).close();
  truncateSync(file, 3);
  expect(new JournalFile({ path: file }, purpose).opened.last).toBe(0);
});

test('a disk that is full for a while leaves no hole: nothing is appended after a write that failed', () => {
  let isFull = false;
  const write: JournalWrite = (descriptor, bytes, offset, position) => {
    if (!isFull) return writeSync(descriptor, bytes, offset, undefined, position);
    isFull = false;
    writeSync(descriptor, bytes, offset, 5, position);
    throw new Error('ENOSPC: no space left on device');
  };
  const journal = new JournalFile({ path: file }, purpose, write);
  journal.append({ kind: 'batch', links: [['A', 1]], batch: batch(1) });
  const before = readFileSync(file);
  isFull = true;
  const lost = { kind: 'batch', links: [['A', 2]], batch: batch(2) } as const;
  expect(() => journal.append(lost)).toThrow(/cannot be written.*ENOSPC.*free space/);
  expect(() => journal.append(lost)).toThrow(/ENOSPC/);
  expect(readFileSync(file)).toEqual(before);
  journal.close();
  expect(new JournalFile({ path: file }, purpose).opened.unsettled).toEqual([batch(1)]);
});

test('half a record that cannot be cut off at once is told of, and cut off when the journal is opened', () => {
  let isBroken = false;
  const write: JournalWrite = (descriptor, bytes, offset, position) => {
    if (!isBroken) return writeSync(descriptor, bytes, offset, undefined, position);
    writeSync(descriptor, bytes, offset, 5, position);
    closeSync(descriptor);
    throw new Error('EIO: i/o error');
  };
  const journal = new JournalFile({ path: file }, purpose, write);
  journal.append({ kind: 'batch', links: [['A', 1]], batch: batch(1) });
  isBroken = true;
  expect(() => journal.append({ kind: 'settled', sequence: 1 })).toThrow(/EIO.*then EBADF/);
  rmSync(`${file}.lock`);
  expect(new JournalFile({ path: file }, purpose).opened.unsettled).toEqual([batch(1)]);
});

test('each byte goes to its place, however little the system writes at once', () => {
  const places: number[] = [];
  const write: JournalWrite = (descriptor, bytes, offset, position) => {
    places.push(position);
    return writeSync(descriptor, bytes, offset, Math.min(3, bytes.byteLength - offset), position);
  };
  const journal = new JournalFile({ path: file }, purpose, write);
  places.length = 0;
  const start = journal.bytes;
  journal.append({ kind: 'batch', links: [['A', 1]], batch: batch(1) });
  expect(places).toEqual(Array.from({ length: Math.ceil((journal.bytes - start) / 3) }, (_, at) => start + at * 3));
  journal.close();
  expect(new JournalFile({ path: file }, purpose).opened.unsettled).toEqual([batch(1)]);
});
