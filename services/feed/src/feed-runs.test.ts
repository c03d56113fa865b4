/** How feeds do is told while they run and once they have ended, and one that fails takes nobody with it. */
import {
  type Feed,
  type FeedEnd,
  type FeedListener,
  type FeedSink,
  type FeedStream,
  FeedStreamError,
} from '@tapeline/domain';
import { createLogger, type Logger, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { FeedRuns } from './feed-runs.ts';

const identity = { dataset: 'd', timeDomain: 1, clientName: 'fake' } as const;

function feedOf(name: string, run: Feed['run']): Feed {
  return { name, run };
}

/** A sink whose streams reject every second row. */
function fakeSink(close: FeedStream['close'] = async () => undefined): FeedSink {
  return {
    open: async () => {
      let count = 0;
      const stream: FeedStream = {
        publisherId: 1n,
        send: async (rows) => void (count += Math.floor(rows.length / 2)),
        progress: async () => undefined,
        end: async () => undefined,
        settled: async () => undefined,
        settledSequence: 9,
        get rejected() {
          return { count };
        },
        close,
      };
      return stream;
    },
  };
}

async function publish(sink: FeedSink, rows: number): Promise<void> {
  const stream = await sink.open(identity);
  await stream.send(Array.from({ length: rows }, () => ({}) as Parameters<FeedStream['send']>[0][number]));
  await stream.close();
}

function tell(listener: FeedListener): FeedEnd {
  listener.status({ state: 'live', detail: 'is live' });
  listener.gap({ dataset: 'd', fromNs: 0n, toNs: 1n, reason: 'cut' });
  listener.refused({ code: 'X', message: 'x' });
  return { ticks: 0, gaps: 1, refused: 1 };
}

function linesOf(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  return { logger: createLogger({ name: 'test', level: 'warn', format: 'text', destination }), lines };
}

test('before its start a feed starts, and while it runs its state and counts are seen', async () => {
  let end: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (end = resolve));
  const feed = feedOf('held', async (sink, listener) => {
    await publish(sink, 4);
    const totals = tell(listener);
    await held;
    return totals;
  });
  const runs = new FeedRuns([feed], silentLogger);
  expect(runs.standings()).toMatchObject([{ name: 'held', state: 'connecting', ticks: 0 }]);
  runs.start(fakeSink());
  await expect
    .poll(() => runs.standings()[0])
    .toMatchObject({ state: 'live', detail: 'is live', ticks: 4, rejected: 2, gaps: 1, refused: 1 });
  end();
  await runs.ended();
  expect(runs.standings()[0]).toMatchObject({ state: 'ended', ticks: 4, rejected: 2, end: { gaps: 1, refused: 1 } });
});

test('rejects of streams that were closed stay counted, however many a feed opens', async () => {
  const feed = feedOf('reconnecting', async (sink) => {
    for (let stream = 0; stream < 50; stream += 1) await publish(sink, 2);
    return { ticks: 100, gaps: 0, refused: 0 };
  });
  const runs = new FeedRuns([feed], silentLogger);
  runs.start(fakeSink());
  await runs.ended();
  expect(runs.standings()[0]).toMatchObject({ ticks: 100, rejected: 50 });
});

test('rejects count once, though a close fails and is tried again beside a stream that is open', async () => {
  const closes = [Promise.reject(new Error('cut')), Promise.resolve(), Promise.resolve()];
  void Promise.allSettled(closes);
  const rows = Array.from({ length: 4 }, () => ({}) as Parameters<FeedStream['send']>[0][number]);
  let seen: number | undefined;
  const feed = feedOf('closing', async (sink) => {
    const failing = await sink.open(identity);
    await failing.send(rows);
    await expect(failing.close()).rejects.toThrow('cut');
    seen = runs.standings()[0]?.rejected;
    const next = await sink.open(identity);
    await next.send(rows);
    await failing.close();
    await next.send(rows);
    await next.close();
    return { ticks: 12, gaps: 0, refused: 0 };
  });
  const runs = new FeedRuns([feed], silentLogger);
  runs.start(fakeSink(() => closes.shift() ?? Promise.reject(new Error('closed too often'))));
  await runs.ended();
  expect([seen, runs.standings()[0]]).toMatchObject([2, { state: 'ended', ticks: 12, rejected: 6 }]);
});

test('a feed that cannot go on says why in one line, and the one beside it ends by itself', async () => {
  const { logger, lines } = linesOf();
  const failing = feedOf('failing', async () => {
    throw new FeedStreamError('PUBLISHER_EXPIRED', 'take a new id');
  });
  const runs = new FeedRuns([failing, feedOf('good', async (_, listener) => tell(listener))], logger);
  runs.start(fakeSink());
  await runs.ended();
  expect(runs.standings().map(({ name, state, detail }) => [name, state, detail])).toEqual([
    ['failing', 'failed', 'take a new id'],
    ['good', 'ended', 'is live'],
  ]);
  expect(lines).toEqual([expect.stringContaining('a feed cannot go on feed=failing reason="take a new id"')]);
});

test('of a defect of a feed the log has the place', async () => {
  const { logger, lines } = linesOf();
  const failing = feedOf('failing', async () => {
    throw new TypeError('x is not a function');
  });
  const runs = new FeedRuns([failing], logger);
  runs.start(fakeSink());
  await runs.ended();
  expect(lines.join('')).toMatch(/TypeError: x is not a function" "at /);
});

test('a stop reaches every feed and waits for its end', async () => {
  const ended: string[] = [];
  const waiting = (name: string): Feed =>
    feedOf(name, async (_sink, _listener, stop) => {
      await stop;
      ended.push(name);
      return { ticks: 0, gaps: 0, refused: 0 };
    });
  const runs = new FeedRuns([waiting('a'), waiting('b')], silentLogger);
  runs.start(fakeSink());
  await runs.stop();
  expect(ended.toSorted()).toEqual(['a', 'b']);
});
