/**
 * The instruments of a plan. In: what was measured, the placement, the policy. Out: one item each, with its rate as a whole
 * number of thousandths of a tick a second: sums of those are exact, so a plan does not depend on the order of its input.
 */
import { homePartition } from './home.ts';
import { InstrumentMap, type InstrumentName } from './instrument-map.ts';
import type { Place, Standing } from './override.ts';
import type { MeasuredInstrument, PlanInput } from './plan-types.ts';

/** An instrument while a plan is made. */
export type PlanItem = InstrumentName & {
  /** Thousandths of a tick a second, a whole number. */
  readonly milli: number;
  /** Where it is before the plan. */
  readonly from: Place;
  /** Where it was first: its row's pin, or home. */
  readonly first: number;
  /** The partition that the policy pins it to. */
  readonly pinnedTo: number | undefined;
  /** Its last move is still listed (C5). */
  readonly isPending: boolean;
  /** ms of log time until it may move again, but by a pin. */
  readonly waitMs: number;
  /** Where it is by the plan so far. */
  partition: number;
  /** Why it stands there by the plan so far; `undefined` if it was never moved. */
  standing: Standing | undefined;
  /** Whether the plan has moved it. */
  isMoved: boolean;
};

/** Thousandths in one. */
export const milliPerTick = 1_000;

/** Most thousandths of one instrument; the sum of 90,000 such is still exact. */
const milliMax = 1e11;

/** Items of all measured instruments, and of all that were moved for another reason than to even out loads. */
export function planItems(input: PlanInput): PlanItem[] {
  const pins = new InstrumentMap<number>();
  for (const { dataset, symbol, partition } of input.policy.pins) pins.set(dataset, symbol, partition);
  const items: PlanItem[] = [];
  const add = (dataset: string, symbol: string, measured: MeasuredInstrument): void => {
    items.push(itemOf(input, dataset, symbol, measured, pins.get(dataset, symbol)));
  };
  input.instruments.forEach((measured, dataset, symbol) => add(dataset, symbol, measured));
  input.placement.forEachOverride(({ standing }, dataset, symbol) => {
    if (input.instruments.get(dataset, symbol) !== undefined) return;
    const isPlain = standing === 'spread' && pins.get(dataset, symbol) === undefined;
    if (!isPlain) add(dataset, symbol, { ticksPerSec: 0 });
  });
  return items;
}

function itemOf(
  { placement, policy, logTimeMs }: PlanInput,
  dataset: string,
  symbol: string,
  { ticksPerSec, pin }: MeasuredInstrument,
  pinnedTo: number | undefined,
): PlanItem {
  const first = pin ?? homePartition(dataset, symbol, placement.basePartitions);
  const override = placement.overrideOf(dataset, symbol);
  const movedAtMs = override === undefined ? undefined : placement.movedAtMs(override.epoch);
  const partition = override?.partition ?? first;
  return {
    dataset,
    symbol,
    milli: milliOf(ticksPerSec),
    from: { partition, epoch: override?.epoch ?? 0 },
    first,
    pinnedTo,
    isPending: placement.moveOf(dataset, symbol) !== undefined,
    waitMs: movedAtMs === undefined ? 0 : Math.max(0, movedAtMs + policy.cooldownMs - logTimeMs),
    partition,
    standing: override?.standing,
    isMoved: false,
  };
}

function milliOf(ticksPerSec: number): number {
  return ticksPerSec > 0 ? Math.min(Math.round(ticksPerSec * milliPerTick), milliMax) : 0;
}
