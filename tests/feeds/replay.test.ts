/** A replay of files keeps the rules of feeds. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryReplayRegister } from '@tapeline/feed';
import { silentLogger, systemRandom } from '@tapeline/runtime';
import { ReplayFeed } from '../../services/feed/src/replay/replay-feed.ts';
import { hastyClock } from '../../services/feed/test-kit/hasty-clock.ts';
import { feedSuite } from './feed-suite.ts';

const symbols = ['AAA', 'BBB', 'CCC'];

/** A file of trades, one every 50 ms from 14:30, of three symbols in turn. */
function csvOf(name: string, ticks: number): string {
  const startMs = Date.UTC(2024, 0, 2, 14, 30);
  const lines = Array.from({ length: ticks }, (_, index) => {
    const at = new Date(startMs + index * 50).toISOString();
    return `${at},${name}${symbols[index % 3]},${10 + (index % 7)}.25,${1 + (index % 9)}`;
  });
  return `ts_event,symbol,price,size\n${lines.join('\n')}\n`;
}

feedSuite({
  name: 'replay',
  isReplay: true,
  overRoomMax: 4_000,
  make: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tapeline-feed-'));
    const paths = ['X', 'Y'].map((name) => join(folder, `${name}.csv`));
    for (const [index, path] of paths.entries()) await writeFile(path, csvOf('XY'[index] ?? '', 20_000));
    const feed = new ReplayFeed({
      paths,
      speed: 'max',
      register: memoryReplayRegister(),
      clock: hastyClock(),
      random: systemRandom,
      logger: silentLogger,
    });
    return {
      feed,
      speak: () => undefined,
      dispose: async () => rm(folder, { recursive: true }),
    };
  },
});
