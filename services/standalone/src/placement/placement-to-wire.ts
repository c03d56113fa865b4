/**
 * What a coordinator knows, in the words of the contract. In: its status. Out: messages of `PlacementService`. Numbers are as the
 * coordinator has them; what nobody reported is 0 or empty, as the contract says.
 */
import {
  explainMove,
  explainStay,
  homePartition,
  type InstrumentEntry,
  type InstrumentName,
  type InstrumentPin,
  compareNames,
  type Plan,
  type StoredInstrument,
} from '@tapeline/domain';
import type { LeadStatus } from '@tapeline/control';
import type { wirePlacement } from '@tapeline/wire';

/** The answer of GetPlacement, with so many of the busiest instruments. */
export function placementToAnswer(
  status: LeadStatus,
  pins: readonly InstrumentPin[],
  busiest: number,
  nowMs: number,
): Omit<wirePlacement.GetPlacementResponse, 'instruments'> {
  const { mode, state, placement, planned } = status;
  const rates = status.rates.ticksPerSec.sorted();
  return {
    mode,
    state,
    epoch: placement.epoch,
    basePartitions: placement.basePartitions,
    overrides: placement.overrideCount,
    partitions: partitionsToWire(status, rates),
    moves: movesToWire(status, nowMs),
    busiest: rates
      .toSorted((one, other) => other.value - one.value)
      .slice(0, busiest)
      .map((entry) => placeToWire(status, pins, entry)),
    pins: pins.toSorted(compareNames).map((pin) => ({ ...pin })),
    ...(planned?.plan === undefined ? {} : { plan: planToWire(planned.plan) }),
    measuringMs: BigInt(Math.ceil(planned?.measuringMs ?? 0)),
  };
}

/** Where an instrument lives. */
export function placeToWire(
  { placement, rates }: LeadStatus,
  pins: readonly InstrumentPin[],
  { dataset, symbol, pin }: InstrumentName & Pick<Partial<StoredInstrument>, 'pin'>,
): wirePlacement.InstrumentPlace {
  const { partition, epoch } = placement.lookUp({ dataset, symbol, pin });
  const pinnedTo = pins.find((other) => other.dataset === dataset && other.symbol === symbol)?.partition;
  return {
    dataset,
    symbol,
    partition,
    epoch,
    firstPartition: pin ?? homePartition(dataset, symbol, placement.basePartitions),
    standing: placement.overrideOf(dataset, symbol)?.standing ?? 'first',
    ticksPerSecond: rates.ticksPerSec.get(dataset, symbol) ?? 0,
    ...(pinnedTo === undefined ? {} : { pinnedTo }),
  };
}

/** A plan. */
export function planToWire(plan: Plan): wirePlacement.PlacementPlan {
  return {
    moves: plan.moves.map((move) => ({
      dataset: move.dataset,
      symbol: move.symbol,
      fromPartition: move.from.partition,
      toPartition: move.to,
      reason: move.reason,
      stays: '',
      ticksPerSecond: move.ticksPerSec,
      text: explainMove(move),
    })),
    stays: plan.stays.map((stay) => ({
      dataset: stay.dataset,
      symbol: stay.symbol,
      ...(stay.partition === undefined ? {} : { fromPartition: stay.partition }),
      ...(stay.to === undefined ? {} : { toPartition: stay.to }),
      reason: stay.wanted,
      stays: stay.stays,
      ticksPerSecond: stay.ticksPerSec,
      text: explainStay(stay),
    })),
    skewBefore: plan.skew.before,
    skewAfter: plan.skew.after,
    partitionsWanted: plan.partitionsWanted,
  };
}

function partitionsToWire(
  status: LeadStatus,
  rates: readonly InstrumentEntry<number>[],
): wirePlacement.PlacementPartition[] {
  const { placement, planned, unfit } = status;
  const loads = new Float64Array(status.partitions);
  for (const { dataset, symbol, value } of rates) {
    // A pin of a row is not asked for here: what is measured and was never moved is shown where the hash puts it.
    const { partition } = placement.lookUp({ dataset, symbol });
    loads[partition] = (loads[partition] ?? 0) + value;
  }
  return Array.from(loads, (ticksPerSecond, partition) => {
    const report = status.reports.find((each) => each.partition === partition);
    const role = planned?.plan?.partitions[partition]?.role ?? '';
    return {
      partition,
      ticksPerSecond,
      // The first plan is made before the owners of partitions have reported.
      role: role === 'unfit' && !unfit.has(partition) ? '' : role,
      unfit: unfit.get(partition) ?? '',
      worker: report?.worker ?? '',
      lagMs: report?.lagMs ?? 0,
      parkedEntries: BigInt(report?.parkedEntries ?? 0),
      parkedBytes: BigInt(report?.parkedBytes ?? 0),
      heldTicks: BigInt(report?.heldTicks ?? 0),
      strays: BigInt(report?.strays ?? 0),
      declaredGaps: BigInt(report?.declaredGaps ?? 0),
      orderViolations: BigInt(report?.orderViolations ?? 0),
    };
  });
}

function movesToWire({ moves, preparing, preparingSinceMs, placement }: LeadStatus, nowMs: number) {
  const ms = (sinceMs: number): bigint => BigInt(Math.max(0, Math.round(nowMs - sinceMs)));
  const prepared = preparing.map((move) => ({
    dataset: move.dataset,
    symbol: move.symbol,
    epoch: placement.epoch + 1,
    fromPartition: placement.lookUp(move).partition,
    toPartition: move.to,
    phase: 'preparing',
    ageMs: ms(preparingSinceMs),
    phaseMs: ms(preparingSinceMs),
  }));
  const published = moves.map((move) => ({
    dataset: move.dataset,
    symbol: move.symbol,
    epoch: move.epoch,
    fromPartition: move.from,
    toPartition: move.to,
    phase: move.phase,
    ageMs: ms(move.knownMs),
    phaseMs: ms(move.sinceMs),
  }));
  return [...prepared, ...published].toSorted(compareNames);
}
