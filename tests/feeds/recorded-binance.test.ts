/** What was recorded of Binance, sent again over a WebSocket, gives the ticks that its recording gives. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { isRecordingProblem, openRecording, type RecordedTick } from '@tapeline/recordings';
import { silentLogger, systemRandom } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { binanceProtocol } from '../../services/feed/src/binance/binance-protocol.ts';
import { SocketFeed } from '../../services/feed/src/socket/socket-feed.ts';
import { hastyClock } from '../../services/feed/test-kit/hasty-clock.ts';
import { HeardFeed } from '../../services/feed/test-kit/heard-feed.ts';
import { MemorySink } from '../../services/feed/test-kit/memory-sink.ts';
import { SocketServer } from '../../services/feed/test-kit/socket-server.ts';
import { waitUntil } from '../../services/feed/test-kit/wait-until.ts';
import { isReferenceDataMissing, referenceData } from '../oracle/reference-folder.ts';

const path = join(referenceData, 'binance/btcusdt_spot_20240808.gz');

async function recordedTrades(): Promise<RecordedTick[]> {
  const recording = await openRecording(path);
  if (isRecordingProblem(recording)) throw new RangeError(recording.message);
  const ticks: RecordedTick[] = [];
  for await (const batch of recording.batches()) ticks.push(...batch.ticks);
  return ticks;
}

test.skipIf(isReferenceDataMissing)(
  'the live feed and the reader of recordings agree on every trade, over two breaks (needs the reference data: set TAPELINE_SHARED to its folder)',
  async () => {
    const trades = await recordedTrades();
    const server = await SocketServer.start();
    const sink = new MemorySink({ nowMs: () => Date.now() });
    const protocol = () => binanceProtocol(server.url, 'binance-spot', ['BTCUSDT']);
    const clock = hastyClock();
    const feed = new SocketFeed({ protocol, stallMs: 60_000, clock, random: systemRandom, logger: silentLogger });
    const heard = new HeardFeed(feed, sink);
    await waitUntil('it is connected', () => heard.statuses.at(-1)?.state === 'live');
    let sent: string[] = [];
    for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
      const text = line.slice(20);
      if (!text.includes('@trade"')) continue;
      sent.push(text);
      server.current?.send(text);
      if (sent.length !== 3_000 && sent.length !== 6_000) continue;
      await waitUntil('what was sent is in', () => sink.rows.length === sent.length);
      server.current?.close(1001, '');
      const before = server.sockets.length;
      await waitUntil('it is back', () => server.sockets.length > before && heard.statuses.at(-1)?.state === 'live');
      // A vendor may begin a little before where it broke off.
      for (const again of sent.slice(-20)) server.current?.send(again);
    }
    await waitUntil('all are in', () => sink.rows.length === trades.length);
    await heard.stop();
    await server.stop();
    sent = [];
    expect(heard.gaps).toEqual([]);
    expect(heard.refusals).toEqual([]);
    expect(
      sink.rows.map(({ symbol, eventSec, eventNano, price, size, tradeId, attributes }) => ({
        symbol,
        eventSec,
        eventNano,
        price,
        size,
        tradeId,
        attributes,
      })),
    ).toEqual(
      trades.map(({ symbol, eventSec, eventNano, price, size, tradeId, attributes }) => ({
        symbol,
        eventSec,
        eventNano,
        price,
        size,
        tradeId,
        attributes,
      })),
    );
  },
);
