/**
 * One real day: SPY on 2013-10-08, against a computation of its own that reads the zip, counts minutes and adds up in
 * plain integers. It shares nothing with the code under test.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type BarLine, barLines, tapeline } from './tapeline-process.ts';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const leanFolder = `${process.env['TAPELINE_SHARED'] ?? `${repositoryRoot}../shared`}/data/lean`;
const isMissing = !existsSync(leanFolder);
const spy = `${leanFolder}/spy_20131008_trade.zip`;

/** The only file of a zip, found by the zip's directory (PKWARE APPNOTE.TXT 4.3). */
function unzipped(path: string): string {
  const zip = readFileSync(path);
  const directory = zip.readUInt32LE(zip.lastIndexOf('PK\x05\x06') + 16);
  const packedBytes = zip.readUInt32LE(directory + 20);
  const local = zip.readUInt32LE(directory + 42);
  const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  return inflateRawSync(zip.subarray(data, data + packedBytes)).toString();
}

type Minute = {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  notional: bigint;
  trades: number;
};

/** Minutes since midnight in New York with a trade, every trade counting. The file is in order of time. */
function minutesOf(csv: string): Map<number, Minute> {
  const minutes = new Map<number, Minute>();
  for (const line of csv.split('\n')) {
    const [ms = '', priceText = '', sizeText = ''] = line.trim().split(',');
    if (ms === '') continue;
    const [at, price, size] = [Math.floor(Number(ms) / 60_000), Number(priceText), Number(sizeText)];
    const minute = minutes.get(at);
    const notional = BigInt(price) * BigInt(size);
    if (minute === undefined) {
      minutes.set(at, { open: price, high: price, low: price, close: price, volume: size, notional, trades: 1 });
      continue;
    }
    minute.high = Math.max(minute.high, price);
    minute.low = Math.min(minute.low, price);
    minute.close = price;
    minute.volume += size;
    minute.notional += notional;
    minute.trades += 1;
  }
  return minutes;
}

/** A price in 0.0001 USD as text with at least cents. */
function dollars(units: number): string {
  return (units / 10_000).toFixed(4).replace(/0{1,2}$/, '');
}

/** Notional by volume in 1e-9 USD, cut and not rounded: the last digit of a rounded one is this or one more. */
function averageCut(minute: Minute): bigint {
  return (minute.notional * 100_000n) / BigInt(minute.volume);
}

function startOf(minute: number): string {
  // New York was four hours behind UTC on that day.
  return new Date(Date.UTC(2013, 9, 8, 4) + minute * 60_000).toISOString().replace('.000', '');
}

async function barsOf(args: readonly string[]): Promise<BarLine[]> {
  const { code, out, err } = await tapeline(['bars', ...args, '--format', 'ndjson']);
  expect(err).toMatch(/, rejected 0, late 0, duplicates 0, bars \d+\n$/);
  expect(code).toBe(0);
  return barLines(out);
}

test.skipIf(isMissing)(
  'a day of SPY by minutes equals a computation of its own, to the last digit (needs the reference data: set TAPELINE_SHARED to its folder)',
  async () => {
    const minutes = minutesOf(unzipped(spy));
    const bars = await barsOf([spy]);
    expect(bars.map((bar) => bar.start)).toEqual([...minutes.keys()].sort((left, right) => left - right).map(startOf));
    const regular = [...minutes.keys()].filter((minute) => minute >= 570 && minute < 960);
    expect(regular).toHaveLength(390);
    const inRegular = bars.filter((bar) => bar.start >= '2013-10-08T13:30:00Z' && bar.start < '2013-10-08T20:00:00Z');
    expect(inRegular).toHaveLength(390);
    expect(bars.length - inRegular.length).toBe(minutes.size - 390);
    for (const [at, minute] of minutes) {
      const bar = bars.find(({ start }) => start === startOf(at));
      expect(bar).toMatchObject({
        start: startOf(at),
        dataset: 'lean-us-equity',
        symbol: 'SPY',
        open: dollars(minute.open),
        high: dollars(minute.high),
        low: dollars(minute.low),
        close: dollars(minute.close),
        volume: String(minute.volume),
        trades: minute.trades,
        revision: minute.trades + 1,
        state: 'closed',
      });
      const [whole = '', fraction = ''] = (bar?.vwap ?? '').split('.');
      const off = BigInt(whole + fraction.padEnd(9, '0')) - averageCut(minute);
      expect([0n, 1n]).toContain(off);
    }
  },
);

test.skipIf(isMissing)(
  'three days of SPY add up, and fit into a heap of 128 MB (needs the reference data: set TAPELINE_SHARED to its folder)',
  async () => {
    const files = ['07', '08', '09'].map((day) => `${leanFolder}/spy_201310${day}_trade.zip`);
    const args = ['bars', ...files, files[1] ?? '', '--interval', '1d', '--format', 'ndjson'];
    const { code, out, err } = await tapeline(args, { nodeArgs: ['--max-old-space-size=128'] });
    expect(code).toBe(0);
    const trades = files.map((file) => unzipped(file).trim().split('\n').length);
    expect(barLines(out).map((bar) => bar.trades)).toEqual(trades);
    const [first = 0, second = 0, third = 0] = trades;
    const read = first + 2 * second + third;
    expect(err).toContain(
      `read ${read}, accepted ${first + second + third}, rejected 0, late 0, duplicates ${second}, bars 3\n`,
    );
  },
);
