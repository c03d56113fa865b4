/**
 * What keeps a market from starting: one line that names option, value and remedy, exit code 2, nothing left running,
 * and the data directory as it was. What is wrong with a command line is said all at once.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcError } from '@tapeline/grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadCalls, handOf } from './bad-calls.ts';
import { type MarketEnding, runMarket, startMarket } from './market-process.ts';
import { canMount, fillDisk, onSmallDisk } from './small-disk.ts';
import { untilStatus } from './rest.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapeline-bad-start-'));
const dataDir = join(folder, 'two');
const plain = ['--feed', 'none'];

beforeAll(async () => {
  const market = await startMarket([...plain, '--partitions', '2', '--data-dir', dataDir]);
  const calls = new BadCalls(market.grpc);
  await calls.once({ dataset: 'kept', ticks: [handOf('AAA')] });
  calls.close();
  await market.end('SIGTERM');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a market that cannot start, and answers its only line. */
async function onlyLine(args: readonly string[]): Promise<string> {
  const ending = await runMarket(args);
  expect({ ...ending, err: '' }, `standard error: ${ending.err}`).toEqual({ code: 2, signal: null, out: '', err: '' });
  const lines = linesOf(ending);
  expect(lines, `standard error: ${ending.err}`).toHaveLength(1);
  return lines[0] ?? '';
}

function linesOf({ err }: MarketEnding): string[] {
  return err.trimEnd().split('\n');
}

describe('a port in use', () => {
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });
  afterAll(() => void server.close());

  test.each(['http', 'grpc'])('of %s is named with its option', async (kind) => {
    const other = kind === 'http' ? 'grpc' : 'http';
    const line = await onlyLine([
      ...plain,
      `--${kind}-port=${port}`,
      `--${other}-port=0`,
      '--data-dir',
      join(folder, 'p'),
    ]);
    expect(line).toBe(
      `tapeline serve: --${kind}-port ${port} is in use; end the program that has it, or give another port (0 = any free one)`,
    );
  });
});

test.each(['http', 'grpc'])('an address of %s that this machine has not is named with its option', async (kind) => {
  for (const host of ['203.0.113.1', 'nosuch.invalid']) {
    const line = await onlyLine([...plain, `--${kind}-host`, host, '--data-dir', join(folder, 'p')]);
    expect(line).toBe(
      `tapeline serve: --${kind}-host "${host}" is no address of this machine; give one that is, such as 127.0.0.1`,
    );
  }
});

test('a data directory that is a file, or lies in one, is refused', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'mine');
  expect(await onlyLine([...plain, '--data-dir', file])).toMatch(/file is not a directory, .* choose another path$/);
  expect(await onlyLine([...plain, '--data-dir', join(file, 'below')])).toMatch(/choose another path$/);
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test.skipIf(process.platform !== 'linux')(
  'a data directory where none can be made is refused (needs /proc: run on Linux)',
  async () => {
    expect(await onlyLine([...plain, '--data-dir', '/proc/tapeline'])).toMatch(
      /^tapeline serve: \/proc\/tapeline cannot be /,
    );
  },
);

test.skipIf(!canMount)('a read-only disk is refused (needs the right to mount a tmpfs: run as root)', async () => {
  await onSmallDisk('1m', async (disk) => {
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
    const line = await onlyLine([...plain, '--data-dir', join(disk, 'data')]);
    expect(line).toMatch(/data cannot be written \(EROFS.*\); make it writable or choose another directory$/);
  });
});

test('a directory of another number of partitions is refused with the option that opens it', async () => {
  const line = await onlyLine([...plain, '--partitions', '3', '--data-dir', dataDir]);
  expect(line).toContain('was made with 2 partitions and is opened with 3; start with --partitions 2, or');
});

test('a directory that another process works in is refused with its pid, and that process goes on', async () => {
  const market = await startMarket([...plain, '--partitions', '2', '--data-dir', dataDir]);
  try {
    const line = await onlyLine([...plain, '--partitions', '2', '--data-dir', dataDir]);
    expect(line).toContain(`is in use by process ${market.pid} on `);
    expect(line).toMatch(/; stop that process, or choose another directory$/);
    expect((await fetch(`${market.http}/readyz`)).status).toBe(200);
  } finally {
    await market.end('SIGTERM');
  }
});

test.each([
  ['log.db', /log\.db is damaged .*; restore the directory from a copy, or choose another directory$/],
  ['store.db', /store\.db is damaged .*; move store\.db and .* away, and it is made again from the log$/],
  ['replays.json', /replays\.json does not say .*; restore it, or begin with an empty --data-dir$/],
])('a %s of other bytes is refused with the way out, and stays as it was', async (name, words) => {
  const damaged = mkdtempSync(join(folder, 'damaged-'));
  cpSync(dataDir, damaged, { recursive: true });
  const bytes = Buffer.alloc(8_192, 'not a database');
  writeFileSync(join(damaged, name), bytes);
  expect(await onlyLine([...plain, '--partitions', '2', '--data-dir', damaged])).toMatch(words);
  expect(readFileSync(join(damaged, name)).equals(bytes)).toBe(true);
});

test('a store that was damaged is made again from the log once it is out of the way', async () => {
  const damaged = mkdtempSync(join(folder, 'again-'));
  cpSync(dataDir, damaged, { recursive: true });
  for (const name of readdirSync(damaged)) if (name.startsWith('store.db')) rmSync(join(damaged, name));
  const market = await startMarket([...plain, '--partitions', '2', '--data-dir', damaged]);
  try {
    await untilStatus(market.http, ({ ticksTotal }) => ticksTotal === 1);
    expect((await fetch(`${market.http}/v1/instruments/AAA/bars`)).status).toBe(200);
  } finally {
    await market.end('SIGTERM');
  }
});

test.skipIf(!canMount)(
  'a disk without room for a data directory is refused (needs the right to mount a tmpfs: run as root)',
  async () => {
    await onSmallDisk('64k', async (disk) => {
      const line = await onlyLine([...plain, '--data-dir', join(disk, 'data')]);
      expect(line).toMatch(
        /^tapeline serve: there is no space to open .*data; make space on its disk and start again$/,
      );
    });
  },
);

test.skipIf(!canMount)(
  'after a full disk and a kill -9 the start waits for room and says so, and with room everything acknowledged is there (needs the right to mount a tmpfs: run as root)',
  async () => {
    await onSmallDisk('16m', async (disk) => {
      const args = [...plain, '--data-dir', join(disk, 'data')];
      const market = await startMarket(args);
      const calls = new BadCalls(market.grpc);
      const filler = join(disk, 'filler');
      let acknowledged = 0;
      let heard = '';
      try {
        acknowledged += (await calls.once({ dataset: 'full', ticks: [handOf('AAA')] })).accepted;
        fillDisk(filler);
        acknowledged += await untilRefused(calls);
      } finally {
        calls.close();
        await market.end('SIGKILL');
      }
      const starting = startMarket(args, { hears: (text) => (heard = text) });
      await expect.poll(() => heard, { timeout: 30_000 }).toMatch(/still starting \(.*\); gRPC opens when/);
      expect(heard).toContain('the disk is full: make space on it');
      rmSync(filler);
      const again = await starting;
      await untilStatus(again.http, ({ ticksTotal, lagMs }) => ticksTotal >= acknowledged && lagMs === 0);
      await again.end('SIGTERM');
    });
  },
  120_000,
);

test('everything that is wrong with the options is said at once, a line each', async () => {
  const args = [
    '--feed',
    'radio',
    '--data-dir',
    '',
    '--partitions',
    '0',
    '--speed=fast',
    '--grpc-hots=x',
    '--once',
    'a.csv',
  ];
  const ending = await runMarket([...args, '--quota', '1MB', '--symbols', 'A,,B', '--grace', '1y']);
  expect([ending.code, ending.out]).toEqual([2, '']);
  const lines = linesOf(ending);
  const named = ['--feed', '--data-dir', '--partitions', '--speed', '--grpc-hots', '--quota', '--symbols', '--grace'];
  expect(lines).toHaveLength(named.length + 1);
  for (const name of [...named, 'takes no']) expect(lines.some((line) => line.includes(name))).toBe(true);
  for (const line of lines)
    expect(line).toMatch(/^tapeline serve: .*; (give|take|there are|write|files follow|leave|such as)/);
  expect(ending.err).toContain('there is no option --grpc-hots; there are --grpc-host,');
});

test.each([
  [['--once'], /--once ends with the feed, and the simulator has no end; name files with --replay/],
  [['--once', '--feed', 'none'], /--feed none has no end; leave one of the two away/],
  [['--feed', 'replay'], /names no file; write --replay FILE/],
  [['--feed', 'finnhub'], /needs a key; set FINNHUB_TOKEN/],
  [['--symbols', 'NOPE'], /--symbols NOPE are not simulated; there are/],
  [['--http-port', '5000', '--grpc-port', '5000'], /--http-port and --grpc-port are both 5000; give each its own/],
  [['--dataset', 'a b'], /--dataset "a b" is not printable ASCII/],
])('%j is refused before anything is opened', async (args, words) => {
  const unused = join(folder, 'unused');
  const ending = await runMarket([...args, '--data-dir', unused], { env: { FINNHUB_TOKEN: '' } });
  expect(ending.code).toBe(2);
  expect(ending.err).toMatch(words);
  expect(readdirSync(folder)).not.toContain('unused');
});

/** Publishes by hand until the log takes no more; answers how many ticks it took. */
async function untilRefused(calls: BadCalls): Promise<number> {
  const ticks = Array.from({ length: 100 }, () => handOf('AAA', {}, { tradeId: 'x'.repeat(60) }));
  for (let accepted = 0; ;) {
    const answer = await calls.once({ dataset: 'full', ticks }).catch((error: unknown) => error);
    if (answer instanceof RpcError && answer.reason === 'LOG_UNAVAILABLE') return accepted;
    if (answer instanceof Error) throw answer;
    accepted += (answer as { readonly accepted: number }).accepted;
  }
}
