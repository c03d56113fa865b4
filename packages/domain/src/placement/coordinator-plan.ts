/**
 * A round of planning. In: the mode, the policy, the map, rates and rows. Out: the plan as it is shown, and the moves that the coordinator
 * shall make now. Before the meters have measured for a half-life only the policy's pins are followed, since the rates are
 * rough until then.
 */
import { InstrumentMap } from './instrument-map.ts';
import type { MergedRates } from './merged-rates.ts';
import type { WantedMove } from './placement-change.ts';
import type { PlacementPolicy } from './placement-policy.ts';
import type { Placement } from './placement.ts';
import type { MeasuredInstrument, MoveReason, Plan } from './plan-types.ts';
import { planPlacement } from './planner.ts';
import type { UnfitReason } from './unfit-reason.ts';

/**
 * `auto`: plans are carried out. `propose`: they are shown, and nothing moves. `off`: nothing is planned. What is in a map is brought to
 * its end in each of them; what is only prepared when `auto` ends is dropped.
 */
export const coordinatorModes = ['auto', 'propose', 'off'] as const;

/** One of them. */
export type CoordinatorMode = (typeof coordinatorModes)[number];

/** What is known of an instrument's row. */
export type InstrumentRow = { readonly pin?: number | undefined };

/** What a round goes by. */
export type PlanRound = {
  readonly mode: CoordinatorMode;
  readonly policy: PlacementPolicy;
  readonly placement: Placement;
  /** Partitions that can be used now. */
  readonly partitions: number;
  readonly rates: MergedRates;
  /** The longest half-life of the meters, ms of log time. */
  readonly halfLifeMs: number;
  readonly unfit: ReadonlyMap<number, UnfitReason>;
  /** The row of an instrument; `undefined` if it has none, or it is not known yet. */
  readonly rowOf: (dataset: string, symbol: string) => InstrumentRow | undefined;
};

/** What came of it. */
export type PlannedRound = {
  /** `undefined` in mode `off`. */
  readonly plan: Plan | undefined;
  /** Moves to be made now, in the order of the plan. */
  readonly wanted: readonly WantedMove[];
  /** ms of log time until all of a plan is carried out; 0 = it is. */
  readonly measuringMs: number;
};

/** Reasons that do not depend on rates. */
const ofPolicy: readonly MoveReason[] = ['pinned', 'unpinned'];

/** Plans a round. Throws `RangeError` for a policy that has a problem. */
export function planRound(round: PlanRound): PlannedRound {
  const { mode, rates, halfLifeMs } = round;
  const measuringMs = Math.max(0, halfLifeMs - rates.measuredMs);
  if (mode === 'off') return { plan: undefined, wanted: [], measuringMs };
  const plan = planNow(round);
  const isMeasured = halfLifeMs > 0 && measuringMs === 0;
  const moves = plan.moves.filter(({ reason }) => isMeasured || ofPolicy.includes(reason));
  const wanted = moves.map(({ dataset, symbol, to, standing }) => {
    return { dataset, symbol, to, standing, pin: round.rowOf(dataset, symbol)?.pin };
  });
  return { plan, wanted: mode === 'auto' ? wanted : [], measuringMs };
}

/** The plan by what is known now, whatever the mode: a dry run. Throws `RangeError` for a policy that has a problem. */
export function planNow({ placement, partitions, rates, policy, unfit, rowOf }: Omit<PlanRound, 'mode'>): Plan {
  const instruments = new InstrumentMap<MeasuredInstrument>();
  rates.ticksPerSec.forEach((ticksPerSec, dataset, symbol) => {
    // What is measured was listed, so it has a row. One that is not known yet has no pin that we know of: the row decides at its move.
    instruments.set(dataset, symbol, { ticksPerSec, pin: rowOf(dataset, symbol)?.pin });
  });
  for (const { dataset, symbol } of policy.pins) {
    const row = rowOf(dataset, symbol);
    // A quiet one has a row too: without it the planner would take it for one that nobody has seen.
    if (row !== undefined && instruments.get(dataset, symbol) === undefined) {
      instruments.set(dataset, symbol, { ticksPerSec: 0, pin: row.pin });
    }
  }
  return planPlacement({ placement, partitions, logTimeMs: rates.logTimeMs, instruments, policy, unfit });
}
