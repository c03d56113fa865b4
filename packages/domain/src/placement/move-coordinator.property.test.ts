/**
 * C0 to C7 over coordinators that depose each other at any step, lose replies and wake up late: one chain of maps, one target for an
 * instrument and epoch, and each Move in its log before its move leaves the list and before the next one. A world that breaks is
 * named by its seed; TAPELINE_SEED=n runs that one alone.
 */
import { expect, test } from 'vitest';
import { CoordinatorWorld } from '../../test-kit/coordinator-world.ts';
import {
  type CoordinatorEvent,
  coordinatorEvents,
  type CoordinatorState,
  coordinatorStates,
  type TermEnd,
  termEnds,
} from './coordinator-types.ts';

const seeds = 1_500;

/** In move-coordinator.test.ts: a control log that refuses, and three leaders whose keys compaction took out in between. */
const unmet: readonly TermEnd[] = ['refused', 'gone'];

type Met = {
  readonly events: Set<CoordinatorEvent>;
  readonly ends: Set<TermEnd>;
  readonly states: Set<CoordinatorState>;
  /** States in which a coordinator was deposed. */
  readonly deposed: Set<CoordinatorState>;
};

function runWorld(seed: number, met: Met): void {
  try {
    new CoordinatorWorld(seed, (one) => {
      if ('state' in one) (one.during === 'any' ? met.states : met.deposed).add(one.state);
      else {
        met.events.add(one.news.event);
        if (one.news.end !== undefined) met.ends.add(one.news.end);
      }
    }).run();
  } catch (error) {
    throw new RangeError(`seed ${seed} breaks, TAPELINE_SEED=${seed} runs it alone: ${String(error)}`, {
      cause: error,
    });
  }
}

test('whoever leads, whoever wakes up and whatever is lost, the chain of maps is one and its Moves are in order', () => {
  const only = Number(process.env['TAPELINE_SEED'] ?? 0);
  const met: Met = { events: new Set(), ends: new Set(), states: new Set(), deposed: new Set() };
  for (let seed = only || 1; seed <= (only || seeds); seed += 1) runWorld(seed, met);
  if (only !== 0) return;
  expect(coordinatorEvents.filter((event) => !met.events.has(event))).toEqual([]);
  expect(termEnds.filter((end) => !met.ends.has(end))).toEqual(unmet);
  expect(coordinatorStates.filter((state) => !met.states.has(state))).toEqual([]);
  expect(coordinatorStates.filter((state) => state !== 'follower' && !met.deposed.has(state))).toEqual([]);
});
