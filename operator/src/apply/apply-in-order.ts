/**
 * One effect after the other. In: actions, what does one, what a failure stands in the way of. Out: how many were done, and what
 * failed. Nothing is begun once the round is over or another may lead.
 */
import type { Failure } from '../decide/failure.ts';
import { failureOf } from '../observe/outside-failure.ts';

/** An effect that failed. */
export type FailedAction<Of> = { readonly of: Of; readonly failure: Failure };

/** How it went; what was done need not be the first of the actions. */
export type Applied<Action extends { readonly of: unknown }> = {
  readonly done: readonly Action[];
  readonly failed: readonly FailedAction<Action['of']>[];
};

/** What a round of effects heeds. */
export type Round<Action> = {
  readonly signal: AbortSignal;
  /** False once another may lead: then nothing outside the cluster is touched either. */
  readonly isHeld: () => boolean;
  /** Told of each effect that was done. */
  readonly onDone: (action: Action) => void;
};

/** How effects are done. */
export type Performing<Action extends { readonly of: unknown }> = {
  /** Does one; answers the action with what is to be told of it. */
  readonly perform: (action: Action) => Promise<Action>;
  /** Whether an action is left out once an effect of `failed` failed in this round. */
  readonly isBlocked: (action: Action, failed: Action['of']) => boolean;
};

/** Does them in order, but those that a failure blocks. Rejects with what is no failure of the outside. */
export async function applyInOrder<Action extends { readonly of: unknown }>(
  { signal, isHeld, onDone }: Round<Action>,
  actions: readonly Action[],
  { perform, isBlocked }: Performing<Action>,
): Promise<Applied<Action>> {
  const [done, failed]: [Action[], FailedAction<Action['of']>[]] = [[], []];
  for (const action of actions) {
    if (signal.aborted || !isHeld()) break;
    if (failed.some(({ of }) => isBlocked(action, of))) continue;
    try {
      const told = await perform(action);
      done.push(told);
      onDone(told);
    } catch (error) {
      failed.push({ of: action.of, failure: failureOf(error) });
    }
  }
  return { done, failed };
}
