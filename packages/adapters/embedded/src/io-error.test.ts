/**
 * A disk that refuses writes is LOG_UNAVAILABLE, and afterwards the log goes on as if nothing had been. The kernel is
 * made to refuse by a limit on the size of files, which SQLite sees as an error of the disk, not as a full one.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { newDirectory, openIn, rejectionOf } from '../test-kit/data-directory.ts';

const limits = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;

function limitFileSize(bytes: number | 'unlimited'): void {
  const { status, stderr } = spawnSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

test.runIf(limits)(
  'writes that the system refuses are LOG_UNAVAILABLE, and the log goes on (needs prlimit: run on Linux with util-linux)',
  async () => {
    const { log, store } = await openIn(newDirectory());
    const bytes = new Uint8Array(100_000).fill(3);
    const claim = await store.claimSnapshots(0);
    for (let record = 0; record < 5; record += 1) await log.append('ticks', 0, bytes);
    limitFileSize(200_000);
    try {
      for (let time = 0; time < 3; time += 1) {
        const refusal = await rejectionOf(log.append('ticks', 0, bytes));
        expect(refusal).toMatchObject({ code: 'LOG_UNAVAILABLE' });
        expect((refusal as Error).message).toMatch(
          /^the log's database failed: .*disk I\/O error.* look at the disk$/u,
        );
      }
      const large = { partition: 0, nextOffset: 1, bytes: new Uint8Array(1e6) };
      const failed = await rejectionOf(store.saveSnapshot(large, claim));
      expect(failed).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      const reader = log.open('ticks', 0, 0);
      expect(await reader.next()).toHaveLength(5);
      await reader.close();
    } finally {
      limitFileSize('unlimited');
    }
    expect((await log.append('ticks', 0, bytes)).offset).toBe(5);
    await store.saveSnapshot({ partition: 0, nextOffset: 1, bytes }, claim);
    expect(await store.snapshots(0)).toHaveLength(1);
  },
);
