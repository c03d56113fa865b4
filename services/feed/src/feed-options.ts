/**
 * The options of feeds. In: flags and environment. Out: settings with their bounds checked, and what is wrong with them
 * together. Law 7: everything that a feed may be asked for has a bound here.
 */
import { builtInCalendarNames } from '@tapeline/domain';
import {
  choiceOption,
  durationOption,
  integerOption,
  listOption,
  type Option,
  type OptionValues,
  type OptionWithDefault,
  textOption,
} from '@tapeline/runtime';
import { listingSymbols } from './simulator/listings.ts';

/** Every feed; `none` = ticks come by gRPC alone. */
export const feedNames = ['simulator', 'replay', 'finnhub', 'binance', 'none'] as const;

/** Name of a feed. */
export type FeedName = (typeof feedNames)[number];

/** How fast event time runs against the clock: so many times as fast, or as fast as it is taken. */
export type ReplaySpeed = number | 'max';

const symbolsMax = 200;
const speedMin = 0.1;
const speedMax = 100_000;

/** The table. */
export type FeedOptions = {
  readonly feed: Option<FeedName>;
  readonly replay: Option<readonly string[]>;
  readonly speed: OptionWithDefault<ReplaySpeed>;
  readonly symbols: Option<readonly string[]>;
  readonly dataset: Option<string>;
  readonly calendar: Option<string>;
  readonly 'sim-rate': OptionWithDefault<number>;
  readonly 'sim-seed': OptionWithDefault<number>;
  readonly 'sim-backfill': OptionWithDefault<number>;
  readonly 'finnhub-token': Option<string>;
  readonly 'finnhub-url': OptionWithDefault<string>;
  readonly 'binance-url': OptionWithDefault<string>;
  readonly 'feed-stall': OptionWithDefault<number>;
};

/** The values of the table. */
export type FeedSettings = OptionValues<FeedOptions>;

const webSocketUrl = { fits: /^wss?:\/\/[^\s/]+/, form: 'a URL that begins with wss:// or ws://' };

/** The options in the order of the help. */
export const feedOptions: FeedOptions = {
  feed: choiceOption(feedNames, {
    env: 'TAPELINE_FEED',
    help: 'Where ticks come from, besides gRPC. Default: replay where --replay names files, else simulator.',
  }),
  replay: listOption({
    placeholder: 'FILE…',
    itemsMax: 10_000,
    itemCharsMax: 4_096,
    separator: '\n',
    help: 'Recorded ticks, as tapeline bars reads them, merged by event time. What is in the data directory adds nothing.',
  }),
  speed: {
    placeholder: 'N|max',
    default: '60',
    env: 'TAPELINE_SPEED',
    help:
      `How fast a replay runs: N times as fast as it was, ${speedMin} to ${speedMax}, or max. ` +
      'A silence of more than 15 minutes is passed over in one second.',
    read: (text) => {
      if (text === 'max') return { value: 'max' };
      const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
      if (value >= speedMin && value <= speedMax) return { value };
      return { problem: `is no number from ${speedMin} to ${speedMax}; give one, such as 60, or max` };
    },
  },
  symbols: listOption({
    env: 'TAPELINE_SYMBOLS',
    itemsMax: symbolsMax,
    itemCharsMax: 64,
    help: `Only these symbols, at most ${symbolsMax}. Default: all; AAPL, MSFT, NVDA, TSLA of finnhub; BTCUSDT, ETHUSDT, SOLUSDT of binance.`,
  }),
  dataset: textOption({
    placeholder: 'NAME',
    env: 'TAPELINE_DATASET',
    charsMax: 64,
    pattern: { fits: /^[!-~]+$/, form: 'printable ASCII without a space' },
    help: 'Where the ticks are said to come from. Default: sim, finnhub, binance-spot, or as the replayed file is.',
  }),
  calendar: choiceOption([...builtInCalendarNames], {
    help: 'Sessions of the replayed symbols. Default: as the file is.',
  }),
  'sim-rate': integerOption({
    env: 'TAPELINE_SIM_RATE',
    min: 1,
    max: 1_000_000,
    default: 200,
    help: 'Ticks a second that the simulator makes on average, all symbols together,',
  }),
  'sim-seed': integerOption({
    env: 'TAPELINE_SIM_SEED',
    min: 0,
    max: 9_007_199_254_740_991,
    default: 1,
    help: 'Which of the simulated markets,',
  }),
  'sim-backfill': durationOption({
    env: 'TAPELINE_SIM_BACKFILL',
    min: '0s',
    max: '24h',
    default: '4h',
    help: 'History that the simulator makes once, at the first start in a data directory,',
  }),
  'finnhub-token': textOption({
    env: 'FINNHUB_TOKEN',
    charsMax: 200,
    pattern: { fits: /^[\w.-]+$/, form: 'letters, digits, points, dashes' },
    help: 'Key of finnhub.io; better set in the environment than typed.',
  }),
  'finnhub-url': textOption({
    env: 'TAPELINE_FINNHUB_URL',
    charsMax: 1_000,
    pattern: webSocketUrl,
    default: 'wss://ws.finnhub.io',
    help: 'Where Finnhub is.',
  }),
  'binance-url': textOption({
    env: 'TAPELINE_BINANCE_URL',
    charsMax: 1_000,
    pattern: webSocketUrl,
    default: 'wss://stream.binance.com:9443',
    help: 'Where Binance is.',
  }),
  'feed-stall': durationOption({
    env: 'TAPELINE_FEED_STALL',
    min: '1s',
    max: '1h',
    default: '90s',
    help: 'Silence of a live feed after which it connects again,',
  }),
};

/** The feed that the settings ask for. */
export function feedOf({ feed, replay }: FeedSettings): FeedName {
  return feed ?? (replay === undefined ? 'simulator' : 'replay');
}

/** What is wrong with settings that are right one by one; a sentence each. */
export function feedProblems(settings: FeedSettings): string[] {
  const name = feedOf(settings);
  const problems: string[] = [];
  if (name === 'replay' && settings.replay === undefined) {
    problems.push('--feed replay names no file; write --replay FILE');
  }
  if (name !== 'replay' && settings.replay !== undefined) {
    problems.push(`--replay names files, and --feed ${name} does not read them; leave one of the two away`);
  }
  if (name === 'finnhub' && settings['finnhub-token'] === undefined) {
    problems.push('--feed finnhub needs a key; set FINNHUB_TOKEN, which finnhub.io gives for free');
  }
  const unknown = name === 'simulator' ? (settings.symbols ?? []).filter((each) => !listingSymbols.includes(each)) : [];
  if (unknown.length > 0) {
    problems.push(`--symbols ${unknown.join(',')} are not simulated; there are ${listingSymbols.join(', ')}`);
  }
  const malformed =
    name === 'binance' ? (settings.symbols ?? []).filter((each) => !/^[A-Za-z0-9]{1,32}$/.test(each)) : [];
  if (malformed.length > 0) {
    problems.push(`--symbols ${malformed.join(',')} are no symbols of Binance; write them such as BTCUSDT`);
  }
  return problems;
}
