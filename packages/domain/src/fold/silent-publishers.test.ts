/**
 * What a publisher that falls silent, or lags, must not do: pin the log or pile up bars. In: records of days. Out: the
 * first offset that recovery needs, and the size of the snapshot.
 */
import { expect, test } from 'vitest';
import { encodeLogRecord, type LogEntryToWrite } from '../log/log-record.ts';
import { encodeTickBlock, type TickRow } from '../log/tick-block-encode.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { publisherId } from '../market/publisher-id.ts';
import { TickKind } from '../market/tick.ts';
import { foldConfigDefaults } from './fold-types.ts';
import { PartitionFold } from './partition-fold.ts';

const day = 20_000;
const opens = day * 86_400;
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 1 };
const attributes = { kind: TickKind.trade, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;

function trade(id: bigint, domain: TimeDomain, sequence: number, sec: number): LogEntryToWrite {
  const identity = { symbol: 'X', terms, sequence, link: sequence - 1, eventSec: opens + sec, eventNano: 0 };
  const row: TickRow = { ...identity, attributes, price: 100, size: 1 };
  const header = { publisherId: id, timeDomain: domain, mapEpoch: 0, dataset: 'd', receiveTimeNs: 0n };
  return { kind: 'tickBlock', bytes: encodeTickBlock(header, [row]) };
}

function run(config: Partial<typeof foldConfigDefaults>): {
  fold: PartitionFold;
  append: (sec: number, ...entries: LogEntryToWrite[]) => void;
} {
  const fold = PartitionFold.start({ ...foldConfigDefaults, ...config, partition: 0 });
  const append = (sec: number, ...entries: LogEntryToWrite[]): void => {
    const bytes = encodeLogRecord(entries);
    fold.step([{ offset: fold.nextOffset, appendTimeMs: (opens + sec) * 1_000, bytes }]);
  };
  return { fold, append };
}

test('T4: a replay that falls silent after its bars have closed lets them leave, and the log go', () => {
  const id = publisherId(day, TimeDomain.replay, 1n);
  const { fold, append } = run({ intervals: ['1s'], horizonMs: 900_000 });
  append(0, trade(id, TimeDomain.replay, 1, 0));
  const instruments = [{ symbol: 'X', link: 1, timeNs: BigInt(opens + 5) * 1_000_000_000n }];
  append(1, { kind: 'progress', publisherId: id, dataset: 'd', instruments });
  for (let second = 2; second < 1_000; second += 2) append(second, { kind: 'time' });
  expect(
    PartitionFold.restore({ ...foldConfigDefaults, intervals: ['1s'], partition: 0 }, fold.snapshot()),
  ).toMatchObject({
    retainFromOffset: fold.nextOffset,
  });
});

test('law 7: live bars leave past a replay bar that waits, so memory does not grow with its backfill', () => {
  const live = publisherId(day, TimeDomain.live, 1n);
  const replay = publisherId(day, TimeDomain.replay, 2n);
  const { fold, append } = run({ intervals: ['1s'], horizonMs: 10_000 });
  append(0, trade(replay, TimeDomain.replay, 1, -86_400));
  const sizes: number[] = [];
  for (let second = 1; second <= 6_000; second += 1) {
    append(second, trade(live, TimeDomain.live, second, second), { kind: 'alive', publisherIds: [replay] });
    if (second % 2_000 === 0) sizes.push(fold.snapshot().length);
  }
  expect(sizes).toHaveLength(3);
  // Up to 256 bars may pile up before they are looked at; 6,000 would take 160,000 bytes.
  expect(Math.max(...sizes)).toBeLessThan(12_000);
});
