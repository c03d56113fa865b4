/**
 * What holds of every plan, whatever rates, policies, pins, growth and unfit partitions come: fast-check prints the seed of a
 * failure.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measured, planToRest, sceneDataset, scenePolicy, sceneTimeMs, settled } from '../../test-kit/plan-scene.ts';
import { InstrumentMap } from './instrument-map.ts';
import { brokenInvariant } from './placement-invariants.ts';
import type { PlacementPolicy } from './placement-policy.ts';
import { Placement } from './placement.ts';
import type { MeasuredInstrument, PlanInput, PlannedMove } from './plan-types.ts';
import { givesNow, takesNow, type UnfitReason } from './unfit-reason.ts';
import { planPlacement } from './planner.ts';

const symbols = Array.from({ length: 40 }, (_, index) => `S${index}`);
const rate = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 60, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: 60, max: 700, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 250, 500, 3_000) },
);
const rates = fc.array(rate, { minLength: symbols.length, maxLength: symbols.length });
const pins = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...symbols), fc.nat(9)), { maxLength: 4, selector: ([symbol]) => symbol })
  .map((pairs) => pairs.map(([symbol, partition]) => ({ dataset: sceneDataset, symbol, partition })));
const policy: fc.Arbitrary<PlacementPolicy> = fc
  .record({
    movesMax: fc.integer({ min: 1, max: 12 }),
    dedicatedMax: fc.integer({ min: 0, max: 5 }),
    cooldownMs: fc.constantFrom(0, 1_000, 5_000),
    skewMax: fc.constantFrom(1.1, 1.3, 1.7),
    overridesMax: fc.constantFrom(0, 10, 1_000),
    pins,
  })
  .map((rules) => ({ ...scenePolicy, ...rules }));
const unfit: fc.Arbitrary<ReadonlyMap<number, UnfitReason>> = fc
  .array(fc.tuple(fc.nat(9), fc.constantFrom<UnfitReason>('lagging', 'silent', 'behind')), { maxLength: 2 })
  .map((pairs) => new Map(pairs));

/** One step of a stream's life: new rates, perhaps another policy, more partitions, and how far moves got. */
const step = fc.record({
  rates,
  policy,
  unfit,
  grown: fc.nat(3),
  laterMs: fc.constantFrom(0, 500, 1_000, 20_000),
  areAppended: fc.boolean(),
});

function instrumentsOf(list: readonly number[]): InstrumentMap<MeasuredInstrument> {
  const map = new InstrumentMap<MeasuredInstrument>();
  // Every fifth has a pin in its row; some are not measured at all.
  list.forEach((ticksPerSec, index) => {
    const symbol = symbols[index] ?? '';
    if (ticksPerSec > 0.5)
      map.set(sceneDataset, symbol, index % 5 === 0 ? { ticksPerSec, pin: index % 4 } : { ticksPerSec });
  });
  return map;
}

/** What a move of a plan breaks, by the input alone: empty for every one. */
function faultsOf(move: PlannedMove, input: PlanInput): string[] {
  const { dataset, symbol, reason, from, to, standing, ticksPerSec, fromLoad, toLoad } = move;
  const { placement, policy: rules, logTimeMs } = input;
  const pinnedTo = rules.pins.find((one) => one.symbol === symbol)?.partition;
  const movedAtMs = placement.movedAtMs(from.epoch) ?? -Infinity;
  const target = rules.targetTicksPerSec;
  const holds: Readonly<Record<string, boolean>> = {
    'its last move is done': placement.moveOf(dataset, symbol) === undefined,
    'it leaves a fit partition': givesNow(input.unfit?.get(from.partition), reason === 'pinned'),
    'it goes to a fit partition': takesNow(input.unfit?.get(to)),
    'it goes elsewhere': from.partition !== to,
    'what is pinned goes where it is pinned': pinnedTo === undefined || (reason === 'pinned' && to === pinnedTo),
    'only what is pinned goes by a pin': reason !== 'pinned' || pinnedTo !== undefined,
    'it has cooled down': reason === 'pinned' || logTimeMs - movedAtMs >= rules.cooldownMs,
    'what is hot is hot': reason !== 'hot' || ticksPerSec >= rules.hotEnterShare * target,
    'what is hot is alone': reason !== 'hot' || (standing === 'dedicated' && toLoad.before === 0),
    'what cooled is cool': reason !== 'cooled' || ticksPerSec < rules.hotExitShare * target,
    'what is spread improves': reason !== 'spread' || Math.max(fromLoad.after, toLoad.after) < fromLoad.before,
  };
  return Object.keys(holds).filter((name) => holds[name] !== true);
}

test('every plan obeys the protocol, the policy and its own reasons, and never breaks an invariant', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      let placement = Placement.atHome(4);
      let [partitions, logTimeMs] = [4, sceneTimeMs];
      for (const { rates: list, policy: rules, unfit: unfitNow, grown, laterMs, areAppended } of steps) {
        partitions += grown;
        logTimeMs += laterMs;
        const instruments = instrumentsOf(list);
        const input = { placement, partitions, logTimeMs, instruments, policy: rules, unfit: unfitNow };
        const plan = planPlacement(input);
        expect(plan.moves.flatMap((move) => faultsOf(move, input))).toEqual([]);
        expect(new Set(plan.moves.map(({ symbol }) => symbol)).size).toBe(plan.moves.length);
        expect(brokenInvariant(plan.next, placement)).toBeUndefined();
        expect(plan.next.moves.length).toBeLessThanOrEqual(Math.max(rules.movesMax, placement.moves.length));
        expect(plan.next.overrideCount).toBeLessThanOrEqual(Math.max(rules.overridesMax, placement.overrideCount));
        const after = areAppended ? settled(plan.next, logTimeMs) : plan.next;
        expect(brokenInvariant(after, plan.next)).toBeUndefined();
        placement = after;
      }
    }),
    { numRuns: 300 },
  );
});

test('the order of the input does not matter', () => {
  fc.assert(
    fc.property(rates, policy, unfit, fc.nat(6), fc.func(fc.nat()), (list, rules, unfitNow, grown, key) => {
      const entries = instrumentsOf(list).sorted();
      const shuffled = new InstrumentMap<MeasuredInstrument>();
      for (const { dataset, symbol, value } of entries.toSorted((one, other) => key(one.symbol) - key(other.symbol))) {
        shuffled.set(dataset, symbol, value);
      }
      const base = { placement: Placement.atHome(4), partitions: 4 + grown, logTimeMs: sceneTimeMs, unfit: unfitNow };
      const plan = planPlacement({ ...base, instruments: instrumentsOf(list), policy: rules });
      const reversed = { ...rules, pins: rules.pins.toReversed() };
      const other = planPlacement({ ...base, instruments: shuffled, policy: reversed });
      const { next, ...said } = plan;
      const { next: otherNext, ...otherSaid } = other;
      expect(otherSaid).toEqual(said);
      expect(otherNext.overrides).toEqual(next.overrides);
    }),
    { numRuns: 200 },
  );
});

/** Unlimited overrides, and no cooldown that would have to be waited for. */
const steadyPolicy = policy.map((rules) => ({ ...rules, overridesMax: 1_000 }));

test('with constant rates the plans come to rest, and a rest stays one', () => {
  fc.assert(
    fc.property(rates, steadyPolicy, fc.nat(8), (list, rules, grown) => {
      const input = {
        placement: Placement.atHome(4),
        partitions: 4 + grown,
        logTimeMs: sceneTimeMs,
        instruments: instrumentsOf(list),
        policy: rules,
      };
      const rest = planToRest(input, 200);
      expect(rest.last.moves).toEqual([]);
      // An instrument moves for a lasting reason at most, and some are moved once more to even out.
      expect(rest.moves).toBeLessThanOrEqual(2 * symbols.length);
    }),
    { numRuns: 300 },
  );
});

/** What the partitions carry at rest, and of whom; the lightest items of one are first. */
function restOf(instruments: InstrumentMap<MeasuredInstrument>, grown: number, skewMax: number) {
  const input = { placement: Placement.atHome(4), partitions: 4 + grown, logTimeMs: sceneTimeMs, instruments };
  const { last, input: rested } = planToRest({ ...input, policy: { ...scenePolicy, skewMax } }, 400);
  const rates = last.partitions.map((): number[] => []);
  instruments.forEach(({ ticksPerSec }, dataset, symbol) => {
    rates[rested.placement.lookUp({ dataset, symbol }).partition]?.push(ticksPerSec);
  });
  const all = last.partitions.map(({ role, after }, partition) => ({
    role,
    after,
    rates: (rates[partition] ?? []).toSorted((one, other) => one - other),
  }));
  const shared = all.filter(({ role }) => role === 'shared');
  const mean = shared.reduce((sum, { after }) => sum + after, 0) / shared.length;
  return { shared, mean, lightest: Math.min(...shared.map(({ after }) => after)) };
}

const light = fc.array(fc.double({ min: 0.5, max: 20, noNaN: true }), { minLength: 200, maxLength: 200 });
const heavy = fc.array(fc.double({ min: 40, max: 2_000, noNaN: true }), { maxLength: 6 });
const skews = fc.constantFrom(1.2, 1.3, 1.6);

function numbered(list: readonly number[]): InstrumentMap<MeasuredInstrument> {
  const map = new InstrumentMap<MeasuredInstrument>();
  list.forEach((ticksPerSec, index) => map.set(sceneDataset, `S${index}`, { ticksPerSec }));
  return map;
}

test('at rest the busiest shared partition is within the skew where no instrument is heavy', () => {
  fc.assert(
    fc.property(light, fc.nat(8), skews, (list, grown, skewMax) => {
      const { shared, mean } = restOf(numbered(list), grown, skewMax);
      expect(Math.max(...shared.map(({ after }) => after))).toBeLessThanOrEqual(skewMax * mean + 0.01);
    }),
    { numRuns: 100 },
  );
});

test('at rest a partition is within the skew, or no move of one instrument would lower it by a tenth', () => {
  fc.assert(
    fc.property(light, heavy, fc.nat(8), skews, (list, extra, grown, skewMax) => {
      const { shared, mean, lightest } = restOf(numbered([...list, ...extra]), grown, skewMax);
      for (const { after, rates: here } of shared) {
        const heaviest = here.at(-1) ?? 0;
        const isWithin = after <= Math.max(skewMax * mean, heaviest / 0.9) + 0.01;
        const others = here.slice(0, -1);
        expect(isWithin || others.every((one) => lightest + one > 0.9 * after - 0.01)).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

test('rates that swing within the band move nothing in the end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 60, noNaN: true }), { minLength: 60, maxLength: 60 }),
      fc.array(fc.double({ min: 0.97, max: 1.03, noNaN: true }), { minLength: 61, maxLength: 61 }),
      fc.double({ min: 260, max: 1_400, noNaN: true }),
      fc.nat(6),
      (list, swing, hot, grown) => {
        const all = Object.fromEntries(
          [...list, hot].map((ticks, index) => [`S${index}`, [index % 4, ticks] as const]),
        );
        const swung = Object.fromEntries(
          [...list, hot].map((ticks, index) => [`S${index}`, [index % 4, ticks * (swing[index] ?? 1)] as const]),
        );
        const rules = { ...scenePolicy, cooldownMs: 0 };
        let input: PlanInput = {
          placement: Placement.atHome(4),
          partitions: 4 + grown,
          logTimeMs: sceneTimeMs,
          instruments: measured(all),
          policy: rules,
        };
        let quiet = 0;
        for (let turn = 0; turn < 60 && quiet < 4; turn += 1) {
          const plan = planPlacement({ ...input, instruments: measured(turn % 2 === 0 ? all : swung) });
          quiet = plan.moves.length === 0 ? quiet + 1 : 0;
          input = { ...input, placement: settled(plan.next), logTimeMs: input.logTimeMs + 1 };
        }
        expect(quiet).toBe(4);
      },
    ),
    { numRuns: 200 },
  );
});
