/**
 * The coordinator of a stream on its seams. In: an order, the log's `control` and ticks, the store. Out: a coordinator that leads under
 * tokens of the operator's term, and no longer than that. Whoever is frozen past its term takes no token any more when it goes on;
 * a token that it still has is void once another was read.
 */
import { LeadControl, type LeadControlParts, type Steering } from '@tapeline/control';
import type { CoordinatorMode } from '@tapeline/domain';
import type { Clock, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { CoordinatorOrder } from '../apply/ports.ts';
import type { PlacementMode } from '../crd/placement-schema.ts';
import type { CoordinatorPlan } from '../decide/coordinator-wish.ts';
import type { Term } from '../runtime/leader-election.ts';
import { isTold } from './move-events.ts';
import { seenStatus } from './seen-status.ts';
import type { CoordinatorListener, RunningCoordinator } from './stream-coordinators.ts';

/** The seams that it works on. */
export type CoordinatorSeams = Pick<LeadControlParts, 'control' | 'ticks' | 'partitions' | 'store'>;

/** What every coordinator of a process has. */
export type CoordinatorParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: RandomSource;
};

/** Tokens of one term: so many coordinators of a stream one after the other, each with a token of its own. */
const tokensOfTerm = 65_536;
/** Another process that leads for longer than this is told, ms; that one takes over from another is ordinary. */
const strangerMs = 90_000;

const modes: Readonly<Record<PlacementMode, CoordinatorMode>> = { Auto: 'auto', Propose: 'propose', Off: 'off' };

/** Begins to lead, or to follow until it may. */
export function leadCoordinator(
  { clock, logger, metrics, random }: CoordinatorParts,
  seams: CoordinatorSeams,
  { object, term, plan }: CoordinatorOrder,
  listener: CoordinatorListener,
): RunningCoordinator {
  const { namespace = '', name } = object.metadata;
  const stream = `${namespace}/${name}`;
  // Once, so that what happened keeps its time in the status.
  const aheadMs = clock.nowMs() - clock.monotonicMs();
  let ledMs = clock.monotonicMs();
  // Also while nobody looks: it tells of itself at least once a round of planning.
  const noteLed = (): void => {
    const status = lead.status();
    if (status === undefined || status.token !== undefined) ledMs = clock.monotonicMs();
  };
  const lead: LeadControl = new LeadControl(
    {
      ...seams,
      clock,
      random,
      metrics,
      stream,
      logger: logger.child({ stream }),
      retentionMs: plan.retentionMs,
      takeToken: (highestRead) => tokenOf(term, highestRead),
      listener: {
        tell: (event) => {
          if (isTold(event)) listener.told(event);
        },
        changed: () => {
          noteLed();
          listener.changed();
        },
        lost: (error) => listener.lost(error),
      },
    },
    steeringOf(plan),
  );
  return {
    steer: (wanted) => lead.steer(steeringOf(wanted)),
    look: () => {
      const status = lead.status();
      if (status === undefined) return undefined;
      const newest = Array.from(lead.follower.reports.partitions, ({ report }) => report);
      return seenStatus(status, newest, aheadMs);
    },
    problem: () => {
      noteLed();
      if (clock.monotonicMs() - ledMs < strangerMs) return undefined;
      return `another process coordinates the moves of ${plan.stream}, or its topic control takes no records: end what else leads it, such as npm start -- placement or an operator of another cluster, and see the operator's log`;
    },
    close: () => lead.stop(),
  };
}

/** A token above every one that was read, as long as the term is held for certain; undefined once it is not, or above 2^53 - 1. */
export function tokenOf(term: Term, highestRead: number): number | undefined {
  if (!term.isHeld()) return undefined;
  const token = Math.max(term.token * tokensOfTerm, highestRead + 1);
  return Number.isSafeInteger(token) ? token : undefined;
}

function steeringOf({ mode, policy }: CoordinatorPlan): Steering {
  return { mode: modes[mode], policy };
}
