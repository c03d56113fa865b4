/** Rule T5: a tick is late exactly when its finest bar has left, to the millisecond; all others count. */
import { type Notice, TimeDomain } from '@tapeline/domain';
import {
  deliver,
  drawWorld,
  eventMsOf,
  foldSteps,
  intervalNamed,
  isTrade,
  type PublishedTick,
  referenceBucket,
  type SimulatedWorld,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { chainAccounts } from './chain-accounts.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { countedTicks, differences, nameOf, tickName } from './final-bars.ts';
import { forEachSeed } from './seeds.ts';

const loneShare = 0.1;

test('of a lone replay or delayed publisher, late is what comes when its own event time has reached end + horizon', () => {
  const census = new Census('late by event time');
  forEachSeed(loneShare, (random) => {
    const domain = random.choice([TimeDomain.replay, TimeDomain.delayed]);
    const world = drawWorld(random, { domains: [domain], horizon: 'tight', amendments: false });
    // A tick that comes through the hole of its Void may come after a Progress that its publisher was right to send.
    const refusals = random.chance(0.5);
    const style = drawStyle(random, { gaps: false, refusals, gaits: ['still'] });
    const delivery = deliver(random, world, { ...style, progress: style.progress && !refusals });
    const trace = foldSteps(world.config, [delivery.records]);
    const expected = chainAccounts(delivery).flatMap(({ applied }) =>
      lateByEventTime(
        world,
        applied.map(({ tick }) => tick),
      ),
    );
    expectLate(trace.notices, expected);
    expect(differences(world, trace, countedTicks(delivery, trace))).toEqual([]);
    census.count({ late: trace.counters.late, justInTime: justInTime(world, delivery.landed) });
  });
  census.close(loneShare, { late: 0.3, justInTime: 0.1 });
});

const liveShare = 0.08;

test('of live publishers, late is what is applied when the clock of the partition has reached end + horizon', () => {
  const census = new Census('late by the clock');
  forEachSeed(liveShare, (random) => {
    const domains = random.choice([[TimeDomain.live], [TimeDomain.live, TimeDomain.live]]);
    const world = drawWorld(random, { domains, horizon: 'tight', amendments: false });
    const delivery = deliver(random, world, drawStyle(random, { ...everyFault, gaits: ['tracking'] }));
    const trace = foldSteps(world.config, [delivery.records]);
    const clock = clockAt(delivery.contents.map(({ appendTimeMs }) => appendTimeMs));
    const expected = chainAccounts(delivery).flatMap(({ applied }) =>
      applied
        .filter(({ tick, offset }) => isTrade(tick) && (clock[offset] ?? 0) >= finalFromMs(world, tick))
        .map(({ tick }) => tick),
    );
    expectLate(trace.notices, expected);
    expect(differences(world, trace, countedTicks(delivery, trace))).toEqual([]);
    const closed = trace.bars.some(({ state }) => state === 'revised');
    census.count({ late: trace.counters.late, revised: closed });
  });
  census.close(liveShare, { late: 0.4, revised: 0.2 });
});

/** When the finest bar of a tick is final, ms. The horizon is never below the lateness here. */
function finalFromMs(world: SimulatedWorld, { row }: PublishedTick): number {
  return (
    referenceBucket(intervalNamed(world.finest), world.scene.calendar, row.eventSec).endSec * 1000 +
    world.config.horizonMs
  );
}

function lateByEventTime(world: SimulatedWorld, applied: readonly PublishedTick[]): PublishedTick[] {
  let timeMs = -1;
  return applied.filter((tick) => {
    const isLate = isTrade(tick) && timeMs >= finalFromMs(world, tick);
    // A late tick lies in the past of its publisher, so it moves nothing on.
    timeMs = Math.max(timeMs, eventMsOf(tick.row));
    return isLate;
  });
}

function clockAt(appendTimesMs: readonly number[]): number[] {
  let highestMs = 0;
  return appendTimesMs.map((ms) => (highestMs = Math.max(highestMs, ms)));
}

function expectLate(notices: readonly Notice[], expected: readonly PublishedTick[]): void {
  const told = notices.filter(({ code }) => code === 'LATE').map(tickName);
  expect(told.toSorted()).toEqual(expected.map(nameOf).toSorted());
}

/** Whether some tick comes in the very ms before its bar is final. */
function justInTime(world: SimulatedWorld, landed: readonly PublishedTick[]): boolean {
  const times = new Set(landed.map(({ row }) => eventMsOf(row)));
  return landed.some((tick) => times.has(finalFromMs(world, tick) - 1));
}
