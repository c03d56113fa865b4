/**
 * What a leader of `control` knows, as rounds read it. In: its status, and by how much the wall clock is ahead of the monotonic one. Out:
 * moves with their phases, the busiest instruments, what broke order. Pure: the same status gives the same value.
 */
import type { LeadStatus } from '@tapeline/control';
import {
  InstrumentMap,
  type InstrumentName,
  type MovePhase as LeadPhase,
  type PartitionReport,
} from '@tapeline/domain';
import { hotToldMax, type MovePhase } from '../crd/placement-status-schema.ts';
import type { SeenMove, SeenPlacement, SeenRate } from '../observe/seen-placement.ts';

const phases: Readonly<Record<Exclude<LeadPhase, 'arrived'>, MovePhase>> = {
  published: 'Published',
  moved: 'Moved',
  'handed-over': 'HandedOver',
};

/**
 * The value; `newest` = the newest report of each partition, however old: what broke order in one that is silent now stays broken.
 * `aheadMs` = wall clock minus monotonic clock, the same all the time, so that a move keeps its time.
 */
export function seenStatus(
  status: LeadStatus,
  newest: readonly Pick<PartitionReport, 'declaredGaps' | 'orderViolations'>[],
  aheadMs: number,
): SeenPlacement {
  const { placement, planned, rates, reports } = status;
  return {
    placement,
    moves: [...preparingMoves(status, aheadMs), ...inFlight(status, aheadMs)].toSorted(byEpoch),
    plan: planned?.plan,
    isMeasured: planned !== undefined && planned.measuringMs === 0 && rates.measuredMs > 0,
    busiest: busiestOf(status),
    order: {
      declaredGaps: newest.reduce((sum, { declaredGaps }) => sum + declaredGaps, 0),
      violations: newest.reduce((sum, { orderViolations }) => sum + orderViolations, 0),
      reporting: reports.length,
    },
  };
}

function preparingMoves({ placement, preparing, preparingSinceMs }: LeadStatus, aheadMs: number): readonly SeenMove[] {
  return preparing.map(({ dataset, symbol, pin, to }) => ({
    dataset,
    symbol,
    epoch: placement.epoch + 1,
    from: placement.lookUp({ dataset, symbol, pin }).partition,
    to,
    phase: 'Preparing',
    sinceMs: preparingSinceMs + aheadMs,
  }));
}

function inFlight({ moves }: LeadStatus, aheadMs: number): readonly SeenMove[] {
  return moves.flatMap(({ dataset, symbol, epoch, from, to, phase, sinceMs }) =>
    phase === 'arrived' ? [] : [{ dataset, symbol, epoch, from, to, phase: phases[phase], sinceMs: sinceMs + aheadMs }],
  );
}

function byEpoch(one: SeenMove, other: SeenMove): number {
  if (one.epoch !== other.epoch) return one.epoch - other.epoch;
  if (one.dataset !== other.dataset) return one.dataset < other.dataset ? -1 : 1;
  return one.symbol < other.symbol ? -1 : 1;
}

function busiestOf({ placement, planned, rates, reports }: LeadStatus): readonly SeenRate[] {
  const all: (InstrumentName & { readonly ticksPerSec: number })[] = [];
  rates.ticksPerSec.forEach((ticksPerSec, dataset, symbol) => all.push({ dataset, symbol, ticksPerSec }));
  const first = all
    .toSorted((one, other) => other.ticksPerSec - one.ticksPerSec || (one.symbol < other.symbol ? -1 : 1))
    .slice(0, hotToldMax);
  const counted = first.length === 0 ? new InstrumentMap<number>() : countedIn(first, reports);
  return first.map(({ dataset, symbol, ticksPerSec }) => {
    const override = placement.overrideOf(dataset, symbol);
    // Where it was never moved its row may say another partition than its home, and whoever counts it has it.
    const partition =
      override?.partition ?? counted.get(dataset, symbol) ?? placement.lookUp({ dataset, symbol }).partition;
    const isOwn = override?.standing === 'dedicated' || planned?.plan?.partitions[partition]?.role === 'dedicated';
    return { dataset, symbol, ticksPerSec, partition, isDedicated: isOwn };
  });
}

/** The partition that counted most of each of them lately. */
function countedIn(instruments: readonly InstrumentName[], reports: readonly PartitionReport[]): InstrumentMap<number> {
  const found = new InstrumentMap<number>();
  for (const { dataset, symbol } of instruments) {
    let [most, partition] = [0, -1];
    for (const report of reports) {
      const ticks = report.rates.ticks.get(dataset, symbol) ?? 0;
      if (ticks > most) [most, partition] = [ticks, report.partition];
    }
    if (partition >= 0) found.set(dataset, symbol, partition);
  }
  return found;
}
