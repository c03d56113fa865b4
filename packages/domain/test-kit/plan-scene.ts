/**
 * Scenes for the planner. In: partitions, and who is where with which rate. Out: an input for a plan, and what becomes of it when
 * plans are carried out one after the other. Instruments are put into partitions by the pins of their rows, so a scene says where
 * each begins.
 */
import { InstrumentMap } from '../src/placement/instrument-map.ts';
import { applyChange, type PlacementChange } from '../src/placement/placement-change.ts';
import { type PlacementPolicy, placementPolicyDefaults } from '../src/placement/placement-policy.ts';
import { Placement } from '../src/placement/placement.ts';
import type { MeasuredInstrument, Plan, PlanInput } from '../src/placement/plan-types.ts';
import { planPlacement } from '../src/placement/planner.ts';

/** The dataset of all scenes. */
export const sceneDataset = 'us-equities';

/** Target 1,000: hot from 500 on until below 250. */
export const scenePolicy: PlacementPolicy = { ...placementPolicyDefaults, targetTicksPerSec: 1_000 };

/** Log time at which scenes begin, ms. */
export const sceneTimeMs = 1_700_000_000_000;

/** An instrument: where it is first, and ticks a second. */
export type SceneInstrument = readonly [partition: number, ticksPerSec: number];

/** Instruments by symbol. */
export function measured(instruments: Readonly<Record<string, SceneInstrument>>): InstrumentMap<MeasuredInstrument> {
  const map = new InstrumentMap<MeasuredInstrument>();
  for (const [symbol, [pin, ticksPerSec]] of Object.entries(instruments)) {
    map.set(sceneDataset, symbol, { pin, ticksPerSec });
  }
  return map;
}

/** A scene of four base partitions and as many as are there now. */
export function scene(
  partitions: number,
  instruments: Readonly<Record<string, SceneInstrument>>,
  policy: Partial<PlacementPolicy> = {},
): PlanInput {
  return {
    placement: Placement.atHome(4),
    partitions,
    logTimeMs: sceneTimeMs,
    instruments: measured(instruments),
    policy: { ...scenePolicy, ...policy },
  };
}

/** The placement after the change. Throws if it is refused. */
export function changed(placement: Placement, change: PlacementChange): Placement {
  const result = applyChange(placement, change);
  if (result.kind === 'refused') throw new Error(`refused: ${JSON.stringify(result)}`);
  return result.placement;
}

/** The placement after every listed move was marked done. */
export function settled(placement: Placement, logTimeMs: number = sceneTimeMs): Placement {
  if (placement.moves.length === 0) return placement;
  return changed(placement, { logTimeMs, moves: [], appended: placement.moves });
}

/** The input of the next plan, `laterMs` of log time after this one was carried out, cooldowns being over by default. */
export function afterPlan(input: PlanInput, plan: Plan, laterMs: number = input.policy.cooldownMs): PlanInput {
  const logTimeMs = input.logTimeMs + laterMs;
  return { ...input, placement: settled(plan.next, logTimeMs), logTimeMs };
}

/** Carries out one plan after the other until nothing moves. Throws after `roundsMax`. */
export function planToRest(
  first: PlanInput,
  roundsMax: number,
  look: (plan: Plan, input: PlanInput) => void = () => undefined,
): { readonly input: PlanInput; readonly last: Plan; readonly moves: number; readonly rounds: number } {
  let input = first;
  let moves = 0;
  for (let rounds = 0; rounds <= roundsMax; rounds += 1) {
    const plan = planPlacement(input);
    look(plan, input);
    if (plan.change === undefined) return { input, last: plan, moves, rounds };
    moves += plan.moves.length;
    input = afterPlan(input, plan);
  }
  throw new Error(`no rest after ${roundsMax} plans`);
}

/** Moves as text: symbol, from, to, reason. */
export function movesOf(plan: Plan): string[] {
  return plan.moves.map(({ symbol, from, to, reason }) => `${symbol} ${from.partition}>${to} ${reason}`);
}

/** What stays as text: symbol, what was wanted, why it stays. */
export function staysOf(plan: Plan): string[] {
  return plan.stays.map(({ symbol, wanted, stays }) => `${symbol} ${wanted}: ${stays}`);
}
