/** Several files at once: merged by event time, the same bars however ticks are spread over files and named. */
import { Writable } from 'node:stream';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands } from '../../services/standalone/src/command-table.ts';
import { runTapeline } from '../../services/standalone/src/tapeline.ts';
import { recordingFolder } from './recording-folder.ts';
import { barsInWords, tapeline } from './tapeline-process.ts';

const folder = recordingFolder();
const { path: cwd } = folder;
const header = 'ts_event,symbol,price,size';

test('files that interleave make the bars of one file, and none of them is late or revised', async () => {
  const rows = Array.from({ length: 600 }, (_, index) => {
    const at = new Date(Date.UTC(2024, 0, 2, 14, 30) + index * 700).toISOString();
    return `${at},ACME,${10 + (index % 7)},${1 + (index % 3)}`;
  });
  const one = folder.csv('one.csv', header, rows);
  const three = [0, 1, 2].map((part) =>
    folder.csv(
      `part-${part}.csv`,
      header,
      rows.filter((_, index) => index % 3 === part),
    ),
  );
  const expected = await barsInWords([one], { cwd });
  expect(expected.bars).toHaveLength(7);
  for (const args of [three, [...three].reverse(), [...three, '--horizon', '0s']]) {
    const run = await barsInWords(args, { cwd });
    expect(run.bars).toEqual(expected.bars);
    expect(run.ending.err).toContain('read 600, accepted 600, rejected 0, late 0, duplicates 0, bars 7\n');
  }
});

test('days come in order of time, whatever the order of the files', async () => {
  const days = ['04', '02', '03'].map((day) =>
    folder.csv(`day-${day}.csv`, header, [`2024-01-${day}T14:30:00Z,ACME,${day},1`]),
  );
  const { out, code } = await tapeline(['bars', ...days], { cwd });
  expect(code).toBe(0);
  expect(out.match(/2024-01-\d\dT14:30/g)).toEqual(['2024-01-02T14:30', '2024-01-03T14:30', '2024-01-04T14:30']);
});

test('bars of one start come by dataset and symbol', async () => {
  const rows = ['B', 'C', 'A'].map((symbol) => `2024-01-02T14:30:00Z,${symbol},10,1`);
  const { bars } = await barsInWords([folder.csv('symbols.csv', header, rows)], { cwd });
  expect(bars.map((bar) => bar[0])).toEqual(['A', 'B', 'C']);
});

test('a quiet symbol and a file that has ended do not hold up the others', async () => {
  const busy = Array.from({ length: 4_000 }, (_, index) => {
    const at = new Date(Date.UTC(2024, 0, 2) + index * 60_000).toISOString();
    return `${at},BUSY,10,1`;
  });
  const rows = ['2024-01-02T00:00:00Z,QUIET,5,1', ...busy];
  const short = folder.csv('short.csv', header, ['2024-01-02T00:00:01Z,BUSY,20,1', '2024-01-02T00:00:02Z,SHORT,7,1']);
  const { bars, ending } = await barsInWords([folder.csv('busy.csv', header, rows), short, '--horizon', '1h'], { cwd });
  expect(bars).toHaveLength(4_002);
  expect(bars.slice(0, 3)).toEqual([
    'BUSY 00:00:00 10 20 10 20 v2 n2 r3 closed',
    'QUIET 00:00:00 5 5 5 5 v1 n1 r2 closed',
    'SHORT 00:00:00 7 7 7 7 v1 n1 r2 closed',
  ]);
  expect(ending.err).toContain('late 0');
});

test('one wild time costs its own symbol the rows after it, and the others nothing', async () => {
  const rows = Array.from({ length: 6_000 }, (_, index) => {
    const at = new Date(Date.UTC(2024, 0, 2) + index * 60_000).toISOString();
    return `${index === 3_000 ? '2099-01-01T00:00:00Z' : at},${index % 2 === 0 ? 'A' : 'B'},10,1`;
  });
  const { bars, ending } = await barsInWords([folder.csv('wild.csv', header, rows)], { cwd });
  expect(bars.filter((bar) => bar.startsWith('B'))).toHaveLength(3_000);
  expect(bars.filter((bar) => bar.startsWith('A'))).toHaveLength(1_501);
  expect(ending.err).toMatch(/^wild\.csv:3004: A comes too late: /m);
  expect(ending.err).toContain('and 1494 more rows that came too late\n');
  expect(ending.err).toContain('read 6000, accepted 4501, rejected 0, late 1499, duplicates 0, bars 4501\n');
});

test('ticks of one time in two files give the same bar in either order of the files', async () => {
  const at = '2024-01-02T14:30:00Z';
  const left = folder.csv('left.csv', header, [`${at},ACME,10,1`, `${at},ACME,11,1`]);
  const right = folder.csv('right.csv', header, [`${at},ACME,20,1`, `${at},ACME,21,1`]);
  const [first, second] = await Promise.all([barsInWords([left, right], { cwd }), barsInWords([right, left], { cwd })]);
  expect(first.bars).toEqual(second.bars);
  expect(['ACME 14:30:00 10 21 10 21 v4 n4 r5 closed', 'ACME 14:30:00 20 21 10 11 v4 n4 r5 closed']).toContain(
    first.bars[0],
  );
});

test('a file sorted by symbol is read whole, and the order of its bars is what it can be', async () => {
  const rows = ['A', 'B'].flatMap((symbol) =>
    Array.from({ length: 10_000 }, (_, index) => {
      const at = new Date(Date.UTC(2024, 0, 2) + index * 60_000).toISOString();
      return `${at},${symbol},10,1`;
    }),
  );
  const file = folder.csv('by-symbol.csv', header, rows);
  const { bars, ending } = await barsInWords([file], { cwd });
  expect(bars).toHaveLength(20_000);
  expect(ending.err).toContain('late 0');
  expect(ending.err).toMatch(
    /\d+ bars stand after bars that start later, .* sort the files by ts_event, or raise --horizon/,
  );
  const sorted = await barsInWords([file, '--horizon', '20d'], { cwd });
  expect(sorted.ending.err).not.toContain('stand after');
  expect([...sorted.bars].sort()).toEqual([...bars].sort());
});

/** The command in this process, for many runs: bars as text, sorted by nothing but itself. */
async function outputOf(args: readonly string[]): Promise<string> {
  const texts: string[] = [];
  const out = new Writable({
    write: (chunk: Buffer, _, done) => {
      texts.push(chunk.toString());
      done();
    },
  });
  const err = new Writable({ write: (_chunk, _, done) => done() });
  const code = await runTapeline(commands, args, {
    out,
    err,
    env: {},
    nowMs: () => 0,
    stop: new AbortController().signal,
  });
  expect(code).toBe(0);
  return texts.join('');
}

test('however ticks are spread over files, the bars are the same', async () => {
  const tick = fc.record({
    sec: fc.integer({ min: 0, max: 7_200 }),
    symbol: fc.constantFrom('A', 'B'),
    price: fc.integer({ min: 1, max: 99 }),
  });
  const ticks = fc.uniqueArray(tick, { minLength: 1, maxLength: 60, selector: ({ sec }) => sec });
  const files = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 });
  const args = fc.record({
    interval: fc.constantFrom('1s', '1m', '7m', '1h', '1d'),
    horizon: fc.constantFrom('0s', '1m', '24h'),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(ticks, files, args, async (spread, fileOf, { interval, horizon }) => {
      run += 1;
      const rows = spread
        .toSorted((left, right) => left.sec - right.sec)
        .map(({ sec, symbol, price }) => {
          return `${new Date(Date.UTC(2024, 0, 2, 14) + sec * 1_000).toISOString()},${symbol},${price},1`;
        });
      const options = ['--interval', interval, '--horizon', horizon, '--dataset', 'd'];
      const one = join(cwd, folder.csv(`run-${run}.csv`, header, rows));
      const parts = [0, 1, 2, 3]
        .map((file) => rows.filter((_, index) => fileOf[index] === file))
        .filter((part) => part.length > 0)
        .map((part, index) => join(cwd, folder.csv(`run-${run}-${index}.csv`, header, part)));
      expect(await outputOf(['bars', ...parts, ...options])).toBe(await outputOf(['bars', one, ...options]));
    }),
    { numRuns: 60 },
  );
});
