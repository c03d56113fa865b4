/**
 * The public entry of feeds: what standalone and tests may use. In: settings, clock, chance, a register of replays. Out:
 * feeds behind the seam of the domain.
 */
export { createFeeds, type FeedParts } from './create-feeds.ts';
export {
  type FeedName,
  feedNames,
  feedOf,
  type FeedOptions,
  feedOptions,
  feedProblems,
  type FeedSettings,
  type ReplaySpeed,
} from './feed-options.ts';
export { type FeedStanding, FeedRuns } from './feed-runs.ts';
export { ingestSink, type IngestSinkParts } from './ingest-sink/ingest-sink.ts';
export { keptReplays, ReplayRegisterError } from './kept-replays.ts';
export { ReplayError } from './replay/replay-feed.ts';
export { memoryReplayRegister, type ReplayPart, type ReplayRegister } from './replay-register.ts';
