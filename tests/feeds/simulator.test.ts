/** The simulator keeps the rules of feeds. */
import { memoryReplayRegister } from '@tapeline/feed';
import { silentLogger, systemRandom } from '@tapeline/runtime';
import { SimulatorFeed } from '../../services/feed/src/simulator/simulator-feed.ts';
import { hastyClock } from '../../services/feed/test-kit/hasty-clock.ts';
import { feedSuite } from './feed-suite.ts';

feedSuite({
  name: 'simulator',
  isReplay: false,
  overRoomMax: 4_000,
  make: async () => ({
    feed: new SimulatorFeed({
      dataset: 'sim',
      seed: 7,
      rate: 20_000,
      backfillMs: 0,
      register: memoryReplayRegister(),
      clock: hastyClock(),
      random: systemRandom,
      logger: silentLogger,
    }),
    speak: () => undefined,
    dispose: async () => undefined,
  }),
});
