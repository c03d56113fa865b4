/**
 * The process of a feed: `node … main.ts [options]`. In: flags and environment. Out: a running feed, its help, or one line for
 * everything that is wrong. The first SIGTERM or SIGINT settles what was published and ends, the second ends at once.
 */
import { NotListeningError, runProcess } from '@tapeline/runtime';
import { feedProblems } from './feed-options.ts';
import { feedProcessOptions } from './feed-process-options.ts';
import { ReplayRegisterError } from './kept-replays.ts';
import { FeedFailedError, runFeed } from './run-feed.ts';

await runProcess({
  name: 'feed',
  about: 'Publishes the ticks of a simulated market, of recorded files, of Finnhub or of Binance to ingest.',
  table: feedProcessOptions,
  problems: feedProblems,
  run: runFeed,
  isExpected: (error) =>
    [NotListeningError, ReplayRegisterError, FeedFailedError].some((kind) => error instanceof kind),
});
