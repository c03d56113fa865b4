/**
 * Whoever follows `control`, from its beginning, late, after compaction or over a log that fails, ends with one view: that of all records
 * ever appended. Coordinators depose each other meanwhile and write maps in parts. A failure names its seed.
 */
import type { ControlFollower } from '@tapeline/control';
import { controlKeyText } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { CoordinatedLog } from './coordinated-log.ts';

const seeds = Number(process.env['TAPELINE_CONTROL_SEEDS'] ?? 150);
const faults = { lost: 0.04, lostReply: 0.05, late: 0.06 };

function seen({ view }: ControlFollower): unknown {
  return [view.token, view.mapToken, view.placement.parts()];
}

test('early and late readers end with the same view, at any time and after any compaction', async () => {
  const met = { adopted: 0, void: 0, epochs: 0, partsOnly: 0, tokens: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = new Random(seed);
    const world = new CoordinatedLog(random.fork(), { faults, growth: 0.1 });
    const early = world.reader();
    const heard: unknown[] = [];
    early.onChange(({ placement }) => heard.push(placement.epoch));
    const late: ControlFollower[] = [];
    const meetings: unknown[][] = [];
    for (let step = 0; step < 60; step += 1) {
      await world.step();
      if (random.chance(0.15)) {
        const reader = world.reader();
        await reader.caughtUp();
        await early.caughtUp();
        meetings.push([step, seen(reader), step, seen(early)]);
        late.push(reader);
      }
    }
    for (const [step, one, again, other] of meetings) expect([seed, step, one]).toEqual([seed, again, other]);
    world.settle();
    await early.caughtUp();
    for (const reader of late) {
      await reader.caughtUp();
      expect([seed, seen(reader)]).toEqual([seed, seen(early)]);
      await reader.close();
    }
    expect([seed, early.counters.malformed, early.counters.unusable]).toEqual([seed, 0, 0]);
    expect(heard).toEqual([...heard].toSorted((one, other) => Number(one) - Number(other)));
    met.adopted += early.counters.adopted;
    met.void += early.counters.void;
    met.epochs += early.view.placement.epoch;
    met.tokens += early.view.token;
    met.partsOnly += early.keys.filter(({ part }) => part !== undefined).length;
    await early.close();
    await world.close();
  }
  for (const count of Object.values(met)) expect(count).toBeGreaterThan(seeds);
});

test('the keys that a reader has seen are those of the claims and maps that are in the log', async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const world = new CoordinatedLog(new Random(seed));
    for (let step = 0; step < 60; step += 1) await world.step();
    const reader = world.reader();
    await reader.caughtUp();
    const last = new Map(world.log.records.map(({ key, bytes }) => [key, bytes]));
    const kept = [...last].flatMap(([key, bytes]) => (bytes === undefined ? [] : [key]));
    expect([seed, reader.keys.map(controlKeyText).toSorted()]).toEqual([seed, kept.toSorted()]);
    await reader.close();
    await world.close();
  }
});
