/** A directory that cannot be used says why in one sentence, and what to do; one that can be used is not harmed by it. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMetrics, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { newDirectory, openIn, rejectionOf } from '../test-kit/data-directory.ts';
import { canMount, remount, smallDisk } from '../test-kit/small-disk.ts';
import { barBeforeSnapshot } from '../test-kit/appending-process.ts';
import { EmbeddedError, type EmbeddedErrorCode, type EmbeddedOptions } from './index.ts';

const mounts = canMount();

async function expectRefusal(
  dataDir: string,
  code: EmbeddedErrorCode,
  message: string,
  options: Partial<EmbeddedOptions> = {},
): Promise<void> {
  const refusal = await rejectionOf(openIn(dataDir, options));
  expect(refusal).toBeInstanceOf(EmbeddedError);
  expect(refusal).toMatchObject({ code });
  expect((refusal as EmbeddedError).message).toContain(message);
}

/** A directory with one record in it, closed. */
async function usedDirectory(): Promise<string> {
  const dataDir = newDirectory();
  const opened = await openIn(dataDir);
  await opened.log.append('ticks', 0, Uint8Array.of(1));
  await opened.close();
  return dataDir;
}

async function expectOneRecord(dataDir: string): Promise<void> {
  const opened = await openIn(dataDir);
  expect(await opened.log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 1 });
  await opened.close();
}

test('a directory that is not there is made, with its parents', async () => {
  const dataDir = join(newDirectory(), 'a', 'b');
  await openIn(dataDir);
  expect(existsSync(join(dataDir, 'log.db'))).toBe(true);
});

test('what it cannot do is said in sentences', async () => {
  const { limits } = await openIn(newDirectory(), { retentionMs: 3_600_000, quotaBytes: 1_073_741_824, partitions: 3 });
  expect(limits.join('\n')).toMatch(/one process[^]*1 h[^]*1024 MiB[^]*3 partitions/iu);
});

test.each([
  [{ partitions: 0 }, 'partitions is 0; give a whole number from 1 to 256'],
  [{ partitions: 257 }, 'partitions is 257'],
  [{ partitions: 1.5 }, 'partitions is 1.5'],
  [{ retentionMs: 0 }, 'retentionMs is 0; give 1 ms or more'],
  [{ retentionMs: Number.NaN }, 'retentionMs is NaN'],
  [{ quotaBytes: 1_000 }, 'quotaBytes is 1000; give 67108864 bytes or more, or none'],
])('options out of range are refused: %o', async (options, message) => {
  await expectRefusal(newDirectory(), 'OPTION_OUT_OF_RANGE', message, options);
});

test('a directory that is open is not opened again, and can be when it is closed', async () => {
  const dataDir = newDirectory();
  const opened = await openIn(dataDir);
  await expectRefusal(dataDir, 'DATA_DIR_LOCKED', `${dataDir} is in use by process ${process.pid} on `);
  await opened.log.append('ticks', 0, Uint8Array.of(1));
  await opened.close();
  await opened.close();
  await expectOneRecord(dataDir);
});

test('the lock does not hang on what stands in its file', async () => {
  const dataDir = newDirectory();
  writeFileSync(join(dataDir, 'lock-owner.json'), 'half a li');
  const opened = await openIn(dataDir);
  expect(JSON.parse(readFileSync(join(dataDir, 'lock-owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  writeFileSync(join(dataDir, 'lock-owner.json'), 'half a li');
  await expectRefusal(dataDir, 'DATA_DIR_LOCKED', `${dataDir} is in use by another process; stop that process`);
  await opened.close();
});

test('a file in the place of the directory, or of one above it, is refused', async () => {
  const dataDir = newDirectory();
  const file = join(dataDir, 'file');
  writeFileSync(file, '');
  await expectRefusal(file, 'DATA_DIR_NOT_A_DIRECTORY', `${file} is not a directory`);
  await expectRefusal(join(file, 'below'), 'DATA_DIR_NOT_A_DIRECTORY', 'choose another path');
});

test.runIf(mounts)('a directory that cannot be written is refused (needs a tmpfs: run as root on Linux)', async () => {
  const dataDir = smallDisk('size=4m');
  remount(dataDir, 'ro');
  await expectRefusal(dataDir, 'DATA_DIR_UNWRITABLE', 'make it writable or choose another directory');
});

test.runIf(mounts)(
  'a directory that a read-only disk takes none of is refused for that (needs a tmpfs: run as root on Linux)',
  async () => {
    const disk = smallDisk('size=4m');
    remount(disk, 'ro');
    await expectRefusal(join(disk, 'a', 'b'), 'DATA_DIR_UNWRITABLE', 'EROFS');
  },
);

test.runIf(process.platform === 'linux')(
  'a place that takes no directories is refused (needs /proc: run on Linux)',
  async () => {
    await expectRefusal('/proc/tapeline/data', 'DATA_DIR_UNWRITABLE', '/proc/tapeline/data cannot be ');
  },
);

test('another number of partitions than the directory was made with is refused', async () => {
  const dataDir = await usedDirectory();
  await expectRefusal(
    dataDir,
    'DATA_DIR_PARTITIONS',
    'made with 1 partitions and is opened with 4; start with --partitions 1',
    {
      partitions: 4,
    },
  );
  await expectOneRecord(dataDir);
});

test.each([
  ['log.db', 2],
  ['store.db', 1],
])('another layout of %s is refused', async (file, own) => {
  const dataDir = await usedDirectory();
  const database = new DatabaseSync(join(dataDir, file));
  database.exec('PRAGMA user_version = 9');
  database.close();
  await expectRefusal(dataDir, 'DATA_DIR_LAYOUT', `${file} has layout 9, and this version reads layout ${own}`);
});

test.each([
  ['log.db', 'restore the directory from a copy'],
  ['store.db', 'move store.db and its -wal and -shm files away'],
])('a damaged %s is refused with the way out', async (file, remedy) => {
  const dataDir = await usedDirectory();
  const path = join(dataDir, file);
  const good = readFileSync(path);
  writeFileSync(path, 'this was a database once, until somebody wrote a note into it '.repeat(100));
  await expectRefusal(dataDir, 'DATA_DIR_DAMAGED', remedy);
  writeFileSync(path, good);
  truncateSync(path, Math.floor(good.length / 2));
  await expectRefusal(dataDir, 'DATA_DIR_DAMAGED', remedy);
  rmSync(path);
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE shopping (item TEXT)');
  other.close();
  await expectRefusal(dataDir, 'DATA_DIR_DAMAGED', 'it is a database of something else');
  writeFileSync(path, good);
  await expectOneRecord(dataDir);
});

test('a store of another log is refused, and a store that is missing is made again', async () => {
  const [dataDir, other] = [await usedDirectory(), await usedDirectory()];
  renameSync(join(other, 'store.db'), join(dataDir, 'store.db'));
  await expectRefusal(dataDir, 'DATA_DIR_MIXED', 'is the store of another log');
  rmSync(join(dataDir, 'store.db'));
  await expectOneRecord(dataDir);
});

test('a log that is missing beside its store is refused, not begun anew', async () => {
  const dataDir = await usedDirectory();
  rmSync(join(dataDir, 'log.db'));
  await expectRefusal(dataDir, 'DATA_DIR_MIXED', 'store.db is the store of another log');
});

test('what fails leaves no lock behind', async () => {
  const dataDir = newDirectory();
  mkdirSync(join(dataDir, 'store.db'));
  expect(await rejectionOf(openIn(dataDir))).toBeInstanceOf(EmbeddedError);
  rmSync(join(dataDir, 'store.db'), { recursive: true });
  const opened = await openIn(dataDir);
  await opened.log.append('ticks', 0, Uint8Array.of(1));
  await opened.close();
  await expectOneRecord(dataDir);
});

test('commits are measured, and the databases too', async () => {
  const metrics = createMetrics({ ofProcess: false });
  const { log, store } = await openIn(newDirectory(), { metrics, logger: silentLogger });
  await log.append('ticks', 0, new Uint8Array(1_000));
  await store.writeBars([barBeforeSnapshot(1)]);
  const text = await metrics.text();
  expect(text).toContain('tapeline_log_records_total 1');
  expect(text).toContain('tapeline_log_bytes_total 1000');
  expect(text).toContain('tapeline_log_commit_seconds_count 1');
  expect(text).toContain('tapeline_store_writes_total 1');
  expect(text).toMatch(/tapeline_embedded_used_bytes\{part="log"\} [1-9]/u);
});

test('a directory from before there were claims opens, keeps its snapshots, and claims begin at 1', async () => {
  const dataDir = newDirectory();
  const snapshot = { partition: 0, nextOffset: 7, bytes: Uint8Array.of(1, 2, 3) };
  const before = await openIn(dataDir);
  await before.store.saveSnapshot(snapshot, await before.store.claimSnapshots(0));
  await before.close();
  const database = new DatabaseSync(join(dataDir, 'store.db'));
  database.exec('DROP TABLE snapshot_claims');
  database.close();
  const opened = await openIn(dataDir);
  expect(await opened.store.snapshots(0)).toEqual([snapshot]);
  const claim = await opened.store.claimSnapshots(0);
  expect(claim).toEqual({ partition: 0, epoch: 1 });
  await opened.store.saveSnapshot({ ...snapshot, nextOffset: 8 }, claim);
  expect(await opened.store.snapshots(0)).toHaveLength(2);
  await opened.close();
});
