/** What was noted of a replay is there again after any end of the process. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keptReplays, sourcesMax } from './kept-replays.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tapeline-replays-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const part = { publisherId: 0xfedc_ba98_7654_3210n, symbols: 'all', recipe: '' } as const;

test('a part that was begun and one that was finished are told apart by the next process', async () => {
  const register = await keptReplays(folder);
  await Promise.all([register.begin(1n, part), register.begin(2n, { ...part, symbols: ['SPY'], recipe: 'seed 1' })]);
  await register.finish(1n, part.publisherId);
  const next = await keptReplays(folder);
  expect(await next.find(1n)).toEqual([{ ...part, isFinished: true }]);
  expect(await next.find(2n)).toEqual([{ ...part, symbols: ['SPY'], recipe: 'seed 1', isFinished: false }]);
  expect(await next.find(3n)).toEqual([]);
});

test('a part of the same publisher is replaced, one of another publisher stands beside it', async () => {
  const register = await keptReplays(folder);
  await register.begin(1n, part);
  await register.finish(1n, part.publisherId);
  await register.begin(1n, { ...part, publisherId: 7n });
  await register.begin(1n, part);
  expect((await register.find(1n)).map(({ publisherId, isFinished }) => [publisherId, isFinished])).toEqual([
    [7n, false],
    [part.publisherId, false],
  ]);
});

test('a file that is no register is refused with what to do, and left as it is', async () => {
  const file = path.join(folder, 'replays.json');
  for (const text of ['{"version":', '{"version":2,"sources":{}}', '{"version":1,"sources":{"xyz":[]}}']) {
    await writeFile(file, text);
    await expect(keptReplays(folder)).rejects.toThrow(/replays\.json .* empty --data-dir$/);
    expect(await readFile(file, 'utf8')).toBe(text);
  }
});

test('a folder that takes no file is told, and the next change is tried again', async () => {
  const register = await keptReplays(folder);
  await rm(folder, { recursive: true });
  await expect(register.begin(1n, part)).rejects.toThrow(/cannot be written/);
  expect(await register.find(1n)).toEqual([]);
});

test('at the bound of sources a new one is refused and a known one goes on', async () => {
  const kept = Object.fromEntries(
    Array.from({ length: sourcesMax }, (_, key) => [
      (key + 1).toString(16),
      [{ ...part, publisherId: 'a', isFinished: false }],
    ]),
  );
  await writeFile(path.join(folder, 'replays.json'), JSON.stringify({ version: 1, sources: kept }));
  const register = await keptReplays(folder);
  await expect(register.begin(BigInt(sourcesMax + 1), part)).rejects.toThrow(`knows ${sourcesMax} sources`);
  await register.finish(5n, 10n);
  expect((await register.find(5n))[0]?.isFinished).toBe(true);
});
