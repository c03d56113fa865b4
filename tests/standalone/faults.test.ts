/**
 * What happens to a live market when its disk fills, when it is stopped for ten seconds, and when readers do not read.
 * The laws hold: every acknowledged trade counts once, other readers go on, memory stays bounded, the process stays up.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { HandPublisher, type HandTrade } from './hand-publisher.ts';
import { expectedBars, makeTrades, pause, valuesOf } from './live-trades.ts';
import { type MarketProcess, startMarket } from './market-process.ts';
import { restBars, untilStatus } from './rest.ts';
import { canMount, fillDisk, onSmallDisk } from './small-disk.ts';

const guards = { resends: true, keepsIdentity: true };
const fewSymbols = ['FA', 'FB'];
/** Bytes that may wait for one reader, as the contract says. */
const waitingBytesMax = 8_388_608;
const shortIntervals = '1s,2s,3s,4s,5s,6s,10s';

test.skipIf(!canMount)(
  'a disk that fills stops acknowledgements and nothing else, and goes on after space was made (needs the right to mount a tmpfs: run as root)',
  async () => {
    await onSmallDisk('96m', async (folder) => {
      await publishedWhile(join(folder, 'data'), async (market, publisher) => {
        await pause(1_500);
        const filler = join(folder, 'filler');
        fillDisk(filler);
        await pause(1_500);
        const stuckAt = publisher.acknowledged;
        await pause(2_000);
        // Some acknowledgements may come of room inside the database's own files, a stream of them may not.
        expect(publisher.acknowledged - stuckAt).toBeLessThan(publisher.taken / 4);
        expect((await fetch(`${market.http}/healthz`)).status).toBe(200);
        expect((await fetch(`${market.http}/v1/instruments`)).status).toBe(200);
        rmSync(filler);
      });
    });
  },
  120_000,
);

test('a market that stands still for ten seconds loses nothing and closes no bar wrongly', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-stop-'));
  try {
    await publishedWhile(dataDir, async ({ pid }) => {
      await pause(1_000);
      process.kill(pid, 'SIGSTOP');
      await pause(10_000);
      process.kill(pid, 'SIGCONT');
      await pause(2_000);
    });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);

test('a reader that does not read is cut off, one that reads slowly lags, and the others go on in bounded memory', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-slow-'));
  const symbols = Array.from({ length: 1_000 }, (_, place) => `S${place}`);
  // Many short bars, so that a reader falls behind by more than its queue within seconds.
  const market = await startMarket(['--feed', 'none', '--data-dir', dataDir, '--intervals', shortIntervals]);
  let isOver = false;
  const publisher = new HandPublisher('faults', async () => market.grpc, guards);
  const published: HandTrade[] = [];
  const making = makeTrades(
    new Random(3),
    { symbols, count: 60, everyMs: 20 },
    () => isOver,
    (trade) => {
      published.push(trade);
      publisher.add(trade);
    },
  );
  const pumping = publisher.pump(() => isOver);
  const sockets: Socket[] = [];
  try {
    await pause(2_000);
    const stuck = stream(market.http, 0);
    const good = stream(market.http, Infinity);
    sockets.push(stuck.socket, good.socket);
    const most = { queueBytes: 0, residentBytes: 0 };
    await until(async () => (await metric(market, 'tapeline_query_streams{kind="http"}')) === 2, 10_000);
    await until(async () => {
      most.queueBytes = Math.max(most.queueBytes, await metric(market, 'tapeline_query_queue_bytes{topic="bars"}'));
      most.residentBytes = Math.max(most.residentBytes, await metric(market, 'process_resident_memory_bytes'));
      return (await metric(market, 'tapeline_query_streams{kind="http"}')) < 2;
    }, 100_000);
    expect(most.queueBytes).toBeGreaterThan(waitingBytesMax / 2);
    expect(most.queueBytes).toBeLessThan(2.2 * waitingBytesMax);
    expect(most.residentBytes).toBeLessThan(2_000_000_000);
    // What it has not read stands before the news of its end.
    stuck.socket.resume();
    await until(async () => stuck.isCut(), 10_000);
    expect(stuck.tail()).toContain('READER_TOO_SLOW');
    expect(stuck.received()).toBeLessThan(good.received() / 4);
    const goodBefore = good.received();
    // One that reads slowly gets what was there first, as it takes it.
    const slow = stream(market.http, 20_000);
    sockets.push(slow.socket);
    await pause(3_000);
    expect(slow.isCut()).toBe(false);
    expect(slow.received()).toBeGreaterThan(0);
    expect(good.isCut()).toBe(false);
    expect(good.received()).toBeGreaterThan(goodBefore);
    isOver = true;
    await Promise.all([making, pumping]);
    expect(publisher.acknowledged).toBe(published.length);
  } finally {
    isOver = true;
    for (const socket of sockets) socket.destroy();
    await market.end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 180_000);

/** Publishes live trades while `fault` goes on, and expects every one of them in the bars afterwards. */
async function publishedWhile(
  dataDir: string,
  fault: (market: MarketProcess, publisher: HandPublisher) => Promise<void>,
): Promise<void> {
  const market = await startMarket(['--feed', 'none', '--data-dir', dataDir]);
  let isOver = false;
  const publisher = new HandPublisher('faults', async () => market.grpc, guards);
  const published: HandTrade[] = [];
  const pace = { symbols: fewSymbols, count: 10, everyMs: 10 };
  const making = makeTrades(
    new Random(2),
    pace,
    () => isOver,
    (trade) => {
      published.push(trade);
      publisher.add(trade);
    },
  );
  const pumping = publisher.pump(() => isOver);
  try {
    await fault(market, publisher);
    isOver = true;
    await Promise.all([making, pumping]);
    expect(publisher.acknowledged).toBe(published.length);
    await untilStatus(market.http, ({ lagMs }) => lagMs === 0);
    await pause(4_500);
    for (const symbol of fewSymbols) {
      const bars = await restBars(market.http, symbol, { interval: '1s', profile: 'all' });
      expect(valuesOf(bars)).toEqual(expectedBars(published.filter((trade) => trade.symbol === symbol)));
      expect(bars.every(({ state }) => state !== 'forming')).toBe(true);
    }
  } finally {
    isOver = true;
    await market.end('SIGKILL');
  }
}

type Reading = {
  readonly socket: Socket;
  readonly isCut: () => boolean;
  readonly received: () => number;
  /** The end of what was received. */
  readonly tail: () => string;
};

/** Follows every bar of every symbol, taking at most so many bytes a second; 0 = nothing more once it is live. */
function stream(http: string, bytesPerSecond: number): Reading {
  const { hostname, port } = new URL(http);
  const socket = connect(Number(port), hostname);
  let received = 0;
  let isCut = false;
  let tail = '';
  let isLive = false;
  socket.on('error', () => (isCut = true));
  socket.on('close', () => (isCut = true));
  socket.write(`GET /v1/stream?symbols=*&intervals=${shortIntervals}&forming=true HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    tail = `${tail}${chunk.toString('latin1')}`.slice(-4_096);
    if (bytesPerSecond === Infinity) return;
    if (bytesPerSecond === 0) {
      // It reads until it is live, and then no more; a second time it reads all that is left.
      if (!isLive && chunk.includes('event: snapshot_end')) {
        isLive = true;
        setTimeout(() => socket.pause(), 1_000);
      }
      return;
    }
    socket.pause();
    setTimeout(() => socket.resume(), (chunk.length / bytesPerSecond) * 1_000);
  });
  return { socket, isCut: () => isCut || socket.destroyed, received: () => received, tail: () => tail };
}

async function metric({ http }: MarketProcess, name: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  // One that nobody has set yet is not told.
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

async function until(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`still not so after ${withinMs} ms`);
    await pause(200);
  }
}
