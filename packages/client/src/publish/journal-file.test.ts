/**
 * A journal on disk. In: appends, crashes, a second user, a full disk. Out: what was appended is there; the file stays
 * small; what cannot be is said in one sentence.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JournalFile } from './journal-file.ts';
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
