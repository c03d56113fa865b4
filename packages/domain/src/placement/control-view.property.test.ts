/**
 * Coordinators that depose each other, stand still and wake up, over a log that is compacted at any time: all readers end with
 * one view, early and late ones. fast-check prints the seed of a failure.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controlKeyOf, controlKeyText, staleControlKeys } from './control-keys.ts';
import {
  type ControlOutcome,
  type ControlRecord,
  type ControlView,
  emptyControlView,
  followControl,
} from './control-view.ts';
import { applyChange } from './placement-change.ts';
import type { Placement } from './placement.ts';

/** A record in the log; without a record it takes its key out. */
type Logged = { readonly key: string; readonly record: ControlRecord | undefined };

/** C1 to C7 as one coordinator keeps them, with one record under way at most. */
type Coordinator = {
  readonly token: number;
  underWay: ControlRecord | undefined;
  /** Where its record landed. */
  landedAt: number | undefined;
  placement: Placement | undefined;
};

const symbols = ['a', 'b', 'c'];

class ControlWorld {
  /** Everything that was ever appended, and what compaction left of it. */
  readonly all: Logged[] = [];
  kept: Logged[] = [];
  readonly #coordinators: Coordinator[] = [];
  /** Records whose sender gave up and took another token; they land some time, or never. */
  readonly #orphans: ControlRecord[] = [];
  #tokens = 0;

  /** One of the things that can happen now, by `choice`. */
  step(choice: number): void {
    const can: (() => void)[] = [];
    // Seldom, so that coordinators get something done before the next one deposes them.
    const mayStart = this.#coordinators.length === 0 || choice % 13 === 0;
    if (mayStart && this.#coordinators.length < 3) can.push(() => this.#start());
    for (const one of this.#coordinators) {
      const { underWay } = one;
      if (underWay !== undefined && one.landedAt === undefined) {
        can.push(() => this.#land(one, underWay));
        if (choice % 7 === 0) can.push(() => this.#giveUp(one, underWay));
      } else if (one.landedAt !== undefined) can.push(() => this.#readBack(one));
      else {
        const { placement } = one;
        if (placement === undefined) continue;
        for (const symbol of symbols) can.push(() => this.#publish(one, placement, symbol));
        can.push(() => this.#takeOut(one));
      }
    }
    for (const orphan of this.#orphans) can.push(() => this.#landOrphan(orphan));
    const which = choice % (can.length + 1);
    if (which === can.length) this.#compact(Math.floor(choice / can.length));
    else can[which]?.();
  }

  #start(): void {
    this.#tokens += 1;
    const token = this.#tokens;
    this.#coordinators.push({ token, underWay: { kind: 'claim', token }, landedAt: undefined, placement: undefined });
  }

  #append(record: ControlRecord): number {
    const logged = { key: controlKeyText(controlKeyOf(record)), record };
    this.all.push(logged);
    this.kept.push(logged);
    return this.all.length;
  }

  #land(one: Coordinator, record: ControlRecord): void {
    one.landedAt = this.#append(record);
  }

  /** The answer is not clear: the token ends, and the record may still land. */
  #giveUp(one: Coordinator, record: ControlRecord): void {
    this.#orphans.push(record);
    this.#coordinators.splice(this.#coordinators.indexOf(one), 1);
  }

  #landOrphan(orphan: ControlRecord): void {
    this.#orphans.splice(this.#orphans.indexOf(orphan), 1);
    this.#append(orphan);
  }

  /** C1 and C3: it reads up to its own record; if that is void it is no coordinator any more. */
  #readBack(one: Coordinator): void {
    const view = viewOf(this.all.slice(0, one.landedAt));
    if (view.token !== one.token) {
      this.#coordinators.splice(this.#coordinators.indexOf(one), 1);
      return;
    }
    Object.assign(one, { underWay: undefined, landedAt: undefined, placement: view.placement });
  }

  /** C2 or C4: a move of the symbol, or that its last one is appended. */
  #publish(one: Coordinator, placement: Placement, symbol: string): void {
    const listed = placement.moveOf('d', symbol);
    const at = placement.lookUp({ dataset: 'd', symbol }).partition;
    const move = { dataset: 'd', symbol, to: (at + 1) % placement.partitions, standing: 'spread' as const };
    const moves = listed === undefined ? [move] : [];
    const result = applyChange(placement, { logTimeMs: 0, moves, appended: listed === undefined ? [] : [listed] });
    if (result.kind === 'refused') throw new Error(result.code);
    one.underWay = { kind: 'map', token: one.token, map: result.placement.parts() };
  }

  /** It takes out what is stale by the log that it sees, one after the other; it may stop in between. */
  #takeOut(one: Coordinator): void {
    const keys = this.kept.flatMap(({ record }) => (record === undefined ? [] : [controlKeyOf(record)]));
    for (const key of staleControlKeys(keys, viewOf(this.all), one.token)) {
      const logged = { key: controlKeyText(key), record: undefined };
      this.all.push(logged);
      this.kept.push(logged);
      if (this.all.length % 5 === 0) return;
    }
  }

  /** The cleaner works from the front up to some place: of each key the last one before that place stays. */
  #compact(choice: number): void {
    const upTo = choice % (this.kept.length + 1);
    const front = this.kept.slice(0, upTo);
    const last = new Map(front.map(({ key }, index) => [key, index]));
    const left = front.filter(({ key }, index) => last.get(key) === index);
    this.kept = [...left, ...this.kept.slice(upTo)];
  }
}

function viewOf(log: readonly Logged[], look: (outcome: ControlOutcome) => void = () => undefined): ControlView {
  return log.reduce((view, { record }) => {
    if (record === undefined) return view;
    const { view: after, outcome } = followControl(view, record);
    look(outcome);
    return after;
  }, emptyControlView(4));
}

const steps = fc.array(fc.noBias(fc.nat(1_000_000)), { minLength: 60, maxLength: 160, size: 'max' });

test('who reads what compaction left has the view of who read all, at any time', () => {
  const met = { adopted: 0, claimed: 0, void: 0, repeat: 0, unusable: 0 };
  let [takenOut, compactedAway] = [0, 0];
  fc.assert(
    fc.property(steps, (choices) => {
      const world = new ControlWorld();
      choices.forEach((choice, index) => {
        world.step(choice);
        if (index % 4 !== 0 && index < choices.length - 1) return;
        const early = viewOf(world.all, checkOutcome);
        const late = viewOf(world.kept, checkOutcome);
        expect([late.token, late.mapToken, late.placement.parts()]).toEqual([
          early.token,
          early.mapToken,
          early.placement.parts(),
        ]);
      });
      viewOf(world.all, ({ kind }) => {
        met[kind] += 1;
      });
      takenOut += world.all.filter(({ record }) => record === undefined).length;
      compactedAway += world.all.length - world.kept.length;
    }),
    { numRuns: 80 },
  );
  // The seeds differ; so often that a run without any of these would be a broken generator.
  for (const count of [met.adopted, met.claimed, met.void, takenOut, compactedAway]) expect(count).toBeGreaterThan(40);
});

/** Of coordinators that keep the rules every map that is in force follows from the one before. */
function checkOutcome(outcome: ControlOutcome): void {
  expect('broken' in outcome ? outcome.broken : undefined).toBeUndefined();
}

test('an instrument and epoch have one place in all maps that were ever in force', () => {
  fc.assert(
    fc.property(steps, (choices) => {
      const world = new ControlWorld();
      for (const choice of choices) world.step(choice);
      const places = new Map<string, number>();
      let view = emptyControlView(4);
      for (const { record } of world.all) {
        if (record === undefined) continue;
        view = followControl(view, record).view;
        for (const { symbol, epoch, partition } of view.placement.overrides) {
          const key = `${symbol} ${epoch}`;
          expect(places.get(key) ?? partition).toBe(partition);
          places.set(key, partition);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('records that land again, at any later place, change nothing for who reads all', () => {
  fc.assert(
    fc.property(steps, fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000)), { maxLength: 5 }), (choices, repeats) => {
      const world = new ControlWorld();
      for (const choice of choices) world.step(choice);
      const log = world.all.filter(({ record }) => record !== undefined);
      const again = [...log];
      for (const [from, further] of repeats) {
        const place = from % Math.max(1, again.length);
        const logged = again[place];
        if (logged !== undefined) again.splice(place + 1 + (further % (again.length - place)), 0, logged);
      }
      const [once, twice] = [viewOf(log), viewOf(again)];
      expect([twice.token, twice.mapToken, twice.placement.parts()]).toEqual([
        once.token,
        once.mapToken,
        once.placement.parts(),
      ]);
    }),
    { numRuns: 100 },
  );
});
