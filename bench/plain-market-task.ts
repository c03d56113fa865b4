/**
 * Measures the yardstick market on the ticks that ours gets, in batches of the same size. In: a number of ticks and an
 * empty folder. Out: seconds from the first send until the last bar is stored. A tick that is not in a bar ends the
 * bench with an error.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { PlainTick } from './baseline-fold.ts';
import type { PlainAnswer } from './plain-market.ts';
import { batchTicksMax, generatedTicks } from './publish-tape.ts';
import { tapePace, tapeStartMs } from './throughput-task.ts';

const program = fileURLToPath(new URL('plain-market.ts', import.meta.url));
/** Batches on their way: as many ticks as our ingest lets a stream have unsettled. */
const batchesUnderWayMax = 10;

/** The yardstick lost something. */
export class PlainMarketFailedError extends Error {
  override name = 'PlainMarketFailedError';
}

/** What the yardstick took. */
export type PlainMarketMeasure = {
  readonly ticks: number;
  readonly seconds: number;
  readonly bars: number;
  readonly serverCpuSeconds: number;
  readonly messageBytes: number;
  readonly diskBytes: number;
};

/** Sends `ticks` ticks to a new yardstick market in `folder`. */
export async function measurePlainMarket(task: { folder: string; ticks: number }): Promise<PlainMarketMeasure> {
  mkdirSync(task.folder, { recursive: true });
  const messages = plainMessages(task.ticks);
  const file = path.join(task.folder, 'plain.db');
  const server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const socket = new WebSocket(`ws://127.0.0.1:${await portOf(server)}`);
    await once(socket, 'open');
    const startMs = performance.now();
    const { ticks, bars, trades, cpuSeconds } = await sendAll(socket, messages);
    const seconds = (performance.now() - startMs) / 1_000;
    socket.close();
    if (ticks !== task.ticks || trades !== task.ticks) {
      throw new PlainMarketFailedError(`${ticks} ticks and ${trades} in bars, of ${task.ticks} sent`);
    }
    const messageBytes = messages.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const diskBytes = [file, `${file}-wal`].reduce((sum, each) => sum + statSync(each).size, 0);
    return { ticks, seconds, bars, serverCpuSeconds: cpuSeconds, messageBytes, diskBytes };
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

function plainMessages(ticks: number): string[] {
  const next = generatedTicks(tapeStartMs, tapePace);
  let sequence = 0;
  const plain = (): PlainTick => {
    const { symbol, eventMs, price, size, attributes } = next();
    sequence += 1;
    return { symbol, eventMs, price, size, venue: attributes.venue, conditions: attributes.conditions, sequence };
  };
  const messages: string[] = [];
  for (let left = ticks; left > 0; left -= batchTicksMax) {
    messages.push(JSON.stringify({ ticks: Array.from({ length: Math.min(left, batchTicksMax) }, plain) }));
  }
  return [...messages, JSON.stringify({ end: true })];
}

async function portOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new PlainMarketFailedError('the yardstick has no output');
  const [text] = (await once(server.stdout, 'data')) as [Buffer];
  return text.toString().trim();
}

async function sendAll(
  socket: WebSocket,
  messages: readonly string[],
): Promise<Extract<PlainAnswer, { readonly trades: number }>> {
  return new Promise((resolve, reject) => {
    let [sent, underWay] = [0, 0];
    const sendMore = (): void => {
      for (; sent < messages.length && underWay < batchesUnderWayMax; sent += 1, underWay += 1) {
        socket.send(messages[sent] as string);
      }
    };
    socket.on('message', (text: Buffer) => {
      const answer = JSON.parse(text.toString()) as PlainAnswer;
      underWay -= 1;
      if ('trades' in answer) resolve(answer);
      else sendMore();
    });
    socket.on('close', () => reject(new PlainMarketFailedError('the yardstick closed the connection')));
    sendMore();
  });
}
