/**
 * Throughput end to end: a client publishes as fast as ingest takes it, until every tick is counted and every bar stored.
 * In: a number of ticks and an empty folder. Out: seconds from the first send, what the server took, bytes on its disk.
 * Bars that do not add up to the ticks that were sent end the bench with an error.
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TimeDomain } from '@tapeline/domain';
import { countBySymbol, replayMessages } from './publish-tape.ts';
import { PublishStream } from './publish-stream.ts';
import { StandaloneFailedError, StandaloneProcess, type StatusNow } from './standalone-process.ts';
import { generatedDataset } from './tape-publisher.ts';

/** What one run took. */
export type ThroughputMeasure = {
  readonly ticks: number;
  /** From the first send until everything is counted and stored. */
  readonly seconds: number;
  /** From the first send until the last ack: everything is in the log. */
  readonly ackedSeconds: number;
  /** Revisions of bars that were put out. */
  readonly bars: number;
  readonly serverCpuSeconds: number;
  readonly clientCpuSeconds: number;
  readonly serverRssBytes: number;
  readonly messageBytes: number;
  readonly logBytes: number;
  readonly storeBytes: number;
};

/** The tape begins at 10:00 in New York on Tuesday, 2013-10-08, ms since the Unix epoch; ticks a second of its time. */
export const tapeStartMs: number = Date.UTC(2013, 9, 8, 14);
export const tapePace = 60_000;
const pollMs = 20;
/** The end of the log in the status can be a second old, so nothing may change for longer than that. */
const quietMs = 1_500;
const settleMsMax = 120_000;
const checkedSymbols = ['S000', 'S007', 'S123', 'S499'];

/** Publishes `ticks` ticks into a new market in `folder`. */
export async function measureThroughput(task: {
  folder: string;
  ticks: number;
  nodeArguments?: readonly string[];
}): Promise<ThroughputMeasure> {
  mkdirSync(task.folder, { recursive: true });
  const counts = new Map<string, number>();
  const messages = Array.from(replayMessages(task.ticks, tapeStartMs, tapePace), ({ bytes, ticks }) => {
    countBySymbol(counts, ticks);
    return bytes;
  });
  const market = await StandaloneProcess.start(task.folder, task.nodeArguments);
  try {
    const figures = await publishAll(market, messages, task.ticks);
    await checkBars(market, counts);
    await market.stop();
    const { log, store } = market.bytes();
    const messageBytes = messages.reduce((sum, bytes) => sum + bytes.length, 0);
    return { ticks: task.ticks, ...figures, messageBytes, logBytes: log, storeBytes: store };
  } finally {
    await market.stop();
  }
}

type RunFigures = Omit<ThroughputMeasure, 'ticks' | 'messageBytes' | 'logBytes' | 'storeBytes'>;

async function publishAll(
  market: StandaloneProcess,
  messages: readonly Uint8Array[],
  ticks: number,
): Promise<RunFigures> {
  const stream = await PublishStream.open(market.grpc, { dataset: generatedDataset, timeDomain: TimeDomain.replay });
  const [serverBefore, clientBefore] = [await market.taken(), process.cpuUsage()];
  const startMs = performance.now();
  for (const bytes of messages) await stream.send(bytes);
  await stream.finish();
  const ackedSeconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(clientBefore);
  const { status, atMs } = await settled(market, ticks);
  const serverAfter = await market.taken();
  return {
    seconds: (atMs - startMs) / 1_000,
    ackedSeconds,
    bars: status.barsTotal,
    serverCpuSeconds: serverAfter.cpuSeconds - serverBefore.cpuSeconds,
    clientCpuSeconds: (user + system) / 1e6,
    serverRssBytes: serverAfter.rssBytes,
  };
}

/** Waits until all is counted and stored, and answers when the last change of the status was seen. */
async function settled(market: StandaloneProcess, ticks: number): Promise<{ status: StatusNow; atMs: number }> {
  const deadlineMs = performance.now() + settleMsMax;
  let [seen, atMs] = ['', performance.now()];
  for (;;) {
    const status = await market.status();
    const { ticksTotal, barsTotal, partitions } = status;
    const nowMs = performance.now();
    const now = `${ticksTotal} ${barsTotal} ${partitions.map(({ nextOffset }) => nextOffset).join(' ')}`;
    if (now !== seen) [seen, atMs] = [now, nowMs];
    const isDone = ticksTotal === ticks && partitions.every(({ nextOffset, endOffset }) => nextOffset === endOffset);
    if (isDone && nowMs - atMs > quietMs) return { status, atMs };
    if (nowMs > deadlineMs) {
      const problem = `${ticksTotal} of ${ticks} ticks were counted ${settleMsMax} ms after the last ack`;
      throw new StandaloneFailedError(problem);
    }
    await sleep(pollMs);
  }
}

/** The stored bars of a second of a few instruments hold every trade that was sent. */
async function checkBars(market: StandaloneProcess, counts: ReadonlyMap<string, number>): Promise<void> {
  for (const symbol of checkedSymbols) {
    let [trades, token] = [0, ''];
    do {
      const page = (await market.json(
        `/v1/instruments/${symbol}/bars?interval=1s&profile=all&page_size=10000&page_token=${encodeURIComponent(token)}`,
      )) as { readonly bars: readonly { readonly trades: number; readonly state: string }[]; nextPageToken: string };
      for (const bar of page.bars) if (bar.state !== 'forming') trades += bar.trades;
      token = page.nextPageToken;
    } while (token !== '');
    const sent = counts.get(symbol) ?? 0;
    if (trades !== sent) throw new StandaloneFailedError(`bars of ${symbol} hold ${trades} trades of ${sent} sent`);
  }
}
