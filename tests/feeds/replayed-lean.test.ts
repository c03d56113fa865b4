/** A replay of real files makes the bars that the files make by themselves, also where two files share an instrument. */
import { join } from 'node:path';
import type { Bar, ProfileName } from '@tapeline/domain';
import { memoryReplayRegister } from '@tapeline/feed';
import { silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { ReplayFeed } from '../../services/feed/src/replay/replay-feed.ts';
import { HeardFeed } from '../../services/feed/test-kit/heard-feed.ts';
import { barKey, foldFile } from '../oracle/fold-file.ts';
import { isReferenceDataMissing, leanTrades, referenceData } from '../oracle/reference-folder.ts';
import { FoldSink } from './fold-sink.ts';

async function replayed(paths: readonly string[]): Promise<FoldSink> {
  const sink = new FoldSink(() => Date.UTC(2026, 0, 5), { horizonMs: 86_400_000 });
  const feed = new ReplayFeed({
    paths,
    speed: 'max',
    register: memoryReplayRegister(),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  const heard = new HeardFeed(feed, sink);
  await heard.ended;
  expect(heard.refusals).toEqual([]);
  return sink;
}

/** What bars say, without where in the log it was decided, by interval, symbol and start. */
function valuesOf(bars: Iterable<Bar>, profile: ProfileName): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const bar of bars) {
    if (bar.profile !== profile || !['1s', '1m', '1h', '1d'].includes(bar.interval)) continue;
    values.set(barKey(bar.interval, profile, bar.symbol, bar.startSec), { ...bar, position: undefined });
  }
  return values;
}

for (const profile of ['all', 'sip'] as const) {
  test.skipIf(isReferenceDataMissing)(
    `three days of trades and one of quotes, in four files, make the bars of each file, revision by revision: ${profile} (needs the reference data: set TAPELINE_SHARED to its folder)`,
    async () => {
      const days = ['ibm_20131007', 'ibm_20131008', 'ibm_20131009'].map(leanTrades);
      const sink = await replayed([join(referenceData, 'lean/ibm_20131008_quote.zip'), ...days]);
      const alone = await Promise.all(days.map(async (day) => foldFile(day)));
      const expected = valuesOf(
        alone.flatMap(({ bars }) => [...bars.values()]),
        profile,
      );
      expect(expected.size).toBeGreaterThan(1_000);
      expect(valuesOf(sink.bars.values(), profile)).toEqual(expected);
      expect(sink.notices).toEqual([]);
    },
  );
}
