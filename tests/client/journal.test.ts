/**
 * The journal through kill -9 of its program, while ingest misbehaves too. In: random moments. Out: every tick that
 * `publish` took counts once, under one id, in order; links go on over restarts.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectPublisher } from '@tapeline/client';
import { ManualClock } from '@tapeline/runtime';
import { applied, FakeIngest } from './fake-ingest.ts';

let ingest: FakeIngest;
let folder = '';

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tapeline-journal-'));
  ingest = new FakeIngest();
  await ingest.start();
});

afterEach(async () => {
  await ingest.stop();
  rmSync(folder, { recursive: true, force: true });
});

const program = fileURLToPath(new URL('journal-writer.ts', import.meta.url));

/** Runs the program, kills it after `linesMax` lines if it is not done before, and answers its whole lines. */
async function run(count: number, from: number, linesMax: number): Promise<string[]> {
  const args = [
    '--conditions=source',
    program,
    ingest.address,
    path.join(folder, 'journal'),
    String(count),
    String(from),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split('\n').length > linesMax) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return text.split('\n').slice(0, -1);
}

test('every tick that was taken before kill -9 counts once', { timeout: 120_000 }, async () => {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  ingest.faults = { random, cutBefore: 0.05, cutAfter: 0.1 };
  const taken = new Map<string, number[]>();
  const ids = new Set<string>();
  let lines: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    lines = await run(round < 7 ? 5_000 : 500, round * 5_000, round < 7 ? Math.floor(random() * 1_500) + 1 : Infinity);
    for (const line of lines) {
      const [symbol = '', sequence = ''] = line.split(' ');
      if (symbol === 'id') ids.add(sequence);
      else if (symbol !== 'done') taken.set(symbol, [...(taken.get(symbol) ?? []), Number(sequence)]);
    }
  }
  expect(lines.at(-1)).toBe('done');
  expect(ids.size).toBe(1);
  expect(ingest.breaches).toEqual([]);
  const [id = ''] = ids;
  const chains = applied(ingest.log);
  for (const [symbol, sequences] of taken) {
    const chain = chains.get(`${id} ${symbol}`);
    // The program may die between taking a tick and saying so: it counts then, and in its place.
    expect(chain?.held).toBe(0);
    expect(chain?.sequences.filter((sequence) => sequences.includes(sequence))).toEqual(sequences);
    expect(new Set(chain?.sequences).size).toBe(chain?.sequences.length);
  }
  expect(statSync(path.join(folder, 'journal')).size).toBeLessThan(1_000);
});

test('what a journal has unsettled goes out after a restart, before anything new, under the same id', async () => {
  const journal = { path: path.join(folder, 'journal') };
  const first = await connectPublisher({ address: ingest.address, dataset: 'test', journal });
  const id = first.publisherId;
  ingest.isTaking = false;
  const trade = { price: '1', size: '1' };
  for (let index = 0; index < 5; index += 1) await first.publish({ symbol: 'A', time: 5n, trade });
  await first.close(0);
  expect(ingest.log).toEqual([]);
  ingest.isTaking = true;
  const second = await connectPublisher({ address: ingest.address, dataset: 'test', journal });
  expect(await second.publish({ symbol: 'A', time: 6n, trade })).toBe(6);
  await second.flushed();
  expect(second.publisherId).toBe(id);
  expect(applied(ingest.log).get(`${id} A`)).toEqual({ sequences: [1, 2, 3, 4, 5, 6], held: 0 });
  await second.close();
});

test('a journal whose id has ended is told of, and kept until its user decides', async () => {
  const journal = { path: path.join(folder, 'journal') };
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  ingest.nowMs = () => clock.nowMs();
  const options = { address: ingest.address, dataset: 'test', journal, clock };
  const first = await connectPublisher(options);
  ingest.isTaking = false;
  await first.publish({ symbol: 'A', time: 5n, trade: { price: '1', size: '1' } });
  await first.close(0);
  ingest.isTaking = true;
  clock.setWallMs(Date.UTC(2026, 0, 9));
  const failure = { name: 'PublisherExpiredError', unsettled: { ticks: 1, first: 1, last: 1 } };
  await expect(connectPublisher(options)).rejects.toMatchObject(failure);
  await expect(connectPublisher(options)).rejects.toMatchObject(failure);
  const dropped: unknown[] = [];
  const listener = { renewed: (news: { dropped?: unknown }) => dropped.push(news.dropped) };
  const second = await connectPublisher({ ...options, expired: 'drop', listener });
  expect(dropped).toEqual([failure.unsettled]);
  expect(ingest.log).toEqual([]);
  const sequence = await second.publish({ symbol: 'A', time: 6n, trade: { price: '1', size: '1' } });
  await second.flushed();
  expect(ingest.log).toMatchObject([{ sequence, link: 0, publisherId: second.publisherId }]);
  await second.close();
});

test('a journal is for one dataset and one program at a time', async () => {
  const journal = { path: path.join(folder, 'journal') };
  const first = await connectPublisher({ address: ingest.address, dataset: 'test', journal });
  const again = connectPublisher({ address: ingest.address, dataset: 'test', journal });
  await expect(again).rejects.toThrow(`in use by process ${process.pid}`);
  await first.close();
  const other = connectPublisher({ address: ingest.address, dataset: 'other', journal });
  await expect(other).rejects.toThrow('of dataset "test"');
});
