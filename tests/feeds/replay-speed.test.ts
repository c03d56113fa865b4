/** A replay at full speed keeps up with the fold, and its memory does not grow with the file. */
import { AggressorSide, type FeedSink, Tape, type TickAttributes, TickKind } from '@tapeline/domain';
import { memoryReplayRegister } from '@tapeline/feed';
import { type RecordedTick, type Recording, RecordingCursor } from '@tapeline/recordings';
import { silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { FeedReport } from '../../services/feed/src/publish/feed-report.ts';
import { feedStop } from '../../services/feed/src/publish/feed-stop.ts';
import { ReplayRun } from '../../services/feed/src/replay/replay-run.ts';
import { ReplaySource } from '../../services/feed/src/replay/replay-source.ts';

const ticks = 1_500_000;
const symbols = Array.from({ length: 50 }, (_, index) => `S${index}`);
const attributes: TickAttributes = {
  kind: TickKind.trade,
  venue: 'Q',
  tape: Tape.c,
  conditions: ['@'],
  side: AggressorSide.unknown,
  flags: 0,
};
const terms = { priceExponent: -4, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 100 };

/** A recording that is made as it is read, so that reading costs next to nothing. */
function generated(): Recording {
  return {
    path: 'generated',
    format: 'lean-trade',
    dataset: 'generated',
    contentHash: 1n,
    termsOf: () => terms,
    batches: async function* () {
      for (let from = 0; from < ticks; from += 2_000) {
        const batch: RecordedTick[] = Array.from({ length: 2_000 }, (_, index) => {
          const at = from + index;
          const eventSec = 1_381_238_000 + Math.floor(at / 1_000);
          const symbol = symbols[at % symbols.length] ?? '';
          const eventNano = (at % 1_000) * 1_000_000;
          return {
            kind: TickKind.trade,
            line: at + 1,
            symbol,
            eventSec,
            eventNano,
            price: 1_840_000,
            size: 100,
            attributes,
          };
        });
        yield { ticks: batch, rejected: [], ignored: new Map(), unknownConditions: new Map() };
      }
    },
  };
}

const nullSink: FeedSink = {
  open: async () => {
    let settledSequence = 0;
    return {
      publisherId: 1n,
      send: async (rows) => {
        settledSequence = rows.at(-1)?.sequence ?? 0;
      },
      progress: async () => undefined,
      end: async () => undefined,
      settled: async () => undefined,
      get settledSequence() {
        return settledSequence;
      },
      rejected: { count: 0 },
      close: async () => undefined,
    };
  },
};

test('generated ticks go to a sink that does nothing at 700,000 and more for a second of processor time', async () => {
  const listener = { status: () => undefined, gap: () => undefined, refused: () => undefined };
  const report = new FeedReport(listener, silentLogger);
  const stop = feedStop(new Promise<void>(() => undefined), systemClock);
  const parts = { sink: nullSink, clock: systemClock, random: systemRandom, report, stop };
  const cursor = await RecordingCursor.peek(generated(), 0, () => undefined);
  const plan = {
    kind: 'send',
    part: 0,
    symbols: 'all',
    without: new Set<string>(),
    noted: 'all',
    completes: true,
  } as const;
  const source = new ReplaySource(cursor, 'generated', 1n, plan);
  const cpuBefore = process.cpuUsage();
  await new ReplayRun(parts, memoryReplayRegister(), 'max', [source]).read();
  const cpu = process.cpuUsage(cpuBefore);
  const ticksPerSecond = ticks / ((cpu.user + cpu.system) / 1_000_000);
  expect(report.end().ticks).toBe(ticks);
  expect(ticksPerSecond).toBeGreaterThan(700_000);
});
