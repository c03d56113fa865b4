/**
 * The placement as a status shows it. In: what the coordinator knows, what the status said before. Out: fields of the status. Rates
 * and skew follow only when they changed much, because a status that follows every report would write all the time.
 */
import { explainMove, type PlannedMove } from '@tapeline/domain';
import { hotToldMax, movesToldMax } from '../crd/placement-status-schema.ts';
import type { ToldHot, ToldOrder } from '../crd/placement-memory.ts';
import type { SeenMove, SeenOrder, SeenPlacement, SeenRate } from '../observe/seen-placement.ts';

const whyCharsMax = 256;
/** In percent: the skew is told in tens, and stays as told while it is less than a step away. */
const skewStep = 10;

/** The skew to tell, in percent: as told before while the new one is near. */
export function toldSkew(before: number | undefined, skew: number): number {
  const percent = skew * 100;
  if (before !== undefined && Math.abs(percent - before) < skewStep) return before;
  return Math.round(percent / skewStep) * skewStep;
}

/** One significant digit of a rate, at least 1 where something comes. */
export function toldRate(ticksPerSec: number): number {
  if (!(ticksPerSec > 0)) return 0;
  if (ticksPerSec < 1) return 1;
  const unit = 10 ** Math.floor(Math.log10(ticksPerSec));
  return Math.round(ticksPerSec / unit) * unit;
}

/** The busiest to tell: those told before while they are where they were and no rate is off by more than a factor of two. */
export function toldHot(before: readonly ToldHot[], busiest: readonly SeenRate[]): readonly ToldHot[] {
  const now = busiest.slice(0, hotToldMax);
  const isSame =
    before.length === now.length &&
    now.every((rate) => {
      const told = before.find(({ dataset, symbol }) => dataset === rate.dataset && symbol === rate.symbol);
      if (told === undefined) return false;
      const [isThere, isNear] = [told.partition === rate.partition, isWithinTwo(told.ticksPerSecond, rate.ticksPerSec)];
      return isThere && told.dedicated === rate.isDedicated && isNear;
    });
  if (isSame) return before;
  return now.map(({ dataset, symbol, ticksPerSec, partition, isDedicated }) => ({
    dataset,
    symbol,
    ticksPerSecond: toldRate(ticksPerSec),
    partition,
    dedicated: isDedicated,
  }));
}

function isWithinTwo(told: number, rate: number): boolean {
  return rate >= told / 2 && rate <= told * 2;
}

/**
 * Counts of what broke order: those that are seen once every partition reports, and never fewer than told before until then. They have
 * the silent partitions in them, so what another one adds meanwhile is above what was told.
 */
export function toldOrder(before: ToldOrder | undefined, seen: SeenOrder, partitions: number): ToldOrder {
  const { declaredGaps, violations, reporting } = seen;
  if (reporting >= partitions || before === undefined) return { declaredGaps, violations };
  return {
    declaredGaps: Math.max(before.declaredGaps, declaredGaps),
    violations: Math.max(before.violations, violations),
  };
}

/** A move as the status has it. */
export function toldMove({ dataset, symbol, epoch, from, to, phase, sinceMs }: SeenMove): Record<string, unknown> {
  return { dataset, symbol, epoch, from, to, phase, since: `${new Date(sinceMs).toISOString().slice(0, 19)}Z` };
}

/** The first moves under way; all are counted beside them. */
export function toldMoves(moves: readonly SeenMove[]): readonly Record<string, unknown>[] {
  return moves.slice(0, movesToldMax).map(toldMove);
}

/** The plan, bounded; undefined if there is none. */
export function toldPlan({ plan, isMeasured }: SeenPlacement): Record<string, unknown> | undefined {
  if (plan === undefined || !isMeasured) return undefined;
  const moves = plan.moves.slice(0, movesToldMax).map(plannedMove);
  return {
    count: plan.moves.length,
    partitionsWanted: plan.partitionsWanted,
    skewPercent: toldSkew(undefined, plan.skew.after),
    // The API drops a list that an apply empties, so an empty one would differ from what was written, and be written again.
    ...(moves.length === 0 ? {} : { moves }),
  };
}

function plannedMove(move: PlannedMove): Record<string, unknown> {
  const { dataset, symbol, from, to, reason } = move;
  // In rough figures, so that the same plan is the same text while rates breathe.
  const rough = {
    ...move,
    ticksPerSec: toldRate(move.ticksPerSec),
    fromLoad: { before: toldRate(move.fromLoad.before), after: toldRate(move.fromLoad.after) },
    toLoad: { before: toldRate(move.toLoad.before), after: toldRate(move.toLoad.after) },
  };
  const ticksPerSecond = rough.ticksPerSec;
  const why = explainMove(rough).slice(0, whyCharsMax);
  return { dataset, symbol, from: from.partition, to, reason, ticksPerSecond, why };
}
