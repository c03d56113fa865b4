/**
 * What an operator wants of the placement. In: a policy. Out: defaults, and why a policy is none. Shares are of the target,
 * which is what one partition is meant to carry; times are log time.
 */
import type { InstrumentPin } from '../seams/store.ts';
import { InstrumentMap } from './instrument-map.ts';
import { isPackable } from './override.ts';

/** Rules of the planner. */
export type PlacementPolicy = {
  /** Ticks a second that one partition is meant to carry, above 0. */
  readonly targetTicksPerSec: number;
  /** From this share of the target on an instrument is hot and gets a partition of its own. */
  readonly hotEnterShare: number;
  /** Below this share of the target it loses it again; above 0 and below `hotEnterShare`. */
  readonly hotExitShare: number;
  /** ms of log time since its last move in which an instrument is not moved again, except by a pin. */
  readonly cooldownMs: number;
  /** Most moves listed at once, 1 or more. */
  readonly movesMax: number;
  /** Most partitions that belong to one hot instrument each. */
  readonly dedicatedMax: number;
  /** What the busiest of the shared partitions may carry, as a multiple of their level; above 1, below 2. */
  readonly skewMax: number;
  /** Most instruments that may ever be moved: none leaves the map, and a map has to fit into one record. */
  readonly overridesMax: number;
  /** Where instruments have to be; wins over everything but the protocol. */
  readonly pins: readonly InstrumentPin[];
};

/**
 * A partition carries 50,000 ticks a second; half of that is hot, a quarter not any more. With names of 100 bytes on average
 * 65,536 overrides fit into the largest record, 8 MiB.
 */
export const placementPolicyDefaults: PlacementPolicy = {
  targetTicksPerSec: 50_000,
  hotEnterShare: 0.5,
  hotExitShare: 0.25,
  cooldownMs: 600_000,
  movesMax: 16,
  dedicatedMax: 4,
  skewMax: 1.3,
  overridesMax: 65_536,
  pins: [],
};

/** A field of a policy that is out of its range, and what would be in it. */
export type PolicyProblem = { readonly field: keyof PlacementPolicy; readonly problem: string };

/** The first problem of a policy; `undefined` if the planner can go by it. */
export function policyProblem(policy: PlacementPolicy): PolicyProblem | undefined {
  const { targetTicksPerSec, hotEnterShare, hotExitShare, cooldownMs, skewMax } = policy;
  if (!isFinitePositive(targetTicksPerSec)) return { field: 'targetTicksPerSec', problem: 'has to be above 0' };
  if (!isFinitePositive(hotEnterShare)) return { field: 'hotEnterShare', problem: 'has to be above 0' };
  if (!isFinitePositive(hotExitShare) || hotExitShare >= hotEnterShare) {
    return { field: 'hotExitShare', problem: 'has to be above 0 and below hotEnterShare' };
  }
  if (!(cooldownMs >= 0)) return { field: 'cooldownMs', problem: 'has to be 0 or more' };
  if (!(skewMax > 1 && skewMax < 2)) return { field: 'skewMax', problem: 'has to be above 1 and below 2' };
  return countProblem(policy) ?? pinProblem(policy.pins);
}

function countProblem(policy: PlacementPolicy): PolicyProblem | undefined {
  const { movesMax, dedicatedMax, overridesMax } = policy;
  if (!Number.isInteger(movesMax) || movesMax < 1)
    return { field: 'movesMax', problem: 'has to be a whole number from 1 on' };
  for (const [field, count] of [['dedicatedMax', dedicatedMax] as const, ['overridesMax', overridesMax] as const]) {
    if (!Number.isInteger(count) || count < 0) return { field, problem: 'has to be a whole number from 0 on' };
  }
  return undefined;
}

function pinProblem(pins: readonly InstrumentPin[]): PolicyProblem | undefined {
  const seen = new InstrumentMap<true>();
  for (const { dataset, symbol, partition } of pins) {
    if (seen.get(dataset, symbol) === true)
      return { field: 'pins', problem: `${symbol} in ${dataset} is pinned twice` };
    seen.set(dataset, symbol, true);
    if (!isPackable({ partition, epoch: 0 })) return { field: 'pins', problem: `${symbol} is pinned to no partition` };
  }
  return undefined;
}

function isFinitePositive(value: number): boolean {
  return value > 0 && value < Infinity;
}
