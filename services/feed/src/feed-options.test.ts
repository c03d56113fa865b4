/** Which feed comes of which settings, and what is wrong with them together. */
import { readOptions, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { createFeeds } from './create-feeds.ts';
import { feedOf, feedOptions, feedProblems, type FeedSettings } from './feed-options.ts';
import { memoryReplayRegister } from './replay-register.ts';

function read(args: readonly string[], env: Readonly<Record<string, string>> = {}): FeedSettings {
  const line = readOptions(feedOptions, args, env);
  if (line.kind !== 'read') throw new RangeError(JSON.stringify(line));
  return line.values;
}

function problems(args: readonly string[]): string {
  const line = readOptions(feedOptions, args, {});
  return line.kind === 'wrong' ? line.problems.join('\n') : feedProblems(read(args)).join('\n');
}

test('without options the simulator runs, and its bounds and defaults are there', () => {
  const settings = read([]);
  expect(feedOf(settings)).toBe('simulator');
  expect(feedProblems(settings)).toEqual([]);
  expect(settings).toMatchObject({
    speed: 60,
    'sim-rate': 200,
    'sim-seed': 1,
    'sim-backfill': 14_400_000,
    'feed-stall': 90_000,
  });
});

test('files to replay make a replay, several of them one', () => {
  const settings = read(['--replay', 'a.zip', 'b,c.csv', '--speed', 'max', '--replay=d.csv']);
  expect(settings).toMatchObject({ replay: ['a.zip', 'b,c.csv', 'd.csv'], speed: 'max' });
  expect(feedOf(settings)).toBe('replay');
});

test('the key of finnhub comes from its usual variable', () => {
  const settings = read(['--feed', 'finnhub'], { FINNHUB_TOKEN: 'abc123' });
  expect(settings['finnhub-token']).toBe('abc123');
  expect(feedProblems(settings)).toEqual([]);
});

test.each([
  [['--feed', 'replay'], '--feed replay names no file; write --replay FILE'],
  [['--feed', 'binance', '--replay', 'a.zip'], '--feed binance does not read them'],
  [['--feed', 'finnhub'], 'set FINNHUB_TOKEN'],
  [['--symbols', 'ORBIT,AAPL'], '--symbols AAPL are not simulated; there are ORBIT, HELIO'],
  [['--feed', 'binance', '--symbols', 'BTC/USDT'], '--symbols BTC/USDT are no symbols of Binance'],
  [['--feed', 'alpaca'], '--feed "alpaca" is none of simulator, replay, finnhub, binance, none'],
  [['--speed', '0'], '--speed "0" is no number from 0.1 to 100000; give one, such as 60, or max'],
  [['--speed', 'fast'], '--speed "fast" is no number from 0.1 to 100000'],
  [['--sim-rate', '0'], '--sim-rate "0" is no whole number from 1 to 1000000'],
  [['--sim-backfill', '25h'], '--sim-backfill "25h" is no duration from 0s to 1d'],
  [['--feed-stall', '0s'], '--feed-stall "0s" is no duration from 1s to 1h'],
  [['--finnhub-url', 'https://finnhub.io'], 'is not a URL that begins with wss:// or ws://'],
  [['--dataset', 'a b'], '--dataset "a b" is not printable ASCII without a space'],
  [['--calendar', 'NYSE'], '--calendar "NYSE" is none of XNYS, XNAS, XLON, 24/7'],
  [['--symbols', Array.from({ length: 201 }, (_, index) => `S${index}`).join()], 'has 201 items, the limit is 200'],
])('%j is refused with value, limit and remedy', (args, words) => {
  expect(problems(args)).toContain(words);
});

test.each([
  [[], ['simulator']],
  [['--replay', 'a.csv'], ['replay']],
  [['--feed', 'finnhub', '--finnhub-token', 'x'], ['finnhub']],
  [['--feed', 'binance'], ['binance']],
  [['--feed', 'none'], []],
])('%j makes the feeds %j', (args, names) => {
  const parts = {
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    replayRegister: memoryReplayRegister(),
  };
  expect(createFeeds(read(args), parts).map(({ name }) => name)).toEqual(names);
});
