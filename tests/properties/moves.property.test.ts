/**
 * Laws 1, 3, 4 and 5 for instruments that move: whatever moves, is repeated, restarted or sent twice, the ticks give what they give
 * on one partition by one fold.
 */
import {
  type Bar,
  CountedTape,
  decodeTapeRecord,
  encodeLogRecord,
  encodeTapeRecord,
  type FoldConfig,
  handoverEvents,
  type LogRecordInput,
  type Notice,
  PartitionFold,
  type TapeSegmentOut,
  TimeDomain,
} from '@tapeline/domain';
import { deliver, drawWorld, type Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { identityOf } from './counted-reference.ts';
import { drawStyle, everyFault, nothingGivenUp } from './fault-mixes.ts';
import { countedTicks, differences, finalTexts, finalValues } from './final-bars.ts';
import { type MovedStyle, MovedWorld, nameOf, pastHorizonMs } from './moved-world.ts';
import { forEachSeed } from './seeds.ts';

type Straight = { fold: PartitionFold; bars: Bar[]; notices: Notice[]; segments: TapeSegmentOut[] };

function straight(config: FoldConfig, records: readonly LogRecordInput[]): Straight {
  const fold = PartitionFold.start(config);
  const tape = new CountedTape();
  const { offset = 0, appendTimeMs = 0 } = records.at(-1) ?? {};
  const bytes = encodeLogRecord([{ kind: 'time' }]);
  const last = { offset: offset + 1, appendTimeMs: appendTimeMs + pastHorizonMs(config.horizonMs), bytes };
  const { bars, notices } = fold.step([...records, last], tape);
  return { fold, bars, notices, segments: tape.take() };
}

function drawMoves(random: Random): MovedStyle {
  return {
    partitions: random.choice([2, 2, 3]),
    moves: random.choice([1, 2, 4, 9]),
    disturbance: random.choice([0, 0.02, 0.1]),
  };
}

/** The tape of each instrument by number: publisher and sequence of each tick. Throws where a number is missing or double. */
function tapes(segments: readonly TapeSegmentOut[]): Map<string, string[]> {
  const tape = new Map<string, string[]>();
  for (const { dataset, symbol, publisherId, ticks } of decodeTapeRecord(encodeTapeRecord(segments)).segments) {
    const name = nameOf({ dataset, symbol });
    const identities = tape.get(name) ?? [];
    tape.set(name, identities);
    for (const { number, sequence } of ticks) {
      if (number !== identities.length + 1) throw new RangeError(`${name}: ${number} comes after ${identities.length}`);
      identities.push(identityOf(publisherId, sequence));
    }
  }
  return tape;
}

/** The order inside each publisher, and which ticks there are. */
function byPublisher(tape: ReadonlyMap<string, readonly string[]>): string[] {
  return [...tape]
    .flatMap(([name, identities]) => {
      const order = new Map<string, string[]>();
      for (const identity of identities) {
        const publisher = identity.slice(0, 16);
        order.set(publisher, [...(order.get(publisher) ?? []), identity]);
      }
      return [...order.values()].map((list) => `${name}: ${list.join(' ')}`);
    })
    .toSorted();
}

function ticksOf(tape: ReadonlyMap<string, readonly string[]>): string[] {
  return [...tape.values()].flat().toSorted();
}

/** Each position names the epoch by which its instrument was in that partition. */
function expectPlaces(world: MovedWorld): void {
  for (const { dataset, symbol, position } of world.bars) {
    expect(world.placeAt.get(`${dataset} ${symbol} ${position.epoch}`)).toBe(position.partition);
  }
  for (const { dataset, symbol, position } of decodeTapeRecord(encodeTapeRecord(world.segments)).segments) {
    expect(world.placeAt.get(`${dataset} ${symbol} ${position.epoch}`)).toBe(position.partition);
  }
}

function codes(notices: readonly Notice[], wanted: readonly Notice['code'][]): string[] {
  return notices
    .filter(({ code }) => wanted.includes(code))
    .map(({ code, dataset, symbol, publisher, sequence }) => `${code} ${dataset} ${symbol} ${publisher} ${sequence}`)
    .toSorted();
}

const share = 0.025;
const { live } = TimeDomain;

test('with nothing given up, bars and tapes are those of one partition', () => {
  const census = new Census('moves');
  forEachSeed(share, (random) => {
    // The end of a replay makes its bars final, so which ticks of others are late depends on their order.
    const domains = random.choice([
      [live],
      [live, live],
      [live, live, live],
      [TimeDomain.delayed],
      [TimeDomain.replay],
    ]);
    const world = drawWorld(random, { horizon: 'wide', domains });
    const { records } = deliver(random, world, drawStyle(random, nothingGivenUp));
    const expected = straight(world.config, records);
    const moved = new MovedWorld(random.fork(), world.config, records, drawMoves(random)).run();
    expect(finalValues(moved.bars)).toEqual(finalValues(expected.bars));
    const [tape, expectedTape] = [tapes(moved.segments), tapes(expected.segments)];
    // What waits again after a move may be given up, and then comes out of order.
    const gaps = moved.total(({ counters }) => counters.gapsDeclared);
    const order = gaps === 0 ? byPublisher : ticksOf;
    expect(order(tape)).toEqual(order(expectedTape));
    for (const name of ['applied', 'quarantined', 'late', 'amendments', 'amendmentsUnmatched'] as const) {
      expect([name, moved.total(({ counters }) => counters[name])]).toEqual([name, expected.fold.counters[name]]);
    }
    const wanted = ['ORIGINAL_UNKNOWN', 'ORIGINAL_FINAL', 'LATE', 'TERMS_MISMATCH'] as const;
    expect(codes(moved.notices, wanted)).toEqual(codes(expected.notices, wanted));
    expect(moved.total(({ parked }) => parked.count)).toBe(0);
    expect(moved.event('contradicted')).toBe(0);
    expectPlaces(moved);
    census.count({
      ...Object.fromEntries(handoverEvents.map((event) => [event, moved.event(event)])),
      restarts: moved.restarts,
      goneAhead: moved.goneAhead,
      amendments: expected.fold.counters.amendments,
      gaps,
    });
  });
  census.close(share, {
    left: 0.5,
    came: 0.5,
    cameBack: 0.1,
    moveChained: 0.05,
    heldSentOn: 0.05,
    restarts: 0.2,
    goneAhead: 0.05,
  });
});

const loneShare = 0.01;

test('a lone replay has byte for byte the bars of one that never moved, but for positions', () => {
  const census = new Census('lone replays that move');
  forEachSeed(loneShare, (random) => {
    const domain = random.choice([TimeDomain.replay, TimeDomain.delayed]);
    const world = drawWorld(random, { horizon: 'wide', domains: [domain] });
    const { records } = deliver(random, world, drawStyle(random, nothingGivenUp));
    const expected = straight(world.config, records);
    const moved = new MovedWorld(random.fork(), world.config, records, drawMoves(random)).run();
    const gaps = moved.total(({ counters }) => counters.gapsDeclared);
    const texts = gaps === 0 ? finalTexts : finalValues;
    expect(texts(moved.bars)).toEqual(texts(expected.bars));
    census.count({ came: moved.event('came'), equal: gaps === 0 });
  });
  census.close(loneShare, { came: 0.5, equal: 0.5 });
});

const faultShare = 0.025;

test('with every fault, each tick is counted once, in one bar and on the tape, or told', () => {
  const census = new Census('moves with every fault');
  forEachSeed(faultShare, (random) => {
    // As for accounts of one partition: what is first of its date is for wide horizons.
    const wish = random.chance(0.5)
      ? ({ horizon: 'tight', conditions: false } as const)
      : ({ horizon: 'wide' } as const);
    const world = drawWorld(random, { ...wish, ...(random.chance(0.5) ? { amendments: true } : {}) });
    const delivery = deliver(random, world, drawStyle(random, everyFault));
    const { records } = delivery;
    const expected = straight(world.config, records);
    const moved = new MovedWorld(random.fork(), world.config, records, drawMoves(random)).run();
    const trace = {
      bars: moved.bars,
      notices: moved.notices,
      counters: expected.fold.counters,
      snapshot: new Uint8Array(0),
    };
    expect(differences(world, trace, countedTicks(delivery, trace))).toEqual([]);
    const tape = [...tapes(moved.segments).values()].flat();
    expect(new Set(tape).size).toBe(tape.length);
    expect(tape.toSorted()).toEqual([...tapes(expected.segments).values()].flat().toSorted());
    expect(moved.total(({ counters }) => counters.applied)).toBe(expected.fold.counters.applied);
    expect(moved.total(({ parked }) => parked.count)).toBe(0);
    expect(moved.event('contradicted')).toBe(0);
    expectPlaces(moved);
    const late = moved.total(({ counters }) => counters.late);
    const [came, heldSentOn] = [moved.event('came'), moved.event('heldSentOn')];
    const amendments = moved.total(({ counters }) => counters.amendments);
    census.count({ came, heldSentOn, late, restarts: moved.restarts, amendments });
  });
  census.close(faultShare, { came: 0.5, late: 0.1, heldSentOn: 0.05, amendments: 0.2 });
});
