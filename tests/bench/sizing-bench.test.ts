/**
 * What the bench of sizes takes and tells. In: texts of cases, figures by hand. Out: cases, a table ready for the operator's
 * page, and a case that fell behind told in its own row.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readArguments } from '../../bench/bench-arguments.ts';
import { logBytes } from '../../bench/cluster/log-bytes.ts';
import { sizingTable } from '../../bench/cluster/sizing-report.ts';
import { readSizingCases, sizingCases } from '../../bench/cluster/sizing-cases.ts';
import type { SizingFigures } from '../../bench/cluster/sizing-run.ts';
import type { SizingMeasure } from '../../bench/cluster/sizing-task.ts';

const percentiles = { p50: 20, p90: 30, p99: 60, p999: 80, max: 90 };
const reader = {
  ticksPerSecond: 20_000,
  seconds: 35,
  measuredTicks: 1_000,
  unshownTicks: 0,
  latencyMs: percentiles,
  senderLateMs: percentiles,
  barsPerSecond: 100,
  serverCpuShare: 0.5,
  clientCpuShare: 0.1,
  serverRssBytes: 1,
};
const measure: SizingMeasure = {
  seconds: 45,
  ticksPerSecond: 20_000,
  barsPerSecond: 1_234,
  cores: { ingest: 0.1, workers: [0.2, 0.25], query: 0.05, kafka: 0.15, cassandra: 0.4, client: 0.1 },
  rssBytes: { ingest: 1, workers: [209_715_200, 314_572_800], query: 1 },
  logBytesPerTick: { ticks: 10, bars: 7.5, tape: 12.5, quarantine: 0 },
  outputLag: { p50Ms: 120, p99Ms: 240, endMs: 110 },
  reader,
  ticksTotal: 1_200_000,
};
const figures: SizingFigures = {
  case: { ticksPerSecond: 20_000, instruments: 500, workers: 2 },
  followed: 20,
  measure,
  storedBytesPerTick: {
    bars: 4,
    bar_revisions: 5,
    bar_buckets: 0,
    tape_chunks: 14,
    tape_index: 0.5,
    tape_buckets: 0.5,
  },
};

test('the cases vary ticks, symbols and workers, and each is one that can be asked for', () => {
  const text = sizingCases.map(
    ({ ticksPerSecond, instruments, workers }) => `${ticksPerSecond}/${instruments}/${workers}`,
  );
  expect(readSizingCases(text.join(','))).toEqual(sizingCases);
  const values = (['ticksPerSecond', 'instruments', 'workers'] as const).map((key) => {
    return [key, new Set(sizingCases.map((one) => one[key])).size] as const;
  });
  expect(Object.fromEntries(values)).toEqual({ ticksPerSecond: 4, instruments: 3, workers: 3 });
});

test('cases are read from the command line', () => {
  expect(readArguments(['sizing', '--cases', '1_500/16/1,50000/500/4', '--seconds', '5'])).toMatchObject({
    benches: ['sizing'],
    seconds: 5,
    cases: [
      { ticksPerSecond: 1_500, instruments: 16, workers: 1 },
      { ticksPerSecond: 50_000, instruments: 500, workers: 4 },
    ],
  });
});

test.each(['', '5000', '5000/500', '5000/500/1/2', '5000/500/5', '5000/0/1', '99/500/1', '5000/500/1,', '5e3/500/1'])(
  'a case that cannot be run is refused with what can be: %j',
  (text) => {
    const asked = readArguments(['sizing', '--cases', text]);
    expect(asked).toMatchObject({ code: 'ARGUMENTS_INVALID' });
    expect('message' in asked && asked.message).toContain('TICKS/SYMBOLS/WORKERS with 100 to 200000 ticks a second');
  },
);

test('a case is a row: cores by process, memory of each worker, bytes a tick and disk a day', () => {
  const [head = '', rule = '', row = '', ...rest] = sizingTable([figures]);
  expect(rest).toEqual([]);
  expect(rule.split('|').length).toBe(head.split('|').length);
  expect(row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, ''))).toEqual([
    '20,000, 500, 2',
    '0.10',
    '0.45: 0.20, 0.25',
    '0.05',
    '0.15',
    '0.40',
    '200, 300',
    '30: 10, 7.5, 13',
    '52',
    '1,234',
    '6.9, 8.6, 26',
    '240 ms; 20 ms, 60 ms',
    'yes: 20,000/s durable; 1.3 cores busy, the client with 0.1',
  ]);
});

test.each<[string, Partial<SizingMeasure>, string]>([
  ['old outputs', { outputLag: { ...measure.outputLag, endMs: 12_340 } }, '**no**: outputs 12.3 s old in the end;'],
  [
    'a slow reader',
    { reader: { ...reader, latencyMs: { ...percentiles, p50: 2_500 } } },
    '**no**: a tick shows after 2.5 s;',
  ],
  ['lost ticks', { reader: { ...reader, unshownTicks: 7 } }, '**no**: 7 followed ticks in no bar after 10 s;'],
])('a case that fell behind says so in its row: %s', (_, changed, says) => {
  expect(sizingTable([{ ...figures, measure: { ...measure, ...changed } }])[2]).toContain(says);
});

test('a case that ended with an error keeps its row, and nothing is said without figures', () => {
  const without = { case: figures.case, followed: figures.followed };
  const [head = '', , row = ''] = sizingTable([without]);
  expect(row.split('|').length).toBe(head.split('|').length);
  expect(row).toContain('**no**: 20000/500/2 ended with an error');
  expect(sizingTable([])).toEqual([]);
});

test('the log is the segments of the topics of one stream, without indexes', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'tapeline-log-bytes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const files: readonly (readonly [string, number])[] = [
    ['a.ticks-0/00.log', 100],
    ['a.ticks-0/00.index', 5_000],
    ['a.ticks-1/00.log', 20],
    ['a.ticks-1/17.log', 3],
    ['a.bars-0/00.log', 7],
    ['ab.ticks-0/00.log', 900],
    ['meta.properties', 1],
  ];
  for (const [name, bytes] of files) {
    const file = path.join(directory, 'log', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, Buffer.alloc(bytes));
  }
  expect(logBytes(directory, 'a')).toEqual({ ticks: 123, bars: 7, tape: 0, quarantine: 0 });
});
