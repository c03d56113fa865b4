/**
 * What is told of where instruments live. In: what is declared, what the coordinator knows, what was told before. Out: the findings
 * on order and skew, and fields of the status. Whether a gap was read is a person's to say: an annotation names how many were.
 */
import { explainStay, type Plan, quietShare } from '@tapeline/domain';
import { annotations } from '../crd/group.ts';
import type { ToldByCoordinator, ToldOrder } from '../crd/placement-memory.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import type { SeenPlacement } from '../observe/seen-placement.ts';
import type { StreamObserved } from '../observe/stream-observed.ts';
import { type Finding, finding, truths } from './condition.ts';
import { toldHot, toldMoves, toldOrder, toldPlan, toldSkew } from './placement-told.ts';
import { type StreamReason, streamReasons } from './stream-reasons.ts';

/** What was decided on the placement. */
export type PlacementDecision = {
  readonly order: Finding<StreamReason<'OrderProtected'>>;
  readonly skew: Finding<StreamReason<'Skewed'>>;
  /** Fields of the status. */
  readonly fields: Readonly<Record<string, unknown>>;
};

/** What was decided before: why no move begins now, and whether a coordinator runs from now on. */
type Around = { readonly heldBack: string | undefined; readonly runs: boolean };

/** Decides what to tell. */
export function decidePlacement(
  stream: TickStream,
  { placement }: StreamObserved,
  { heldBack, runs }: Around,
): PlacementDecision {
  const { memory } = stream;
  const { placement: before } = memory;
  if (placement.kind !== 'seen') {
    // One that begins in another process than the last one reads `control` for a moment, in which nothing has changed.
    const told = runs && placement.kind === 'not-looked' ? before.byCoordinator : undefined;
    const order =
      placement.kind === 'failed'
        ? finding('Unknown', 'CoordinatorFailing' as const, placement.failure.message)
        : (toldAgain(told, 'OrderProtected') ?? unreported(stream));
    const unknown = 'rates are known once the coordinator runs; see OrderProtected';
    const skew = toldAgain(told, 'Skewed') ?? finding('Unknown', 'NotMeasured' as const, unknown);
    const fields = { ...rememberedFields(stream), ...told?.fields };
    return { order: brokenOrder(stream, before.order) ?? order, skew, fields };
  }
  const seen = placement.value;
  const order = toldOrder(before.order, seen.order, seen.placement.partitions);
  const isKnown = seen.plan !== undefined && seen.isMeasured;
  const skewPercent = isKnown ? toldSkew(before.skewPercent, seen.plan.skew.before) : undefined;
  return {
    order: brokenOrder(stream, order) ?? keptOrder(seen, order),
    skew: decideSkew(stream, seen, skewPercent, heldBack),
    fields: fieldsOf(stream, seen, order, skewPercent),
  };
}

/** The finding that was told; undefined where there was none, or none that this program knows. */
function toldAgain<Type extends 'OrderProtected' | 'Skewed'>(
  told: ToldByCoordinator | undefined,
  type: Type,
): Finding<StreamReason<Type>> | undefined {
  const condition = told?.conditions.get(type);
  const status = truths.find((truth) => truth === condition?.status);
  const reasons: readonly StreamReason<Type>[] = streamReasons[type];
  const reason = reasons.find((one) => one === condition?.reason);
  if (condition === undefined || status === undefined || reason === undefined) return undefined;
  return finding(status, reason, condition.message);
}

function unreported({ isPaused, placement: { mode } }: TickStream): Finding<StreamReason<'OrderProtected'>> {
  const why = isPaused
    ? 'no coordinator runs while spec.paused is true'
    : 'no coordinator runs before the stream is made and its topic control is there; see TopicsReady';
  return finding('Unknown', 'NotReported', `nobody counts gaps now: ${why} (spec.placement.mode is ${mode})`);
}

/** What somebody has not read yet; undefined = nothing. */
function brokenOrder(
  { object }: TickStream,
  order: ToldOrder | undefined,
): Finding<StreamReason<'OrderProtected'>> | undefined {
  if (order === undefined) return undefined;
  const { declaredGaps, violations } = order;
  const command = (annotation: string, count: number): string =>
    `kubectl annotate --overwrite ${object.kind.toLowerCase()}/${object.name} ${annotation}=${count}`;
  if (readOf(violations, object.violationsRead) < violations) {
    return finding(
      'False',
      'OrderViolated',
      `${violations} records contradict the rules of moves and changed nothing, ${readOf(violations, object.violationsRead)} of them were looked into; keep the log and report them, see docs/runbooks/order-broken.md, then ${command(annotations.violationsRead, violations)}`,
    );
  }
  if (readOf(declaredGaps, object.gapsRead) < declaredGaps) {
    return finding(
      'False',
      'GapUnread',
      `${declaredGaps} ticks never came and what followed them was counted without them, ${readOf(declaredGaps, object.gapsRead)} of them were looked into; see docs/runbooks/order-broken.md for which, then ${command(annotations.gapsRead, declaredGaps)}`,
    );
  }
  return undefined;
}

/** A number above what there is names something else, such as the log before this one, so it stands for none. */
function readOf(count: number, read: number): number {
  return read <= count ? read : 0;
}

function keptOrder({ order, placement }: SeenPlacement, told: ToldOrder): Finding<StreamReason<'OrderProtected'>> {
  const all = told.declaredGaps + told.violations;
  if (order.reporting === 0)
    return finding('Unknown', 'NotReported', 'no worker reports on its partitions; see WorkersReady');
  const which =
    order.reporting < placement.partitions ? `${order.reporting} of ${placement.partitions} partitions report; ` : '';
  const text = all === 0 ? 'no gap was declared' : `all ${all} gaps and breaks were looked into`;
  return finding('True', 'OrderKept', `${which}${text}`);
}

function decideSkew(
  stream: TickStream,
  { plan, moves }: SeenPlacement,
  told: number | undefined,
  heldBack: string | undefined,
): Finding<StreamReason<'Skewed'>> {
  const { mode, policy } = stream.placement;
  if (plan === undefined || told === undefined) {
    const why =
      mode === 'Off'
        ? 'spec.placement.mode is Off, so nobody weighs partitions; Propose does, and moves nothing'
        : 'rates were not measured for long enough yet; see WorkersReady';
    return finding('Unknown', 'NotMeasured', why);
  }
  const most = Math.round(policy.skewMax * 100);
  const text = `the busiest of the shared partitions carries some ${told} % of their mean, and ${most} % is the most wanted`;
  if (told <= most) return finding('False', 'Balanced', text);
  const busiest = plan.partitions.reduce(
    (load, { role, before }) => (role === 'shared' ? Math.max(load, before) : load),
    0,
  );
  if (busiest < policy.targetTicksPerSec * quietShare) {
    return finding(
      'False',
      'TooQuiet',
      `${text}; it carries less than ${quietShare * 100} % of the target, so nothing moves`,
    );
  }
  if (mode !== 'Auto') {
    return finding(
      'True',
      'NotSpread',
      `${text}; spec.placement.mode is ${mode}: set it to Auto, or move instruments by pins`,
    );
  }
  if (moves.length === 0 && plan.moves.length > 0 && heldBack !== undefined)
    return finding('True', 'Spreading', `${text}; ${heldBack}, then instruments are moved`);
  if (moves.length > 0 || plan.moves.length > 0)
    return finding('True', 'Spreading', `${text}; instruments are being moved`);
  const stay = plan.stays[0];
  const why = stay === undefined ? 'what is in it cannot be parted further' : explainStay(stay);
  return finding(
    'True',
    'CannotSpread',
    `${text}; ${why}; add partitions, or see kubectl tapeline top ${stream.object.name}`,
  );
}

/** Moves that are under way, if they are told at all. */
function fieldsOf(
  stream: TickStream,
  seen: SeenPlacement,
  order: ToldOrder,
  skewPercent: number | undefined,
): Readonly<Record<string, unknown>> {
  const { placement, moves, busiest } = seen;
  const plan = stream.placement.mode === 'Propose' ? toldPlan(seen) : undefined;
  const hot = toldHot(stream.memory.placement.hot, busiest);
  return {
    epoch: placement.epoch,
    placedPartitions: placement.partitions,
    moves: moves.length,
    // The API drops a list that an apply empties, so an empty one would differ from what was written, and be written again.
    ...(moves.length === 0 ? {} : { movesUnderWay: toldMoves(moves) }),
    ...(hot.length === 0 ? {} : { hotSymbols: hot }),
    ...(skewPercent === undefined ? {} : { skewPercent }),
    ...(plan === undefined ? {} : { plan }),
    order,
  };
}

/** What earlier looks found stays while nobody can look; moves are told by who moves, or is about to. */
function rememberedFields({ memory }: TickStream): Readonly<Record<string, unknown>> {
  const { epoch, placedPartitions, hot, skewPercent, order } = memory.placement;
  return {
    epoch: epoch ?? 0,
    ...(placedPartitions === undefined ? {} : { placedPartitions }),
    ...(hot.length === 0 ? {} : { hotSymbols: hot }),
    ...(skewPercent === undefined ? {} : { skewPercent }),
    ...(order === undefined ? {} : { order }),
  };
}

/** Whether the plan keeps this instrument from where its pin wants it. */
export function stayOfPin(
  plan: Plan | undefined,
  { dataset, symbol }: { readonly dataset: string; readonly symbol: string },
): Plan['stays'][number] | undefined {
  return plan?.stays.find((stay) => stay.wanted === 'pinned' && stay.dataset === dataset && stay.symbol === symbol);
}
