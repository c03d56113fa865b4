/**
 * Makes the feed that is asked for. In: settings that were checked, and what feeds need. Out: feeds behind the seam, which
 * have done nothing yet: all of their work is in `run`.
 */
import type { Feed } from '@tapeline/domain';
import { binanceDataset } from '@tapeline/recordings';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import { binanceProtocol, binanceSymbols } from './binance/binance-protocol.ts';
import { feedOf, type FeedSettings } from './feed-options.ts';
import { finnhubProtocol, finnhubSymbols } from './finnhub/finnhub-protocol.ts';
import { ReplayFeed } from './replay/replay-feed.ts';
import type { ReplayRegister } from './replay-register.ts';
import { SimulatorFeed } from './simulator/simulator-feed.ts';
import { SocketFeed } from './socket/socket-feed.ts';

/** What feeds need besides their settings. */
export type FeedParts = {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Lives as long as the log that the feeds publish into. */
  readonly replayRegister: ReplayRegister;
};

/** The feeds of the settings: one, or none. Settings with `feedProblems` are no ground to make one from. */
export function createFeeds(settings: FeedSettings, parts: FeedParts): readonly Feed[] {
  const { clock, random, replayRegister: register } = parts;
  const name = feedOf(settings);
  const logger = parts.logger.child({ feed: name });
  const { symbols, dataset } = settings;
  const stallMs = settings['feed-stall'];
  switch (name) {
    case 'none':
      return [];
    case 'simulator': {
      const market = { seed: settings['sim-seed'], rate: settings['sim-rate'], backfillMs: settings['sim-backfill'] };
      return [new SimulatorFeed({ dataset: dataset ?? 'sim', symbols, ...market, register, clock, random, logger })];
    }
    case 'replay': {
      const { replay: paths = [], speed, calendar } = settings;
      return [new ReplayFeed({ paths, speed, dataset, calendar, symbols, register, clock, random, logger })];
    }
    case 'finnhub': {
      const url = settings['finnhub-url'];
      const token = settings['finnhub-token'] ?? '';
      const protocol = () => finnhubProtocol(url, token, dataset ?? 'finnhub', symbols ?? finnhubSymbols);
      return [new SocketFeed({ protocol, stallMs, clock, random, logger })];
    }
    case 'binance': {
      const url = settings['binance-url'];
      const protocol = () => binanceProtocol(url, dataset ?? binanceDataset, symbols ?? binanceSymbols);
      return [new SocketFeed({ protocol, stallMs, clock, random, logger })];
    }
  }
}
