/** Laws 1, 3 and 4: the canonical tape holds every counted tick once, in the order of counting, whatever happens. */
import {
  CountedTape,
  decodeTapeRecord,
  encodeTapeRecord,
  type LogRecordInput,
  type Notice,
  PartitionFold,
  type TapeSegmentOut,
  type TapeTick,
} from '@tapeline/domain';
import {
  cutAtRandom,
  deliver,
  drawWorld,
  isAmendment,
  isTrade,
  type MemoryLog,
  SnapshotRefusedError,
  type SimulatedWorld,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { countedReference, identityOf, type ReferenceEntry } from './counted-reference.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.06;
const restartsASeed = 3;

type Entry = TapeTick & {
  readonly identity: string;
  readonly late: boolean;
  readonly outOfOrder: boolean;
  readonly offset: number;
};

test('the tape is what the chains apply, numbered from 1 without a gap, late and out of order marked', () => {
  const census = new Census('the tape');
  forEachSeed(share, (random) => {
    const world = drawWorld(random, { smallRetention: random.chance(0.1) });
    const delivery = deliver(random, world, drawStyle(random, everyFault));
    const { segments, notices, fold } = tapeOf(world, cutAtRandom(random, delivery.records, 5));
    const tape = entriesByInstrument(segments, world.config.partition);
    const reference = countedReference(delivery);
    expect([...tape.keys()].toSorted()).toEqual([...reference.keys()].toSorted());
    for (const [instrument, groups] of reference) {
      const entries = tape.get(instrument) ?? [];
      expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => index + 1));
      expectGroups(entries, groups);
    }
    const all = [...tape.values()].flat();
    const late = all.filter((entry) => entry.late).map(({ identity }) => identity);
    expect(late.toSorted()).toEqual(lateOf(notices).toSorted());
    const numbered = delivery.landed.filter((tick) => isTrade(tick) || isAmendment(tick));
    expect(all).toHaveLength(numbered.length);
    expect(fold.instrumentCount).toBe(
      new Set(delivery.landed.map(({ dataset, row }) => `${dataset} ${row.symbol}`)).size,
    );
    census.count({
      late: late.length,
      outOfOrder: all.some((entry) => entry.outOfOrder),
      amends: segments.some(({ amends }) => amends),
      long: segments.some(({ count }) => count > 3),
    });
  });
  census.close(share, { late: 0.1, outOfOrder: 0.1, amends: 0.3, long: 0.3 });
});

const disturbedShare = 0.05;

test('cut, restarted and read again, every record puts the same bytes on the tape', () => {
  const census = new Census('the tape again');
  forEachSeed(disturbedShare, (random) => {
    const world = drawWorld(random, { smallRetention: random.chance(0.1) });
    const { records, log } = deliver(random, world, drawStyle(random, everyFault));
    const expected = undisturbed(world, records);
    const { segments } = tapeOf(world, cutAtRandom(random, records, 7));
    expect(segments.map(({ bytes }) => bytes)).toEqual(expected.flatMap(({ tape }) => tape));
    let reread = 0;
    for (let restart = 0; restart < restartsASeed; restart += 1) {
      const from = random.int(0, records.length - 1);
      const counted = new CountedTape();
      const { fold, rereadRecords } = restored(world, expected[from]?.snapshot, log, counted);
      reread += rereadRecords;
      for (const record of records.slice(from + 1)) {
        fold.step([record], counted);
        expect(counted.take().map(({ bytes }) => bytes)).toEqual(expected[record.offset]?.tape);
        expect(fold.instruments(0)).toEqual(expected[record.offset]?.instruments);
      }
    }
    census.count({ reread, counted: expected.some(({ tape }) => tape.length > 1) });
  });
  census.close(disturbedShare, { reread: 0.5, counted: 0.3 });
});

type Outcome = {
  readonly tape: readonly Uint8Array[];
  readonly instruments: ReturnType<PartitionFold['instruments']>;
  readonly snapshot: Uint8Array;
};

function undisturbed(world: SimulatedWorld, records: readonly LogRecordInput[]): Outcome[] {
  const fold = PartitionFold.start(world.config);
  const counted = new CountedTape();
  return records.map((record) => {
    fold.step([record], counted);
    const tape = counted.take().map(({ bytes }) => bytes);
    return { tape, instruments: fold.instruments(0), snapshot: fold.snapshot() };
  });
}

/** A fold that has read the retained records again, which put nothing on the tape. */
function restored(
  world: SimulatedWorld,
  snapshot: Uint8Array | undefined,
  log: MemoryLog,
  counted: CountedTape,
): { fold: PartitionFold; rereadRecords: number } {
  const fold = PartitionFold.restore(world.config, snapshot ?? new Uint8Array(0));
  if (!(fold instanceof PartitionFold)) throw new SnapshotRefusedError(fold.message);
  const rereadRecords = fold.nextOffset - fold.retainFromOffset;
  const again = log.read(0, fold.retainFromOffset, rereadRecords);
  if ('code' in again) throw new SnapshotRefusedError(again.message);
  expect(fold.isRecovering).toBe(rereadRecords > 0);
  fold.step(again, counted);
  expect(fold.isRecovering).toBe(false);
  expect(counted.take()).toEqual([]);
  return { fold, rereadRecords };
}

function tapeOf(
  world: SimulatedWorld,
  steps: readonly (readonly LogRecordInput[])[],
): { segments: TapeSegmentOut[]; notices: Notice[]; fold: PartitionFold } {
  const fold = PartitionFold.start(world.config);
  const counted = new CountedTape();
  const segments: TapeSegmentOut[] = [];
  const notices: Notice[] = [];
  for (const step of steps) {
    notices.push(...fold.step(step, counted).notices);
    segments.push(...counted.take());
  }
  return { segments, notices, fold };
}

/** What the segments' bytes say, and that what stands beside the bytes says the same. */
function entriesByInstrument(segments: readonly TapeSegmentOut[], partition: number): Map<string, Entry[]> {
  const tape = new Map<string, Entry[]>();
  const decoded = decodeTapeRecord(encodeTapeRecord(segments)).segments;
  expect(decoded).toHaveLength(segments.length);
  for (const [index, { dataset, symbol, publisherId, late, outOfOrder, position, ticks }] of decoded.entries()) {
    const out = segments[index] as TapeSegmentOut;
    const times = ticks.map(({ eventNs }) => eventNs).toSorted((left, right) => Number(left - right));
    expect({ ...out, bytes: undefined }).toEqual({
      dataset,
      symbol,
      offset: position.offset,
      firstNumber: ticks[0]?.number,
      count: ticks.length,
      firstEventNs: times[0],
      lastEventNs: times.at(-1),
      amends: ticks.some(({ original }) => original !== undefined),
      bytes: undefined,
    });
    expect(position).toEqual({ partition, epoch: 0, offset: position.offset });
    const entries = tape.get(`${dataset} ${symbol}`) ?? [];
    tape.set(`${dataset} ${symbol}`, entries);
    for (const tick of ticks) {
      const identity = identityOf(publisherId, tick.sequence);
      entries.push({ ...tick, identity, late, outOfOrder, offset: position.offset });
    }
  }
  return tape;
}

function expectGroups(entries: readonly Entry[], groups: readonly (readonly ReferenceEntry[])[]): void {
  const publisherOf = ({ identity }: { identity: string }): bigint => BigInt(`0x${identity.slice(0, 16)}`);
  const byPublisher = <Value extends { identity: string }>(list: readonly Value[]): Value[] =>
    list.toSorted((left, right) => Number(publisherOf(left) - publisherOf(right)));
  let from = 0;
  for (const group of groups) {
    const expected = group.map(({ tick, offset, outOfOrder }) => ({
      identity: identityOf(tick.publisherId, tick.row.sequence),
      offset,
      outOfOrder,
      price: tick.row.price,
      size: tick.row.size,
    }));
    const actual = entries
      .slice(from, from + group.length)
      .map(({ identity, offset, outOfOrder, price, size }) => ({ identity, offset, outOfOrder, price, size }));
    const publishers = new Set(group.map(({ tick }) => tick.publisherId)).size;
    expect(publishers > 1 ? byPublisher(actual) : actual).toEqual(publishers > 1 ? byPublisher(expected) : expected);
    from += group.length;
  }
  expect(from).toBe(entries.length);
}

function lateOf(notices: readonly Notice[]): string[] {
  return notices.filter(({ code }) => code === 'LATE').map(({ publisher, sequence }) => `${publisher} ${sequence}`);
}
